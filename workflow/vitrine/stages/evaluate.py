"""Stage `evaluate`: a model's predictions and metrics on validation and test."""

from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.data.encoding import load_encoding
from vitrine.evaluation.predict import load_split, predict
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.evaluation.summary import summarise
from vitrine.files import write_json, write_table
from vitrine.models.machine import Machine
from vitrine.models.storage import load_model
from vitrine.seeds import derive
from vitrine.tracking.record import Record


def evaluate_model(
    data: Path,
    model: Path,
    shape: Path,
    predictions: Path,
    evaluation: Path,
    *,
    labels: dict[str, Any],
    statistics: dict[str, Any],
    machine: Machine,
    record: Record,
) -> None:
    """Predict both splits and summarise with intervals.

    Args:
        data: the study's data folder.
        model, shape: the model's files.
        predictions, evaluation: files to write.
        labels: ``study``, ``scale`` and ``seed``, copied into the evaluation.
        statistics: bootstrap settings.
        machine: threads of torch and graphics cards.
        record: gets the metrics.
    """
    device = machine.device()
    encoding = load_encoding(data)
    trained = load_model(model, shape).to(device)
    frame = pd.concat(
        [
            predict(trained, load_split(data, split, encoding, trained), encoding)
            for split in ("validation", "test")
        ],
        ignore_index=True,
    )
    write_table(predictions, frame)
    summary = summarise(
        frame,
        encoding.task,
        encoding.classes,
        StatisticsSettings(**statistics),
        derive(labels["seed"], "evaluate"),
    )
    record.metrics({f"{row['split']}/{row['metric']}": row["value"] for row in summary["metrics"]})
    parameters = sum(weight.numel() for weight in trained.parameters())
    write_json(evaluation, labels | {"task": encoding.task, "parameters": parameters} | summary)
