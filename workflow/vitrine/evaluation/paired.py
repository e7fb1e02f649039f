"""Paired differences: an interval and a p-value from one procedure, so that they cannot disagree.

Many differences at once have simultaneous intervals by the studentised maximum of the bootstrap
(Romano and Wolf 2005, single step; Westfall and Young 1993): with t_j = mean_j / se_j, the critical
value c is a quantile of max_j |mean*_j - mean_j| / se*_j over resamples of the instances, the
interval of difference j is mean_j ± c se_j, and its p-value is the share of resamples whose maximum
is at least |t_j|. All intervals hold together with the stated confidence, and one excludes zero
exactly where its p-value is at most 1 - confidence.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from vitrine.evaluation.bootstrap import bootstrap
from vitrine.evaluation.settings import StatisticsSettings

Outcome = Literal["better", "worse", "equivalent", "inconclusive"]
LEAST = 10
"""With fewer instances no interval of a mean is to be trusted, so nothing is concluded."""


@dataclass(frozen=True)
class Differences:
    """Differences of k pairs, each float64 [k].

    Attributes:
        mean: weighted means over the instances.
        std_error: of the means.
        low: lower ends of the simultaneous intervals.
        high: upper ends.
        p_value: adjusted for the number of pairs.
    """

    mean: np.ndarray
    std_error: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_value: np.ndarray


def outcome(low: float, high: float, margin: float, n: int) -> Outcome:
    """What an interval of a difference says; positive differences are better.

    Args:
        low: lower end.
        high: upper end.
        margin: differences within ± it count as none (two one-sided tests, Schuirmann 1987).
        n: instances behind the interval.

    Returns:
        ``better`` or ``worse`` if the interval excludes zero, ``equivalent`` if it lies within the
        margin, else ``inconclusive``; that also for fewer than `LEAST` instances.
    """
    if n < LEAST or not (np.isfinite(low) and np.isfinite(high)):
        return "inconclusive"
    if low > 0:
        return "better"
    if high < 0:
        return "worse"
    return "equivalent" if -margin < low and high < margin else "inconclusive"


def differences(
    values: np.ndarray, weights: np.ndarray, statistics: StatisticsSettings, seed: int
) -> Differences:
    """Means of paired differences with simultaneous intervals and adjusted p-values.

    The mean is that of Hájek: each instance stands for as many as its weight says. The standard
    error is its linearisation for draws with replacement, which is on the safe side for strata.

    Args:
        values: float64 [n, k], a row per instance, a column per pair.
        weights: float64 [n], how many instances each one stands for.
        statistics: resamples and confidence.
        seed: of the resamples.
    """
    n = len(values)
    mean, error = _mean_and_error(np.ones((1, n)), values, weights)
    mean, error = mean[0], error[0]

    def largest(counts: np.ndarray) -> np.ndarray:
        means, errors = _mean_and_error(counts, values, weights)
        return _ratio(means - mean, errors).max(axis=1)

    maxima = np.sort(bootstrap(largest, n, statistics.bootstrap, seed))
    observed = _ratio(mean, error)
    count = len(maxima)
    beyond = count - np.searchsorted(maxima, observed, side="left")
    rank = int((1 - statistics.confidence) * (count + 1))
    critical = maxima[count - rank] if rank else np.inf
    p_value = (beyond + 1) / (count + 1)
    # A difference that is the same on all instances has no error to scale; its p-value decides.
    constant = np.where((mean == 0) | (beyond < rank), 0.0, np.inf)
    with np.errstate(invalid="ignore"):
        width = np.where(error > 0, critical * error, constant)
    return Differences(mean, error, mean - width, mean + width, p_value)


def _mean_and_error(
    counts: np.ndarray, values: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Hájek's means and their standard errors for each resample, float64 [b, k] each."""
    drawn = counts * weights
    total = drawn.sum(axis=1, keepdims=True)
    means = drawn @ values / total
    squares = counts * weights**2
    n = counts.sum(axis=1, keepdims=True)
    # Sum of w^2 (x - m)^2, multiplied out so that no array [b, n, k] is made.
    spread = (
        squares @ values**2
        - 2 * means * (squares @ values)
        + means**2 * squares.sum(axis=1, keepdims=True)
    )
    tiny = 1e-24 * np.maximum(1.0, values.max(axis=0, initial=0) ** 2)
    spread = np.where(spread > tiny * total**2, spread, 0.0)
    return means, np.sqrt(spread * n / np.maximum(n - 1, 1)) / total


def _ratio(means: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """|mean| / error; 0 where all differences are 0, infinite where they are one other number."""
    sizes = np.abs(means)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = sizes / errors
    return np.where(errors > 0, ratios, np.where(sizes > 1e-12, np.inf, 0.0))


def of_draws(draws: np.ndarray, confidence: float) -> tuple[float, float, float]:
    """The percentile interval of one difference and its two-sided p-value, which agree.

    Args:
        draws: float64 [b], the difference on each resample; NaN is left out.
        confidence: of the interval.

    Returns:
        Low, high, p; NaN, NaN, 1 without draws.
    """
    ordered = np.sort(draws[~np.isnan(draws)])
    count = len(ordered)
    rank = int((1 - confidence) / 2 * (count + 1))
    if count == 0 or rank == 0:
        return float("nan"), float("nan"), 1.0
    smaller = min((ordered <= 0).sum(), (ordered >= 0).sum())
    p = min(1.0, 2 * (smaller + 1) / (count + 1))
    return float(ordered[rank - 1]), float(ordered[count - rank]), p
