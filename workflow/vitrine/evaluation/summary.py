"""Predictions to numbers: every metric with its interval, confusion and calibration."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from vitrine.evaluation.bootstrap import bootstrap, interval
from vitrine.evaluation.metrics import METRICS, calibration, confusion
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.seeds import derive


def summarise(
    predictions: pd.DataFrame,
    task: str,
    classes: Sequence[str],
    statistics: StatisticsSettings,
    seed: int,
) -> dict[str, Any]:
    """Measure predictions on each split they hold.

    Args:
        predictions: for ``classification`` the columns ``split``, ``label`` (a class name) and
            ``probability_<class>``; for ``ranking`` the columns ``split`` and ``rank``.
        task: ``classification`` or ``ranking``.
        classes: class names in the order of the class indices.
        statistics: resamples and confidence of the intervals.
        seed: base seed of the resamples.

    Returns:
        ``metrics``: one entry per split and metric with split, metric, value, low, high, n and
        higher_is_better (numbers that are undefined, such as an AUC of one class, are None). For
        classification also ``confusion`` and ``calibration``, by split.
    """
    summary: dict[str, Any] = {"metrics": []}
    if task == "classification":
        summary |= {"confusion": {}, "calibration": {}}
    for split, part in predictions.groupby("split", sort=False):
        outcome = outcome_of(part, task, classes)
        names = [name for name, metric in METRICS.items() if metric.task == task]
        n = len(part)

        def statistic(
            weights: np.ndarray, names: list[str] = names, outcome: tuple[np.ndarray, ...] = outcome
        ) -> np.ndarray:
            return np.stack([METRICS[name].weighted(weights, *outcome) for name in names], axis=1)

        values = statistic(np.ones((1, n)))[0]
        draws = bootstrap(statistic, n, statistics.bootstrap, derive(seed, "bootstrap", str(split)))
        for name, value, drawn in zip(names, values, draws.T, strict=True):
            low, high = interval(drawn, statistics.confidence)
            summary["metrics"].append(
                {
                    "split": split,
                    "metric": name,
                    "value": _number(value),
                    "low": _number(low),
                    "high": _number(high),
                    "n": n,
                    "higher_is_better": METRICS[name].higher_is_better,
                }
            )
        if task == "classification":
            labels, probabilities = outcome
            counts = confusion(labels, probabilities.argmax(axis=1), len(classes))
            summary["confusion"][split] = {"labels": list(classes), "counts": counts.tolist()}
            summary["calibration"][split] = calibration(labels, probabilities)
    return summary


def outcome_of(part: pd.DataFrame, task: str, classes: Sequence[str]) -> tuple[np.ndarray, ...]:
    """What metrics take of predictions: labels and probabilities, or ranks."""
    if task == "ranking":
        return (part["rank"].to_numpy(dtype=np.int64),)
    index = {name: i for i, name in enumerate(classes)}
    labels = np.array([index[label] for label in part["label"]], dtype=np.int64)
    columns = [f"probability_{name}" for name in classes]
    return labels, part[columns].to_numpy(dtype=np.float64)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
