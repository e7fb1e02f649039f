"""A pretrained decoder as a language model: its tokenizer, and hook points in every layer."""

from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from vitrine.models.pretrained.attention import observe
from vitrine.models.pretrained.decoder_parity import decoder_parity
from vitrine.models.pretrained.source import ModelSource


class Decoder:
    """A language model of ``transformers`` (GPT-2, GPT-NeoX, Llama and alike).

    Args:
        net: made with ``attn_implementation="vitrine"``, in evaluation mode, on the CPU.
        tokenizer: its tokenizer.

    Attributes:
        patterns: the module of each layer that attention weights pass,
            [batch, heads, queries, keys].
        outputs: the module of each layer that the heads' outputs pass,
            [batch, heads, queries, width of a head].
        start: id of the token that stands before a text, which is never predicted.
        limit: the most tokens that the model reads at once.
        parity: how far its logits are from those of ``transformers``.

    Raises:
        ValueError: the model's attention cannot be observed, its logits are not those that
            ``transformers`` computes, or nothing can stand before a text.
    """

    def __init__(self, net: PreTrainedModel, tokenizer: Any) -> None:
        self.net = net
        self.tokenizer = tokenizer
        blocks = observe(net.base_model)
        self.patterns = [_point(block, "hook_pattern") for block in blocks]
        self.outputs = [_point(block, "hook_z") for block in blocks]
        config: Any = net.config
        self.layers = len(blocks)
        self.heads: int = config.num_attention_heads
        self.width: int = config.hidden_size
        self.vocabulary: int = config.vocab_size
        self.limit: int = config.max_position_embeddings
        marks = (tokenizer.bos_token_id, tokenizer.eos_token_id, config.bos_token_id)
        start = next((mark for mark in marks if mark is not None), None)
        if start is None:
            raise ValueError(
                "the tokenizer names neither a token that begins a text nor one that ends it"
            )
        self.start: int = start
        self.parity = decoder_parity(net, self.patterns, start, self.limit)

    @classmethod
    def read(cls, source: ModelSource, device: torch.device) -> "Decoder":
        """Read a language model; in bfloat16 on a GPU, else in single precision.

        Raises:
            ValueError: weights are missing, or see `Decoder`.
            OSError: see `ModelSource.read`.
        """
        net: Any
        net, missing = source.read("language")
        if missing:
            raise ValueError(
                f"the pretrained model {source.model} is no language model; missing are "
                f"{', '.join(missing[:5])}"
            )
        decoder = cls(net, source.tokenizer())
        if device.type == "cuda":
            net.to(device, torch.bfloat16)
        return decoder

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.net.parameters()).device

    @property
    def parameters(self) -> int:
        """Weights, those that parts share counted once."""
        return sum(weight.numel() for weight in self.net.parameters())

    def encode(self, text: str) -> list[int]:
        """The ids of a text, without tokens around it."""
        # Whoever reads the ids cuts them; the tokenizer need not warn.
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False, verbose=False)
        return ids


def _point(block: nn.Module, name: str) -> nn.Module:
    points = [module for path, module in block.named_modules() if path.endswith(name)]
    if len(points) != 1:
        raise ValueError(f"a block has {len(points)} hook points {name}, and one is expected")
    result: nn.Module = points[0]
    return result
