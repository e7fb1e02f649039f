"""Choosing settings on validation, so that the figures on test do not flatter the choice."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vitrine.evaluation.bootstrap import bootstrap, interval
from vitrine.evaluation.settings import StatisticsSettings


def choose(
    means: np.ndarray, preference: Sequence[Any], margin: float, *, higher_is_better: bool
) -> int:
    """The candidate to use: of those within a margin of the best, the preferred one.

    Args:
        means: float64 [candidates].
        preference: one sortable per candidate, the smallest preferred.
        margin: how much worse than the best a candidate may be.
        higher_is_better: which way the means count.
    """
    behind = (means.max() - means) if higher_is_better else (means - means.min())
    near: list[int] = np.flatnonzero(behind <= margin).tolist()
    return min(near, key=lambda i: preference[i])


def means_with_intervals(
    values: np.ndarray, statistics: StatisticsSettings, seed: int
) -> list[dict[str, float]]:
    """Mean of each candidate with its bootstrap interval over instances.

    Args:
        values: float64 [instances, candidates].
        statistics: of the intervals.
        seed: of the resamples.

    Returns:
        ``mean, low, high`` of each candidate.
    """
    n = len(values)
    draws = bootstrap(lambda weights: weights @ values / n, n, statistics.bootstrap, seed)
    rows = []
    for place, mean in enumerate(values.mean(axis=0)):
        low, high = interval(draws[:, place], statistics.confidence)
        rows.append({"mean": float(mean), "low": low, "high": high})
    return rows
