"""Means over instances with bootstrap intervals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from vitrine.evaluation.bootstrap import interval
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.evaluation.weighted import draw_means
from vitrine.seeds import derive


@dataclass(frozen=True)
class Resamples:
    """How the resamples of a page are drawn.

    Attributes:
        statistics: how many there are, and the confidence of the intervals.
        seed: base seed.
        weights: how many instances of its split each explained instance stands for, by split and
            instance.
    """

    statistics: StatisticsSettings
    seed: int
    weights: pd.Series

    def of(self, split: str, instances: pd.Index) -> np.ndarray:
        """The weights of instances of a split, float64 [n]."""
        return self.weights.loc[split].reindex(instances).to_numpy(dtype=np.float64)

    def draw_means(self, values: pd.Series | pd.DataFrame, split: str, *labels: str) -> np.ndarray:
        """Weighted means over resamples of the instances.

        Args:
            values: by instance, [n] or [n, k].
            split: of the instances.
            labels: of the stream of random numbers.

        Returns:
            float64 [resamples] or [resamples, k].
        """
        weights = self.of(split, values.index)
        seed = derive(self.seed, *labels, split)
        return draw_means(values.to_numpy(dtype=np.float64), weights, self.statistics, seed)

    def bounds(self, draws: np.ndarray) -> tuple[float, float]:
        """The interval of a figure from its values on the resamples, float64 [resamples]."""
        return interval(draws, self.statistics.confidence)

    def mean(self, values: pd.Series, split: str, *labels: str) -> dict[str, float]:
        """``value``, ``low`` and ``high`` of a mean over instances; empty where there is none.

        Args:
            values: by instance.
            split: of the instances.
            labels: of the stream of random numbers.
        """
        present = values.dropna()
        if present.empty:
            return {}
        low, high = self.bounds(self.draw_means(present, split, *labels))
        weights = self.of(split, present.index)
        mean = float(weights @ present.to_numpy(dtype=np.float64) / weights.sum())
        return {"value": mean, "low": low, "high": high}
