"""Means over instances with bootstrap intervals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from vitrine.evaluation.bootstrap import bootstrap, interval
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.seeds import derive


@dataclass(frozen=True)
class Resamples:
    """How the resamples of a page are drawn.

    Attributes:
        statistics: how many there are, and the confidence of the intervals.
        seed: base seed.
    """

    statistics: StatisticsSettings
    seed: int

    def draw_means(self, values: np.ndarray, *labels: str) -> np.ndarray:
        """Means over resamples of the instances.

        Args:
            values: float64 [n] or [n, k], a row per instance.
            labels: of the stream of random numbers.

        Returns:
            float64 [resamples] or [resamples, k].
        """
        n = len(values)
        return bootstrap(
            lambda weights: weights @ values / n,
            n,
            self.statistics.bootstrap,
            derive(self.seed, *labels),
        )

    def bounds(self, draws: np.ndarray) -> tuple[float, float]:
        """The interval of a figure from its values on the resamples, float64 [resamples]."""
        return interval(draws, self.statistics.confidence)

    def mean(self, values: pd.Series, *labels: str) -> dict[str, float]:
        """``value``, ``low`` and ``high`` of a mean over instances; empty where there is none."""
        present = values.dropna().to_numpy()
        if len(present) == 0:
            return {}
        low, high = self.bounds(self.draw_means(present, *labels))
        return {"value": float(present.mean()), "low": low, "high": high}
