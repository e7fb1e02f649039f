"""Small pretrained models that tests build and save with transformers itself."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from vitrine.data.encoding import Encoding
from vitrine.models.pretrained.settings import PretrainedSettings

CLASSES = ["bad", "good"]
TEXTS = [
    "Unbelievably good, isn't it? <br /> 100% good!",
    "bad",
    "... it smelled &amp; tasted awful; never again (never)",
    "!!!",
    "a fine tea a fine tea a fine tea",
]
SMALL = {"num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 32}
INNER = {"intermediate_size": 48}
LABELS = {"id2label": {0: "good", 1: "bad"}, "label2id": {"good": 0, "bad": 1}}
# Some words are whole, some fall into pieces.
KNOWN = ["good", "bad", "it", "fine", "tea", "never", "again", "un", "taste", "smell"]


def _word_pieces() -> transformers.PreTrainedTokenizerFast:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,;:!?%&()'’"
    entries = [*special, *letters, *(f"##{letter}" for letter in letters), *KNOWN, "##ably"]
    vocabulary = {entry: number for number, entry in enumerate(entries)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=ends
    )
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    return transformers.PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, **dict(zip(names, special, strict=True))
    )


def _bytes() -> transformers.PreTrainedTokenizerFast:
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    ends = {name: tokenizer.token_to_id(name) for name in ("</s>", "<s>")}
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", ends["</s>"] or 0), ("<s>", ends["<s>"] or 0)
    )
    names = ("bos_token", "pad_token", "eos_token", "unk_token", "mask_token")
    return transformers.PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        cls_token="<s>",
        sep_token="</s>",
        **dict(zip(names, special, strict=True)),
    )


def save(kind: str, folder: Path, *, head: bool = True, seed: int = 0, **changes: object) -> Path:
    """Build a classifier, or its body, with random weights and save it.

    Args:
        kind: ``bert``, ``distilbert``, ``roberta``, ``vit`` or ``deit``.
        folder: where to.
        head: whether it has a head of its own.
        seed: of the weights.
        changes: of the configuration.
    """
    torch.manual_seed(seed)
    task: Any
    if kind in ("vit", "deit"):
        sizes = {"image_size": 32, "patch_size": 4, **INNER}
        config = transformers.AutoConfig.for_model(kind, **SMALL, **(sizes | LABELS | changes))
        task = transformers.AutoModelForImageClassification
        config.architectures = [{"vit": "ViT", "deit": "DeiT"}[kind] + "ForImageClassification"]
        (folder / "preprocessor_config.json").parent.mkdir(parents=True, exist_ok=True)
        (folder / "preprocessor_config.json").write_text(
            '{"image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.3, 0.4]}'
        )
    else:
        tokenizer = _bytes() if kind == "roberta" else _word_pieces()
        sizes = {"vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id}
        inner = {"hidden_dim": 48} if kind == "distilbert" else INNER
        places = {"max_position_embeddings": 66}
        config = transformers.AutoConfig.for_model(
            kind, **SMALL, **(sizes | inner | places | LABELS | changes)
        )
        task = transformers.AutoModelForSequenceClassification
        tokenizer.save_pretrained(folder)
    model = (task if head else transformers.AutoModel).from_config(config)
    # Weights of 0.02 leave little that a test could tell apart.
    for weight in model.parameters():
        weight.data += 0.2 * torch.randn_like(weight)
    model.eval().save_pretrained(folder)
    return folder


def settings(model: Path | str, **changes: object) -> PretrainedSettings:
    """An entry of ``pretrained`` in the configuration."""
    plain: dict[str, Any] = {
        "model": str(model),
        "revision": None,
        "head": "own",
        "readout": "mean",
        "tuned_layers": 0,
        "allow": [],
    }
    return PretrainedSettings(**plain | changes)


def text_encoding(players: int = 40) -> Encoding:
    return Encoding(
        study="words",
        domain="text",
        task="classification",
        classes=CLASSES,
        vocabulary=["<unknown>", "good"],
        players=players,
        positions=players,
        feature_width=0,
        feature_groups=1,
        details={"segmentation": "words"},
    )


def image_encoding(side: int = 8, patch: int = 2) -> Encoding:
    return Encoding(
        study="pictures",
        domain="image",
        task="classification",
        classes=CLASSES,
        vocabulary=["<unknown>", "patch"],
        players=(side // patch) ** 2,
        positions=(side // patch) ** 2,
        feature_width=patch**2,
        feature_groups=1,
        details={"side": side, "patch": patch, "mean": 5.0, "deviation": 3.0},
    )


def pictures(count: int, side: int = 8, seed: int = 0) -> np.ndarray:
    """Grey images, float64 [count, side, side], from 0 to 16."""
    pixels = np.random.default_rng(seed).integers(0, 17, (count, side, side)).astype(np.float64)
    pixels[0, 0, 0] = 16
    return pixels
