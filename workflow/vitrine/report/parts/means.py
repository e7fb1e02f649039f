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
        weights = self.weights.loc[split].reindex(present.index).to_numpy(dtype=np.float64)
        numbers = present.to_numpy(dtype=np.float64)
        draws = draw_means(numbers, weights, self.statistics, derive(self.seed, *labels, split))
        low, high = interval(draws, self.statistics.confidence)
        return {"value": float(weights @ numbers / weights.sum()), "low": low, "high": high}
