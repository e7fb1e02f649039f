"""Export of our models to folders that ``transformers`` reads, as GPT-2.

Our causal blocks are those of GPT-2: layer norms before attention and MLP, GELU by tanh, learned
positions. Our start token has a vector of its own and no position; in GPT-2 it is the entry 0 of
the vocabulary at a position whose vector is zero.
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
    """The model is no GPT-2; the message states why."""


def obstacles(shape: Architecture) -> list[str]:
    """Why a model of ours is no GPT-2; empty where it is one."""
    reasons = {
        "attention is bidirectional, and the encoders of transformers normalise elsewhere or read "
        "another state": not shape.causal,
        "it scores classes instead of its vocabulary": shape.outputs > 0,
        "positions are encoded by relative-position keys": shape.relative > 0
        or shape.positions == 0,
        "tokens have numeric features": shape.features > 0,
        "there are no layer norms": not shape.norm,
        "there are no MLPs": not shape.mlp,
        "attention is linear": shape.linear,
    }
    return [reason for reason, holds in reasons.items() if holds]


def gpt2(model: Transformer) -> transformers.GPT2LMHeadModel:
    """The same language model as a GPT-2, with equal logits.

    Args:
        model: whose vocabulary has the start token as its entry 0.

    Raises:
        NotExportableError: the model is no GPT-2.
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
        # The start token's vector differs from the output weights of that entry.
        tie_word_embeddings=False,
    )
    net: Any = transformers.GPT2LMHeadModel(config)
    net.load_state_dict(_weights(model))
    net.eval()
    return net


def _weights(model: Transformer) -> dict[str, Tensor]:
    """Our weights under GPT-2's names; its linear maps are transposed."""
    embedding = model.embedding
    assert embedding.positions is not None
    ids = embedding.ids.detach().clone()
    weights = {"lm_head.weight": ids.clone()}
    ids[START] = embedding.start.detach()
    weights["transformer.wte.weight"] = ids
    zero = torch.zeros(1, model.shape.width)
    weights["transformer.wpe.weight"] = torch.cat([zero, embedding.positions.detach()])
    names = {
        "norm_attention": "ln_1",
        "attention.qkv": "attn.c_attn",
        "attention.out": "attn.c_proj",
        "norm_mlp": "ln_2",
        "mlp.0": "mlp.c_fc",
        "mlp.2": "mlp.c_proj",
    }
    for number, block in enumerate(model.blocks):
        state = block.state_dict()
        for ours, theirs in names.items():
            weight, bias = state[f"{ours}.weight"], state[f"{ours}.bias"]
            name = f"transformer.h.{number}.{theirs}"
            weights[f"{name}.weight"] = weight if theirs.startswith("ln") else weight.T
            weights[f"{name}.bias"] = bias
    for part in ("weight", "bias"):
        weights[f"transformer.ln_f.{part}"] = model.norm.state_dict()[part]
    return {name: weight.contiguous() for name, weight in weights.items()}


def reader(tokenizer: str, limit: int) -> transformers.PreTrainedTokenizerFast:
    """A tokenizer of ``transformers`` from one of ours, given as JSON."""
    fast: Any = transformers.PreTrainedTokenizerFast
    made: transformers.PreTrainedTokenizerFast = fast(
        tokenizer_object=Tokenizer.from_str(tokenizer),
        bos_token=START_TOKEN,
        eos_token=START_TOKEN,
        model_max_length=limit,
    )
    return made


def export(model: Transformer, folder: Path, tokenizer: str | None = None) -> str:
    """Write a language model of ours into a folder that ``from_pretrained`` reads.

    Args:
        model: the model.
        folder: to write.
        tokenizer: as JSON; without one only the model is written.

    Returns:
        Name of the class of ``transformers`` that reads it.

    Raises:
        NotExportableError: the model is no GPT-2.
    """
    net: Any = gpt2(model)
    net.save_pretrained(folder)
    if tokenizer is not None:
        reader(tokenizer, net.config.n_positions).save_pretrained(folder)
    return type(net).__name__
