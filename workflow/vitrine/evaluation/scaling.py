"""Progress over the size of models: breakpoints, and which curve in log size predicts best."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from vitrine.evaluation.progress import crossing, width_in_decades
from vitrine.evaluation.settings import StatisticsSettings

Predict = Callable[[np.ndarray], np.ndarray]
# Number of free parameters of each curve; a fit needs as many sizes beside the one left out.
FREE = {"linear": 2, "logistic": 2, "two segments": 3}


def linear(x: np.ndarray, y: np.ndarray) -> Predict:
    """A straight line by least squares."""
    slope, start = np.polyfit(x, y, 1)
    return lambda at: start + slope * at


def logistic(x: np.ndarray, y: np.ndarray) -> Predict:
    """A logistic curve from 0 to 1, its position and slope by least squares."""
    spread = float(np.ptp(x)) or 1.0

    def curve(p: np.ndarray, at: np.ndarray) -> np.ndarray:
        values: np.ndarray = 1 / (1 + np.exp(-np.clip(p[1] * (at - p[0]), -50, 50)))
        return values

    fits = [
        least_squares(lambda p: curve(p, x) - y, (place, steep / spread))
        for place in np.linspace(x.min(), x.max(), 5)
        for steep in (2.0, 20.0)
    ]
    best = min(fits, key=lambda fit: fit.cost)
    return lambda at: curve(best.x, at)


def two_segments(x: np.ndarray, y: np.ndarray) -> Predict:
    """Flat up to a kink, then a straight line; the kink is found by a grid search."""
    best: tuple[float, float, np.ndarray] | None = None
    for kink in np.linspace(x.min(), x.max(), 41)[:-1]:
        design = np.stack([np.ones_like(x), np.maximum(x - kink, 0)], axis=1)
        weights = np.linalg.lstsq(design, y, rcond=None)[0]
        cost = float(((design @ weights - y) ** 2).sum())
        if best is None or cost < best[0] - 1e-12:
            best = cost, float(kink), weights
    assert best is not None
    _, kink, (start, slope) = best
    return lambda at: start + slope * np.maximum(at - kink, 0)


FITS: dict[str, Callable[[np.ndarray, np.ndarray], Predict]] = {
    "linear": linear,
    "logistic": logistic,
    "two segments": two_segments,
}


def leave_one_size_out(sizes: np.ndarray, progress: np.ndarray) -> dict[str, float]:
    """Leave-one-size-out cross-validation: the root mean squared error of each curve.

    Args:
        sizes: float [n], one per training run; several runs share a size.
        progress: float [n].

    Returns:
        The error of every kind of curve for which there are enough sizes.
    """
    distinct = np.unique(sizes)
    errors = {}
    for name, fit in FITS.items():
        if len(distinct) - 1 < FREE[name]:
            continue
        squares = []
        for left_out in distinct:
            fitted = sizes != left_out
            predict = fit(np.log(sizes[fitted]), progress[fitted])
            squares.append((predict(np.log(sizes[~fitted])) - progress[~fitted]) ** 2)
        errors[name] = float(np.sqrt(np.mean([square.mean() for square in squares])))
    return errors


def along_sizes(
    sizes: np.ndarray, progress: np.ndarray, statistics: StatisticsSettings
) -> dict[str, Any] | None:
    """Emergence along a ladder of sizes.

    Everything is measured in log size, or where a ladder begins at 0 in the logarithm of the size
    plus one.

    Args:
        sizes: float [n], of single training runs.
        progress: float [n], at the end of each.
        statistics: resamples and confidence level of the interval.

    Returns:
        ``breakpoint`` with its interval ``low, high``, ``sharpness`` and ``fits`` (see
        `leave_one_size_out`); None where there is one size only.
    """
    shift = float(sizes.min() <= 0)
    sizes = sizes + shift
    distinct = np.unique(sizes)
    if len(distinct) < 2:
        return None
    means = np.array([progress[sizes == size].mean() for size in distinct])
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(statistics.bootstrap):
        resampled = [
            rng.choice(progress[sizes == size], (sizes == size).sum()).mean() for size in distinct
        ]
        draws.append(crossing(distinct, np.array(resampled), 0.5))
    breakpoints = np.array(draws)[~np.isnan(draws)]
    tail = (1 - statistics.confidence) / 2
    low, high = (
        np.quantile(breakpoints, [tail, 1 - tail]) if len(breakpoints) else (math.nan, math.nan)
    )
    return {
        "breakpoint": crossing(distinct, means, 0.5) - shift,
        "low": float(low) - shift,
        "high": float(high) - shift,
        "sharpness": width_in_decades(distinct, means),
        "fits": leave_one_size_out(sizes, progress),
    }
