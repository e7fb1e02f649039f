"""Weighted means over resamples of instances."""

import numpy as np

from vitrine.evaluation.bootstrap import bootstrap
from vitrine.evaluation.settings import StatisticsSettings


def draw_means(
    values: np.ndarray, weights: np.ndarray, statistics: StatisticsSettings, seed: int
) -> np.ndarray:
    """Weighted means over resamples of the instances, of Hájek's form.

    Args:
        values: float64 [n] or [n, k], a row per instance.
        weights: float64 [n], how many instances each one stands for.
        statistics: how many resamples.
        seed: of the draws.

    Returns:
        float64 [resamples] or [resamples, k].
    """

    def mean(counts: np.ndarray) -> np.ndarray:
        drawn = counts * weights
        total = drawn.sum(axis=1)
        return (drawn @ values) / (total if values.ndim == 1 else total[:, None])

    return bootstrap(mean, len(values), statistics.bootstrap, seed)
