"""Analysis of the curves of all seeds of a size: emergence, lags and metrics."""

import math
from typing import Any

import numpy as np
import pandas as pd

from vitrine.evaluation.progress import (
    Anchors,
    crossing,
    mean_over_seeds,
    width_in_decades,
    wilson,
)
from vitrine.evaluation.settings import StatisticsSettings

# Metrics of symbols, whose anchors are a uniform guess and no error at all.
METRICS = ("exact_match", "product", "accuracy", "nll", "brier")
# Measures of the mechanism that can precede the ability or follow it.
MECHANISMS = ("previous", "induction", "fourier_share")
# Up to the first ratio of the widths under two metrics the jump is real; from the second on the
# harsh metric makes most of it.
ALIKE, MOST = 1.25, 2.0


def metric_anchors(symbols: int, positions: int) -> dict[str, Anchors]:
    """Anchors of the metrics of symbols: a uniform guess, and no error at all."""
    chance = symbols**-positions
    values = {
        "exact_match": (chance, 1.0),
        "product": (chance, 1.0),
        "accuracy": (1 / symbols, 1.0),
        "nll": (math.log(symbols), 0.0),
        "brier": (1 - 1 / symbols, 0.0),
    }
    return {name: Anchors(name, *pair, {}) for name, pair in values.items()}


def _curve(curves: pd.DataFrame, seed: int, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Steps from 1 on and values of a metric, float [n] each."""
    rows = curves[(curves.seed == seed) & (curves.metric == metric) & (curves.step > 0)]
    rows = rows.sort_values("step")
    return rows.step.to_numpy(float), rows.value.to_numpy(float)


def emergence(
    curves: pd.DataFrame,
    evaluation: pd.DataFrame,
    anchors: Anchors,
    *,
    success: float,
    statistics: StatisticsSettings,
) -> dict[str, Any]:
    """One size: its end, its success rate, and when and how sharply it emerges in training.

    Args:
        curves: ``seed, step, metric, value``.
        evaluation: ``seed, checkpoint, step, metric, value``.
        anchors: of the ability.
        success: progress from which on a training run counts as successful.
        statistics: resamples and confidence level of the intervals.

    Returns:
        ``progress``, ``breakpoint`` (steps) and ``sharpness`` (decades of steps) have a mean, an
        interval over seeds, the number of seeds that have a value, and the values of single seeds.
        ``early`` counts the seeds without breakpoint because they are half-way at the first
        measurement.
    """
    ends = evaluation[(evaluation.checkpoint == "end") & (evaluation.metric == anchors.metric)]
    ends = ends.sort_values("seed")
    progress = anchors.progress(ends.value.to_numpy(float))
    steps, widths, early = [], [], 0
    for seed in ends.seed:
        x, values = _curve(curves, seed, anchors.metric)
        progress_along = anchors.progress(values)
        steps.append(crossing(x, progress_along, 0.5))
        widths.append(width_in_decades(x, progress_along))
        early += int(progress_along[0] >= 0.5)
    successes = int((progress >= success).sum())
    low, high = wilson(successes, len(progress), statistics.confidence)

    def over_seeds(values: Any) -> dict[str, Any]:
        array = np.asarray(values, dtype=float)
        return {**mean_over_seeds(array, statistics), "seeds": array.tolist()}

    return {
        "value": over_seeds(ends.value),
        "progress": over_seeds(progress),
        "successes": successes,
        "trainings": len(progress),
        "success_low": low,
        "success_high": high,
        "breakpoint": over_seeds(steps),
        "early": early,
        "sharpness": over_seeds(widths),
    }


def lags(curves: pd.DataFrame, anchors: Anchors, statistics: StatisticsSettings) -> dict[str, Any]:
    """By how many steps measures of the mechanism are half-way before the ability is.

    A measure is half-way at half of the rise from the first to the highest value of its seed;
    positive numbers mean that the mechanism leads.
    """
    lags_of = {}
    measured = set(curves.metric)
    for measure in (name for name in MECHANISMS if name in measured):
        leads = []
        for seed in sorted(curves.seed.unique()):
            x, values = _curve(curves, seed, anchors.metric)
            _, scores = _curve(curves, seed, measure)
            rise = (scores - scores[0]) / max(np.ptp(scores), 1e-12)
            half_way = crossing(x, anchors.progress(values), 0.5)
            leads.append(half_way - crossing(x, rise, 0.5 * rise.max()))
        lags_of[measure] = mean_over_seeds(np.array(leads), statistics)
    return lags_of


def by_metric(
    curves: pd.DataFrame, symbols: int, positions: int, statistics: StatisticsSettings
) -> list[dict[str, Any]]:
    """The same training runs under harsh and mild metrics: breakpoint and width of each."""
    rows = []
    for name, anchors in metric_anchors(symbols, positions).items():
        steps, widths = [], []
        for seed in sorted(curves.seed.unique()):
            x, values = _curve(curves, seed, name)
            progress_along = anchors.progress(values)
            steps.append(crossing(x, progress_along, 0.5))
            widths.append(width_in_decades(x, progress_along))
        rows.append(
            {
                "metric": name,
                "breakpoint": mean_over_seeds(np.array(steps), statistics),
                "sharpness": mean_over_seeds(np.array(widths), statistics),
            }
        )
    return rows


def metric_verdict(rows: list[dict[str, Any]], floor: float) -> dict[str, Any]:
    """Whether the jump is real or made by the metric, from the widths.

    Args:
        rows: as `by_metric` gives them.
        floor: the smallest share that the test items resolve.

    Returns:
        ``jump``: ``most`` or ``part`` where the metric makes that much of it, ``real``, or None
        where the training runs do not go from 10% to 90% under both metrics; ``harsh`` and
        ``mild``: widths under exact match and NLL, in decades of steps; their ``ratio``; ``floor``.
    """
    widths = {row["metric"]: row["sharpness"]["mean"] for row in rows}
    harsh, mild = widths["exact_match"], widths["nll"]
    ratio = mild / harsh
    if math.isnan(ratio):
        jump = None
    elif ratio >= MOST:
        jump = "most"
    else:
        jump = "part" if ratio > ALIKE else "real"
    return {"jump": jump, "harsh": harsh, "mild": mild, "ratio": ratio, "floor": floor}
