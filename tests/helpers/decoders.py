"""Small decoders that tests build and save with transformers itself."""

from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from vitrine.models.pretrained.decoder import Decoder
from vitrine.models.pretrained.source import ModelSource

KINDS = ("gpt2", "gpt_neox", "llama")
TEXTS = [
    "The tea was good and warm. Sentiment: good",
    "The soup was bad and cold; never again. Sentiment: bad",
    "Unbelievably fine coffee, fine price, fine cup. Sentiment: good",
]


def tokenizer(limit: int = 96) -> transformers.PreTrainedTokenizerFast:
    """Pairs of bytes that a few texts have, with a token that begins a text."""
    found = Tokenizer(models.BPE())
    found.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    found.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["<start>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    found.train_from_iterator(TEXTS, trainer)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=found, bos_token="<start>", model_max_length=limit
    )


def save(kind: str, folder: Path, *, seed: int = 0, limit: int = 96, **changes: object) -> Path:
    """Build a decoder with random weights and save it.

    Args:
        kind: one of `KINDS`.
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
    if kind == "llama":
        # Heads share keys and values.
        sizes["num_key_value_heads"] = 2
    config = transformers.AutoConfig.for_model(kind, **(sizes | changes))
    model = transformers.AutoModelForCausalLM.from_config(config)
    # Weights of 0.02 leave little that a test could tell apart.
    for weight in model.parameters():
        weight.data += 0.2 * torch.randn_like(weight)
    model.eval().save_pretrained(folder)
    return folder


def read(folder: Path) -> Decoder:
    return Decoder.read(ModelSource(str(folder), None, ()), torch.device("cpu"))


def plain(folder: Path) -> transformers.PreTrainedModel:
    """The model as transformers has it, with its own attention."""
    return transformers.AutoModelForCausalLM.from_pretrained(
        folder, attn_implementation="eager"
    ).eval()
