"""Choosing settings on validation, so that the figures on test flatter none."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vitrine.evaluation.bootstrap import bootstrap, interval


def choose(
    means: np.ndarray, preference: Sequence[Any], margin: float, *, higher_is_better: bool
) -> int:
    """The candidate to use: of those that are hardly worse than the best, the preferred one.

    Args:
        means: float64 [candidates].
        preference: one sortable per candidate, the smallest preferred.
        margin: how much worse than the best is hardly worse.
        higher_is_better: which way the means count.
    """
    behind = (means.max() - means) if higher_is_better else (means - means.min())
    near: list[int] = np.flatnonzero(behind <= margin).tolist()
    return min(near, key=lambda i: preference[i])


def described(
    values: np.ndarray, statistics: Mapping[str, Any], seed: int
) -> list[dict[str, float]]:
    """Mean of each candidate with its interval over instances, float64 [instances, candidates]."""
    n = len(values)
    draws = bootstrap(lambda weights: weights @ values / n, n, statistics["bootstrap"], seed)
    described = []
    for place, mean in enumerate(values.mean(axis=0)):
        low, high = interval(draws[:, place], statistics["confidence"])
        described.append({"mean": float(mean), "low": low, "high": high})
    return described
