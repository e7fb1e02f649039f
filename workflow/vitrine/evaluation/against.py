"""A model against the baselines, paired on the same instances."""

from typing import Any

import numpy as np
import pandas as pd

from vitrine.evaluation.bootstrap import bootstrap
from vitrine.evaluation.metrics import METRICS
from vitrine.evaluation.paired import of_draws, outcome
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.evaluation.summary import outcome_of
from vitrine.seeds import derive

# The error of calibration is biased upwards by resampling, so its differences are not tested.
UNTESTED = ("ece",)


def compare_with_baselines(
    predictions: pd.DataFrame,
    baselines: pd.DataFrame,
    task: str,
    classes: list[str],
    statistics: StatisticsSettings,
    seed: int,
) -> list[dict[str, Any]]:
    """Compare a model with every baseline by every metric of the task, on each split.

    Args:
        predictions: of the model, see `summarise`.
        baselines: of all baselines, with a column ``baseline``; rows in the same order.
        task: ``classification`` or ``ranking``.
        classes: class names in the order of the class indices.
        statistics: resamples, confidence and margin.
        seed: base seed; all baselines of a split see the same resamples.

    Returns:
        A row per split, baseline and metric: ``split, baseline, metric, n``; ``difference``, by how
        much the model is better (positive, whichever way the metric counts), with ``low``, ``high``
        and ``p_value`` of ``test``: DeLong's test (DeLong, DeLong and Clarke-Pearson 1988) for the
        AUC of two classes, else the paired bootstrap; ``p_mcnemar``, exact, for the accuracy;
        ``outcome``, see `vitrine.evaluation.paired.outcome`.

    Raises:
        ValueError: if a baseline has other rows than the model.
    """
    names = [name for name, each in METRICS.items() if each.task == task and name not in UNTESTED]
    rows = []
    for split, part in predictions.groupby("split", sort=False):
        own = outcome_of(part, task, classes)
        for baseline, other_part in baselines[baselines["split"] == split].groupby(
            "baseline", sort=False
        ):
            other = outcome_of(other_part, task, classes)
            if len(part) != len(other_part) or (
                task == "classification" and not np.array_equal(own[0], other[0])
            ):
                raise ValueError(f"the baseline {baseline} has other rows of {split}")
            rows += [
                {"split": str(split), "baseline": str(baseline), "metric": name, "n": len(part)}
                | row
                for name, row in _compared(
                    names, own, other, statistics, derive(seed, "against", str(split))
                )
            ]
    return rows


def _compared(
    names: list[str],
    own: tuple[np.ndarray, ...],
    other: tuple[np.ndarray, ...],
    statistics: StatisticsSettings,
    seed: int,
) -> list[tuple[str, dict[str, Any]]]:
    """The differences by each metric."""
    signs = np.array([1 if METRICS[name].higher_is_better else -1 for name in names])
    n = len(own[0])

    def difference(weights: np.ndarray) -> np.ndarray:
        columns = [
            METRICS[name].weighted(weights, *own) - METRICS[name].weighted(weights, *other)
            for name in names
        ]
        return signs * np.stack(columns, axis=1)

    values = difference(np.ones((1, n)))[0]
    draws = bootstrap(difference, n, statistics.bootstrap, seed)
    rows = []
    for name, value, drawn in zip(names, values, draws.T, strict=True):
        low, high, p = of_draws(drawn, statistics.confidence)
        row: dict[str, Any] = {"test": "bootstrap"}
        if name == "auc" and own[1].shape[1] == 2:
            low, high, p = delong(own[0] == 1, own[1][:, 1], other[1][:, 1], statistics.confidence)
            row["test"] = "DeLong"
        if name == "accuracy":
            row["p_mcnemar"] = mcnemar(
                *(each[1].argmax(axis=1) == each[0] for each in (own, other))
            )
        row |= {"difference": _number(value), "low": _number(low), "high": _number(high)}
        row |= {"p_value": p, "outcome": outcome(low, high, statistics.margin, n)}
        rows.append((name, row))
    return rows


def delong(
    positive: np.ndarray, scores: np.ndarray, others: np.ndarray, confidence: float
) -> tuple[float, float, float]:
    """Interval and two-sided p-value of the difference of two AUCs on the same instances.

    Args:
        positive: bool [n].
        scores: float [n], of the model.
        others: float [n], of the other model.
        confidence: of the interval.

    Returns:
        Low, high, p. Where the two AUCs differ by nothing on every instance, 0, 0 and 1.
    """
    from scipy.stats import norm

    placements = [_placements(positive, each) for each in (scores, others)]
    of_positive = placements[0][0] - placements[1][0]
    of_negative = placements[0][1] - placements[1][1]
    difference = float(of_positive.mean())
    variance = _variance_of_mean(of_positive) + _variance_of_mean(of_negative)
    if variance == 0:
        return difference, difference, 1.0 if difference == 0 else 0.0
    width = norm.ppf((1 + confidence) / 2) * np.sqrt(variance)
    p = 2 * norm.sf(abs(difference) / np.sqrt(variance))
    return difference - width, difference + width, float(p)


def _placements(positive: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of negative instances below each positive one, and of positive above each negative."""
    from scipy.stats import rankdata

    count, rest = positive.sum(), (~positive).sum()
    ranks = rankdata(scores)
    above = (ranks[positive] - rankdata(scores[positive])) / rest
    below = 1 - (ranks[~positive] - rankdata(scores[~positive])) / count
    return above, below


def _variance_of_mean(values: np.ndarray) -> float:
    return float(values.var(ddof=1) / len(values)) if len(values) > 1 else 0.0


def mcnemar(right: np.ndarray, other_right: np.ndarray) -> float:
    """Exact two-sided p-value of McNemar's test (1947) that two models are right equally often."""
    from scipy.stats import binomtest

    only, other_only = int((right & ~other_right).sum()), int((~right & other_right).sum())
    if only + other_only == 0:
        return 1.0
    return float(binomtest(only, only + other_only).pvalue)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
