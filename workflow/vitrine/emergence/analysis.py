"""Analysis of the curves of all seeds of a size: emergence and lags."""

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

# Measures of the mechanism that can precede the ability or follow it.
MECHANISMS = ("previous", "induction", "fourier_share")


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
        ``successful`` (bool per seed), ``successes`` and their share's interval; ``value``,
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
    successful = progress >= success
    successes = int(successful.sum())
    low, high = wilson(successes, len(progress), statistics.confidence)

    def over_seeds(values: Any) -> dict[str, Any]:
        array = np.asarray(values, dtype=float)
        return {**mean_over_seeds(array, statistics), "seeds": array.tolist()}

    return {
        "value": over_seeds(ends.value),
        "progress": over_seeds(progress),
        "successful": successful.tolist(),
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
