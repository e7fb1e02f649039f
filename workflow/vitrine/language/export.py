"""Models of ours as folders that ``transformers`` reads, where it has the same architecture.

Our causal blocks are those of GPT-2: layer norms before attention and MLP, GELU by tanh, learned
positions. Our start token has a vector of its own and no position; there it is the entry 0 of the
vocabulary at a position whose vector is zero.
"""

from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer
from torch import Tensor

from vitrine.models.transformer import Architecture, Transformer

# Entry of the vocabulary that stands for the start token, and never for anything else.
START = 0
START_TOKEN = "<start>"


class NotExportableError(ValueError):
    """No architecture of ``transformers`` computes what this model does; says why."""


def obstacles(shape: Architecture) -> list[str]:
    """Why a model of ours is no GPT-2; empty where it is one."""
    found = {
        "players see those behind them, and the encoders of transformers normalise elsewhere or "
        "read another state": not shape.causal,
        "it scores classes instead of its vocabulary": shape.outputs > 0,
        "places are known by relative-position keys": shape.relative > 0 or shape.positions == 0,
        "players have numeric features": shape.features > 0,
        "there are no layer norms": not shape.norm,
        "there are no MLPs": not shape.mlp,
        "attention is linear": shape.linear,
    }
    return [reason for reason, holds in found.items() if holds]


def gpt2(model: Transformer) -> transformers.GPT2LMHeadModel:
    """The same language model as a GPT-2, with equal logits.

    Args:
        model: whose vocabulary has the start token as its entry 0.

    Raises:
        NotExportableError: it is no GPT-2.
    """
    shape = model.shape
    reasons = obstacles(shape)
    if model.bias is not None and bool(model.bias.any()):
        reasons.append("the scores of the vocabulary have a bias, which GPT-2 lacks")
    if reasons:
        raise NotExportableError(f"this model is no GPT-2: {'; '.join(reasons)}")
    config = transformers.GPT2Config(
        vocab_size=shape.vocabulary,
        n_positions=1 + shape.positions,
        n_embd=shape.width,
        n_layer=shape.layers,
        n_head=shape.heads,
        activation_function="gelu_pytorch_tanh",
        resid_pdrop=shape.dropout,
        embd_pdrop=shape.dropout,
        attn_pdrop=shape.dropout,
        bos_token_id=START,
        eos_token_id=START,
        # The start token's vector is not what the scores of that entry are computed with.
        tie_word_embeddings=False,
    )
    net = transformers.GPT2LMHeadModel(config)
    net.load_state_dict(_weights(model))
    return net.eval()


def _weights(model: Transformer) -> dict[str, Tensor]:
    """Our weights under GPT-2's names; its linear maps are transposed."""
    embedding = model.embedding
    assert embedding.positions is not None
    ids = embedding.ids.detach().clone()
    found = {"lm_head.weight": ids.clone()}
    ids[START] = embedding.start.detach()
    found["transformer.wte.weight"] = ids
    none = torch.zeros(1, model.shape.width)
    found["transformer.wpe.weight"] = torch.cat([none, embedding.positions.detach()])
    names = {
        "norm_attention": "ln_1",
        "attention.qkv": "attn.c_attn",
        "attention.out": "attn.c_proj",
        "norm_mlp": "ln_2",
        "mlp.0": "mlp.c_fc",
        "mlp.2": "mlp.c_proj",
    }
    for number, block in enumerate(model.blocks):
        own = block.state_dict()
        for ours, theirs in names.items():
            weight, bias = own[f"{ours}.weight"], own[f"{ours}.bias"]
            name = f"transformer.h.{number}.{theirs}"
            found[f"{name}.weight"] = weight if theirs.startswith("ln") else weight.T
            found[f"{name}.bias"] = bias
    for part in ("weight", "bias"):
        found[f"transformer.ln_f.{part}"] = model.norm.state_dict()[part]
    return {name: weight.contiguous() for name, weight in found.items()}


def reader(tokenizer: str, limit: int) -> transformers.PreTrainedTokenizerFast:
    """A tokenizer of ours, as JSON, as ``transformers`` has it."""
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(tokenizer),
        bos_token=START_TOKEN,
        eos_token=START_TOKEN,
        model_max_length=limit,
    )


def export(model: Transformer, folder: Path, tokenizer: str | None = None) -> str:
    """Write a language model of ours into a folder that ``from_pretrained`` reads.

    Args:
        model: the model.
        folder: to write.
        tokenizer: as JSON; without one only the model is written.

    Returns:
        The class of ``transformers`` to read it with.

    Raises:
        NotExportableError: it is no GPT-2; says why.
    """
    net: Any = gpt2(model)
    net.save_pretrained(folder)
    if tokenizer is not None:
        reader(tokenizer, net.config.n_positions).save_pretrained(folder)
    return type(net).__name__
