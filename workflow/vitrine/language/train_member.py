"""A small language model of a family: trained on the texts of a study and exported."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from vitrine.data.encoding import load_encoding
from vitrine.files import atomic
from vitrine.language.export import export
from vitrine.language.fewshot import Prompt
from vitrine.language.prompts import clean_text, prompt_of
from vitrine.language.settings import FamilySettings
from vitrine.language.train import fit_tokenizer, train_language
from vitrine.models.machine import Machine
from vitrine.models.storage import save_model
from vitrine.tracking.record import Record


def train_member(
    data: Path, folder: Path, *, family: FamilySettings, machine: Machine, record: Record
) -> None:
    """Train a language model of a family.

    Args:
        data: folder of the prepared study.
        folder: of the model, named after it. It gets ``language.safetensors``, ``language.json``
            (the architecture) and ``tokenizer.json``, and the folder ``transformers``, the same
            model in the format of that package.
        family: the family's section of the configuration; other models of it may be left out.
        machine: what to compute on.
        record: gets the loss.

    Raises:
        ValueError: the model is a pretrained one.
    """
    settings = family.models[folder.name].train
    if settings is None:
        raise ValueError(f"{folder.name} is a pretrained model and is not trained")
    device = machine.device()
    encoding = load_encoding(data)
    prompt = prompt_of(family, encoding.classes)
    train = pd.read_parquet(data / "train.parquet")
    texts = [clean_text(text) for text in train["text"]]
    if settings.labelled:
        texts = _labelled(texts, train["label"].tolist(), prompt, encoding.classes)
    tokenizer = fit_tokenizer(texts, settings.vocabulary)
    model = train_language(texts, tokenizer, settings, device=device, report=record.metrics)
    record.params({"parameters": sum(weight.numel() for weight in model.parameters())})
    save_model(model, folder / "language.safetensors", folder / "language.json")
    with atomic(folder / "tokenizer.json") as temporary:
        temporary.write_text(tokenizer, encoding="utf-8")
    export(model, folder / "transformers", tokenizer)


def _labelled(
    texts: Sequence[str], labels: Sequence[str], prompt: Prompt, classes: Sequence[str]
) -> list[str]:
    """The texts with their labels, as the prompt writes examples."""
    numbers = {name: number for number, name in enumerate(classes)}
    return [prompt.example(text, numbers[label]) for text, label in zip(texts, labels, strict=True)]
