"""When and how abruptly a curve rises, how sure that is, and what the context is worth."""

import math

import numpy as np

from vitrine.evaluation.bootstrap import bootstrap, interval


def crossing(x: np.ndarray, progress: np.ndarray, level: float) -> float:
    """Where progress first reaches a level, interpolated in log x.

    Args:
        x: float [n], rising and above 0: steps or sizes.
        progress: float [n].
        level: the level.

    Returns:
        The place, or NaN where progress never reaches the level or already starts above it.
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
    """Factors of ten in x between 10% and 90% progress: the smaller, the sharper; NaN if either
    is not reached."""
    return math.log10(crossing(x, progress, 0.9) / crossing(x, progress, 0.1))


def wilson(successes: float, n: int, confidence: float) -> tuple[float, float]:
    """Wilson's interval (1927) of a success rate; successes may be a mean of several counts."""
    # Importing it takes over a second.
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(successes, n, alpha=1 - confidence, method="wilson")
    # Rounding must not leave the rate outside.
    rate = successes / n
    return max(min(float(low), rate), 0.0), min(max(float(high), rate), 1.0)


def mean_over_seeds(
    values: np.ndarray, resamples: int, confidence: float, seed: int = 0
) -> dict[str, float]:
    """The mean of what is known, with its percentile bootstrap interval over seeds.

    Args:
        values: float [seeds], NaN where a seed has none.
        resamples, confidence: of the interval.
        seed: of the resamples.

    Returns:
        ``mean, low, high`` (NaN without any value) and ``n``, the values that are known.
    """
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return {"mean": math.nan, "low": math.nan, "high": math.nan, "n": 0}
    draws = bootstrap(lambda w: w @ known / len(known), len(known), resamples, seed)
    low, high = interval(draws, confidence)
    return {"mean": float(known.mean()), "low": low, "high": high, "n": len(known)}


def late_less_early(nll: np.ndarray) -> float:
    """The in-context learning score (Olsson et al. 2022), in nats.

    Args:
        nll: float [places], the loss at each place, from the first to the last.

    Returns:
        The mean of the last eighth less that of the first; several places are less noisy than two.
    """
    eighth = max(len(nll) // 8, 1)
    return float(nll[-eighth:].mean() - nll[:eighth].mean())
