"""What one language model of a family learns from its context."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.data.encoding import load_encoding
from vitrine.evaluation.progress import late_less_early
from vitrine.files import write_json, write_table
from vitrine.language.context import by_position
from vitrine.language.fewshot import TRUE, Prompt, accuracies, predictions
from vitrine.language.heads import (
    HeadScores,
    copying,
    head_scores,
    repeated,
    stream_maps,
    uniform_scores,
    without_heads,
)
from vitrine.language.prompts import balanced_texts, clean_text, prompt_of
from vitrine.language.settings import FamilySettings
from vitrine.models.machine import Machine
from vitrine.models.pretrained.decoder import Decoder
from vitrine.models.pretrained.source import ModelSource
from vitrine.seeds import derive
from vitrine.tracking.record import Record


def study_member(
    data: Path,
    folder: Path,
    *,
    family: FamilySettings,
    confidence: float,
    machine: Machine,
    record: Record,
) -> None:
    """Study a language model of a family.

    Args:
        data: folder of the prepared study.
        folder: of the model, ``results/families/<family>/<member>``. It gets ``model.json`` (facts
            about it), ``positions.parquet`` (see `by_position`), ``heads.parquet`` (``layer, head,
            measure, value``; layers and heads from 1, layer 0 for uniform attention),
            ``copying.parquet`` (see `copying`, and the losses of `without_heads` as ``ablation``),
            ``predictions.parquet`` and ``shots.parquet`` (see `predictions` and `accuracies`), and
            ``attention/text<k>/layer<k>.npy``.
        family: the family's section of the configuration; other models of it may be left out. A
            model without the key ``model`` is the one in ``folder / "transformers"``.
        confidence: confidence level of the intervals.
        machine: what to compute on.
        record: gets a summary.
    """
    device = machine.device()
    settings = family.models[folder.name]
    source = ModelSource(
        settings.model if settings.model is not None else str(folder / "transformers"),
        settings.revision,
        tuple(settings.allow),
    )
    decoder = Decoder.read(source, device)
    encoding = load_encoding(data)
    train, test = (pd.read_parquet(data / f"{split}.parquet") for split in ("train", "test"))
    rng = np.random.default_rng(derive(0, "family"))

    texts = sorted((clean_text(text) for text in test["text"]), key=len, reverse=True)
    positions = by_position(decoder, texts[: family.texts], family.positions)
    write_table(folder / "positions.parquet", positions)

    scores, copied = _study_heads(decoder, folder, family, rng)

    prompt = prompt_of(family, encoding.classes)
    shots = _classify(
        decoder, folder, family, prompt, (train, test), encoding.classes, confidence, rng
    )
    _write_maps(decoder, folder, family, texts)

    facts = _facts(decoder, folder, encoding.study) | {
        "step": settings.step,
        "labels": list(prompt.labels),
        "source": source.facts(decoder.net.config),
    }
    write_json(folder / "model.json", facts)
    record.params({key: facts[key] for key in ("parameters", "layers", "heads", "width")})
    record.metrics(_summary(positions, scores, copied, shots))


def _study_heads(
    decoder: Decoder, folder: Path, family: FamilySettings, rng: np.random.Generator
) -> tuple[HeadScores, pd.DataFrame]:
    """Scores of heads and copying of repeated tokens, with and without the heads that match."""
    length = min(family.repeats, (decoder.limit - 1) // 2)
    ids = repeated(decoder, family.sequences, length, rng)
    scores = head_scores(decoder, ids)
    write_table(folder / "heads.parquet", _head_table(scores, uniform_scores(length)))
    copied = copying(decoder, ids).assign(ablation="intact")
    losses = without_heads(decoder, ids, scores["prefix_matching"], family.ablated_heads, rng)
    without = [
        {"half": 2, "nll": losses[name], "ablation": name} for name in losses if name != "intact"
    ]
    table = pd.concat([copied, pd.DataFrame(without)], ignore_index=True)
    write_table(folder / "copying.parquet", table)
    return scores, copied


def _classify(
    decoder: Decoder,
    folder: Path,
    family: FamilySettings,
    prompt: Prompt,
    frames: tuple[pd.DataFrame, pd.DataFrame],
    classes: Sequence[str],
    confidence: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Few-shot classification of test texts; returns the accuracies."""
    train, test = frames
    examples = balanced_texts(train, classes, family.words, len(train), rng)
    questions = balanced_texts(test, classes, family.words, family.instances, rng)
    table = predictions(
        decoder, prompt, examples, questions, shots=family.shots, draws=family.draws
    )
    shots = accuracies(table, confidence)
    write_table(folder / "predictions.parquet", table)
    write_table(folder / "shots.parquet", shots)
    return shots


def _write_maps(
    decoder: Decoder, folder: Path, family: FamilySettings, texts: Sequence[str]
) -> None:
    (folder / "attention").mkdir(parents=True, exist_ok=True)
    length = min(family.positions, decoder.limit - 1)
    for number, text in enumerate(texts[: family.maps]):
        stream_maps(decoder, decoder.encode(text)[:length], folder / "attention" / f"text{number}")


def _facts(decoder: Decoder, folder: Path, study: str) -> dict[str, Any]:
    return {
        "family": folder.parent.name,
        "member": folder.name,
        "study": study,
        "architecture": decoder.net.config.model_type,
        "parameters": decoder.parameters,
        "layers": decoder.layers,
        "heads": decoder.heads,
        "width": decoder.width,
        "vocabulary": decoder.vocabulary,
        "limit": decoder.limit,
        "parity": asdict(decoder.parity),
    }


def _head_table(scores: HeadScores, uniform: Mapping[str, float]) -> pd.DataFrame:
    rows = [
        {"layer": 0, "head": 0, "measure": measure, "value": value}
        for measure, value in uniform.items()
    ]
    rows += [
        {"layer": layer + 1, "head": head + 1, "measure": measure, "value": float(value)}
        for measure, values in scores.items()
        for (layer, head), value in np.ndenumerate(values)
    ]
    return pd.DataFrame(rows)


def _summary(
    positions: pd.DataFrame, scores: HeadScores, copied: pd.DataFrame, shots: pd.DataFrame
) -> dict[str, float]:
    """The metrics of the run in the tracking store."""
    metrics = {
        "loss": float(positions["nll"].mean()),
        "icl_score": late_less_early(positions["nll"].to_numpy()),
        "copying_accuracy": float(copied.set_index("half")["accuracy"][2]),
    }
    metrics |= {name: float(values.max()) for name, values in scores.items()}
    calibrated = shots[(shots["labels"] == TRUE) & shots["calibrated"]]
    for count, accuracy in calibrated.groupby("shots")["accuracy"].mean().items():
        metrics[f"accuracy/shots{count}"] = float(accuracy)
    return metrics
