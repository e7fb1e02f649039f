"""The percentile bootstrap over instances."""

from collections.abc import Callable

import numpy as np

CHUNK = 2_000_000  # weights held at once: 16 MB


def bootstrap(
    statistic: Callable[[np.ndarray], np.ndarray], n: int, resamples: int, seed: int
) -> np.ndarray:
    """Evaluate a statistic on resamples of n instances, drawn with replacement.

    The draws depend on ``n``, ``resamples`` and ``seed`` alone: with these alike, two models are
    measured on the same resamples, and the difference of their values is a paired comparison.

    Args:
        statistic: maps weights, float64 [b, n] (how often each instance was drawn), to [b, ...].
        n: number of instances.
        resamples: number of resamples.
        seed: seed of the draws.

    Returns:
        float64 [resamples, ...].
    """
    rng = np.random.default_rng(seed)
    size = max(CHUNK // n, 1)
    parts = []
    for start in range(0, resamples, size):
        b = min(size, resamples - start)
        drawn = rng.integers(0, n, size=(b, n)) + n * np.arange(b)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=b * n).reshape(b, n).astype(np.float64)
        parts.append(statistic(weights))
    return np.concatenate(parts)


def interval(values: np.ndarray, confidence: float) -> tuple[float, float]:
    """The central interval that holds the given share of the values [resamples], NaN left out."""
    tail = (1 - confidence) / 2
    defined = values[~np.isnan(values)]
    if len(defined) == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)
