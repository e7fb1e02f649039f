"""Small decoders that tests build and save with transformers itself."""

from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from vitrine.models.pretrained.decoder import Decoder
from vitrine.models.pretrained.source import ModelSource

KINDS = ("gpt2", "gpt_neox", "llama")
# Heads of these share keys and values.
GROUPED = ("llama", "mistral", "qwen2", "gemma", "gemma2", "gpt_oss")
TEXTS = [
    "The tea was good and warm. Sentiment: good",
    "The soup was bad and cold; never again. Sentiment: bad",
    "Unbelievably fine coffee, fine price, fine cup. Sentiment: good",
]


def tokenizer(limit: int = 96) -> transformers.PreTrainedTokenizerFast:
    """Pairs of bytes that a few texts have, with a token that begins a text."""
    pairs = Tokenizer(models.BPE())
    pairs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pairs.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["<start>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    pairs.train_from_iterator(TEXTS, trainer)
    return transformers.PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=pairs, bos_token="<start>", model_max_length=limit
    )


def save(kind: str, folder: Path, *, seed: int = 0, limit: int = 96, **changes: object) -> Path:
    """Build a decoder with random weights and save it.

    Args:
        kind: the architecture, as `transformers` calls it.
        folder: where to.
        seed: of the weights.
        limit: the most tokens that it reads.
        changes: of the configuration.
    """
    torch.manual_seed(seed)
    reader = tokenizer(limit)
    reader.save_pretrained(folder)
    sizes = {
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "hidden_size": 32,
        "max_position_embeddings": limit,
        "vocab_size": len(reader),
        "bos_token_id": 0,
        "eos_token_id": 0,
    }
    if kind != "gpt2":
        sizes["intermediate_size"] = 48
    if kind in GROUPED:
        sizes |= {"num_key_value_heads": 2, "head_dim": 8}
    config = transformers.AutoConfig.for_model(kind, **(sizes | changes))
    auto: Any = transformers.AutoModelForCausalLM
    model = auto.from_config(config)
    # Weights of 0.02 leave little that a test could tell apart.
    for weight in model.parameters():
        weight.data += 0.2 * torch.randn_like(weight)
    model.eval().save_pretrained(folder)
    return folder


def read(folder: Path) -> Decoder:
    return Decoder.read(ModelSource(str(folder), None, ()), torch.device("cpu"))


def plain(folder: Path) -> transformers.PreTrainedModel:
    """The model as transformers has it, with its own attention."""
    auto: Any = transformers.AutoModelForCausalLM
    model: transformers.PreTrainedModel = auto.from_pretrained(folder, attn_implementation="eager")
    model.train(False)
    return model
