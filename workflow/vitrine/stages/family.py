"""Stage `family`: what one language model of a family learns from its context."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.data.encoding import load_encoding
from vitrine.emergence.progress import late_less_early
from vitrine.files import write_json, write_table
from vitrine.language.context import by_position
from vitrine.language.fewshot import TRUE, accuracies, predictions
from vitrine.language.heads import (
    copying,
    evenly,
    head_scores,
    repeated,
    stream_maps,
    without_heads,
)
from vitrine.language.prompts import asked_about, prompt_of, shown
from vitrine.models.machine import Machine
from vitrine.models.pretrained.decoder import Decoder
from vitrine.models.pretrained.source import ModelSource
from vitrine.seeds import derive
from vitrine.tracking.record import Record

log = logging.getLogger(__name__)


def study_member(
    data: Path,
    folder: Path,
    *,
    settings: Mapping[str, Any],
    asked: Mapping[str, Any],
    confidence: float,
    machine: Machine,
    record: Record,
) -> None:
    """Study a language model.

    Args:
        data: folder of the prepared study.
        folder: of the model, ``results/families/<family>/<member>``. It gets ``model.json`` (what
            it is), ``positions.parquet`` (see `by_position`), ``heads.parquet`` (``layer, head,
            measure, value``; layers and heads from 1, layer 0 what even attention would give),
            ``copying.parquet`` (see `copying`, and the losses of `without_heads` as ``ablation``),
            ``predictions.parquet`` and ``shots.parquet`` (see `predictions` and `accuracies`), and
            ``attention/text<k>/layer<k>.npy``.
        settings: the model's entry in the configuration; without ``model``, ours in the folder.
        asked: the family's section of the configuration.
        confidence: of intervals.
        machine: what to compute on.
        record: gets what is found in short.
    """
    device = machine.device()
    own = settings["model"] is None
    source = ModelSource(
        str(folder / "transformers") if own else settings["model"],
        settings["revision"],
        tuple(settings["allow"]),
    )
    decoder = Decoder.read(source, device)
    encoding = load_encoding(data)
    train, test = (pd.read_parquet(data / f"{split}.parquet") for split in ("train", "test"))
    rng = np.random.default_rng(derive(0, "family"))

    texts = sorted((shown(text) for text in test["text"]), key=len, reverse=True)
    positions = by_position(decoder, texts[: asked["texts"]], asked["positions"])
    write_table(folder / "positions.parquet", positions)

    length = min(asked["repeats"], (decoder.limit - 1) // 2)
    ids = repeated(decoder, asked["sequences"], length, rng)
    scores = head_scores(decoder, ids)
    write_table(folder / "heads.parquet", _heads(scores, evenly(length)))
    copied = copying(decoder, ids).assign(ablation="intact")
    losses = without_heads(decoder, ids, scores["prefix_matching"], asked["ablated_heads"], rng)
    without = [
        {"half": 2, "nll": losses[name], "ablation": name} for name in losses if name != "intact"
    ]
    write_table(
        folder / "copying.parquet", pd.concat([copied, pd.DataFrame(without)], ignore_index=True)
    )

    prompt = prompt_of(asked, encoding.classes)
    examples = asked_about(train, encoding.classes, asked["words"], len(train), rng)
    questions = asked_about(test, encoding.classes, asked["words"], asked["instances"], rng)
    told = predictions(
        decoder, prompt, examples, questions, shots=asked["shots"], draws=asked["draws"]
    )
    shots = accuracies(told, confidence)
    write_table(folder / "predictions.parquet", told)
    write_table(folder / "shots.parquet", shots)

    (folder / "attention").mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(texts[: asked["maps"]]):
        stream_maps(
            decoder,
            decoder.encode(text)[: min(asked["positions"], decoder.limit - 1)],
            folder / "attention" / f"text{number}",
        )

    facts = {
        "family": folder.parent.name,
        "member": folder.name,
        "study": encoding.study,
        "architecture": decoder.net.config.model_type,
        "parameters": decoder.parameters,
        "layers": decoder.layers,
        "heads": decoder.heads,
        "width": decoder.width,
        "vocabulary": decoder.vocabulary,
        "limit": decoder.limit,
        "step": settings["step"],
        "labels": list(prompt.labels),
        "source": source.facts(decoder.net.config),
    }
    write_json(folder / "model.json", facts)
    record.params({key: facts[key] for key in ("parameters", "layers", "heads", "width")})
    record.metrics(_short(positions, scores, copied, shots))


def _heads(scores: Mapping[str, np.ndarray], even: Mapping[str, float]) -> pd.DataFrame:
    rows = [
        {"layer": 0, "head": 0, "measure": measure, "value": value}
        for measure, value in even.items()
    ]
    rows += [
        {"layer": layer + 1, "head": head + 1, "measure": measure, "value": float(value)}
        for measure, values in scores.items()
        for (layer, head), value in np.ndenumerate(values)
    ]
    return pd.DataFrame(rows)


def _short(
    positions: pd.DataFrame,
    scores: Mapping[str, np.ndarray],
    copied: pd.DataFrame,
    shots: pd.DataFrame,
) -> dict[str, float]:
    """What the run shows in the tracking store."""
    found = {
        "loss": float(positions["nll"].mean()),
        "icl_score": late_less_early(positions["nll"].to_numpy()),
        "copying_accuracy": float(copied.set_index("half")["accuracy"][2]),
    }
    found |= {name: float(values.max()) for name, values in scores.items()}
    usual = shots[(shots["labels"] == TRUE) & shots["calibrated"]]
    for count, accuracy in usual.groupby("shots")["accuracy"].mean().items():
        found[f"accuracy/shots{count}"] = float(accuracy)
    return found
