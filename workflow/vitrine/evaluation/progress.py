"""Progress between a reference and an optimum: when and how abruptly a curve rises.

The in-context learning score and intervals over seeds belong to it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from vitrine.evaluation.bootstrap import bootstrap, interval
from vitrine.evaluation.settings import StatisticsSettings


@dataclass(frozen=True)
class Anchors:
    """The values of a metric between which an ability emerges.

    Attributes:
        metric: name of the metric.
        reference: its value for the best predictor without the ability.
        optimum: the best possible value.
        lines: further values that theory knows, by what reaches them.
        predictor: the class of predictors whose best one has the value ``reference``, by the name
            that pages translate; empty where a page states it itself.
    """

    metric: str
    reference: float
    optimum: float
    lines: dict[str, float]
    predictor: str = ""

    @overload
    def progress(self, value: float) -> float: ...

    @overload
    def progress(self, value: np.ndarray) -> np.ndarray: ...

    def progress(self, value: float | np.ndarray) -> float | np.ndarray:
        """The share of the way from the reference (0) to the optimum (1)."""
        return (self.reference - value) / (self.reference - self.optimum)


def crossing(x: np.ndarray, progress: np.ndarray, level: float) -> float:
    """Where progress first reaches a level, interpolated in log x.

    Args:
        x: float [n], rising and above 0: steps or sizes.
        progress: float [n].
        level: the level.

    Returns:
        The position in x; NaN where progress never reaches the level or starts above it.
    """
    reached = np.flatnonzero(progress >= level)
    if len(reached) == 0 or reached[0] == 0:
        return math.nan
    right = reached[0]
    low, high = progress[right - 1], progress[right]
    share = (level - low) / (high - low)
    logs = np.log(x[right - 1 : right + 1])
    return float(np.exp(logs[0] + share * (logs[1] - logs[0])))


def width_in_decades(x: np.ndarray, progress: np.ndarray) -> float:
    """Factors of ten in x between 10% and 90% progress; NaN where one of them is not reached.

    A smaller width is a sharper rise.
    """
    return math.log10(crossing(x, progress, 0.9) / crossing(x, progress, 0.1))


def wilson(successes: float, n: int, confidence: float) -> tuple[float, float]:
    """Wilson's interval (1927) of a success rate; successes may be a mean of several counts."""
    # Importing it takes over a second.
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(successes, n, alpha=1 - confidence, method="wilson")
    # Rounding may move the rate itself out of its interval.
    rate = successes / n
    return max(min(float(low), rate), 0.0), min(max(float(high), rate), 1.0)


def mean_over_seeds(
    values: np.ndarray, statistics: StatisticsSettings, seed: int = 0
) -> dict[str, float]:
    """The mean over seeds without NaN, with its percentile bootstrap interval.

    Args:
        values: float [seeds], NaN where a seed has no value.
        statistics: resamples and confidence level of the interval.
        seed: of the resamples.

    Returns:
        ``mean, low, high`` (NaN without any value) and ``n``, the number of values.
    """
    present = values[~np.isnan(values)]
    count = len(present)
    if count == 0:
        return {"mean": math.nan, "low": math.nan, "high": math.nan, "n": 0}
    draws = bootstrap(lambda w: w @ present / count, count, statistics.bootstrap, seed)
    low, high = interval(draws, statistics.confidence)
    return {"mean": float(present.mean()), "low": low, "high": high, "n": count}


def late_less_early(nll: np.ndarray) -> float:
    """The in-context learning score (Olsson et al. 2022), in nats.

    Args:
        nll: float [positions], the loss at each position, from the first to the last.

    Returns:
        The mean of the last eighth minus that of the first; several positions are less noisy than
        two.
    """
    eighth = max(len(nll) // 8, 1)
    return float(nll[-eighth:].mean() - nll[:eighth].mean())


def nan_to_none(value: Any) -> Any:
    """Replace NaN by None in nested mappings and lists, as JSON needs it."""
    if isinstance(value, Mapping):
        return {key: nan_to_none(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [nan_to_none(item) for item in value]
    if isinstance(value, float) and math.isnan(value):
        return None
    return value
