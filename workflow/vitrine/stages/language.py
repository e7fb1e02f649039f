"""Stage `language`: a small language model of ours, trained on a study's texts and exported."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.data.encoding import load_encoding
from vitrine.files import atomic
from vitrine.language.export import export
from vitrine.language.fewshot import Prompt
from vitrine.language.prompts import prompt_of, shown
from vitrine.language.train import fit_tokenizer, train_language
from vitrine.models.machine import Machine
from vitrine.models.storage import save_model
from vitrine.tracking.record import Record


def train_member(
    data: Path,
    folder: Path,
    *,
    settings: Mapping[str, Any],
    asked: Mapping[str, Any],
    machine: Machine,
    record: Record,
) -> None:
    """Train a language model.

    Args:
        data: folder of the prepared study.
        folder: gets ``language.safetensors``, ``language.json`` (the architecture) and
            ``tokenizer.json``, and the folder ``transformers``, the same model for others.
        settings: a section ``train`` of the configuration.
        asked: the family's section of the configuration.
        machine: what to compute on.
        record: gets the loss.
    """
    device = machine.device()
    encoding = load_encoding(data)
    prompt = prompt_of(asked, encoding.classes)
    train = pd.read_parquet(data / "train.parquet")
    texts = _texts(train, prompt, encoding.classes, labelled=settings["labelled"])
    tokenizer = fit_tokenizer(texts, settings["vocabulary"])
    model = train_language(texts, tokenizer, settings, device=device, report=record.metrics)
    record.params({"parameters": sum(weight.numel() for weight in model.parameters())})
    save_model(model, folder / "language.safetensors", folder / "language.json")
    with atomic(folder / "tokenizer.json") as temporary:
        temporary.write_text(tokenizer, encoding="utf-8")
    export(model, folder / "transformers", tokenizer)


def _texts(train: pd.DataFrame, prompt: Prompt, classes: list[str], *, labelled: bool) -> list[str]:
    texts = [shown(text) for text in train["text"]]
    if not labelled:
        return texts
    numbers = {name: number for number, name in enumerate(classes)}
    return [
        prompt.example(text, numbers[label])
        for text, label in zip(texts, train["label"], strict=True)
    ]
