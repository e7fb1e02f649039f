"""Which curve in log size foretells a size that it has not seen?"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import least_squares

Predict = Callable[[np.ndarray], np.ndarray]
# A curve with so many free numbers needs more sizes than that, one being left out.
FREE = {"linear": 2, "logistic": 2, "two segments": 3}


def linear(x: np.ndarray, y: np.ndarray) -> Predict:
    """A straight line by least squares."""
    slope, start = np.polyfit(x, y, 1)
    return lambda at: start + slope * at


def logistic(x: np.ndarray, y: np.ndarray) -> Predict:
    """A logistic curve from 0 to 1, its place and steepness by least squares."""
    spread = float(np.ptp(x)) or 1.0

    def curve(p: np.ndarray, at: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-np.clip(p[1] * (at - p[0]), -50, 50)))

    fits = [
        least_squares(lambda p: curve(p, x) - y, (place, steep / spread))
        for place in np.linspace(x.min(), x.max(), 5)
        for steep in (2.0, 20.0)
    ]
    best = min(fits, key=lambda fit: fit.cost)
    return lambda at: curve(best.x, at)


def two_segments(x: np.ndarray, y: np.ndarray) -> Predict:
    """Flat up to a kink, then a straight line; the kink is searched between the ends of x."""
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
    """Root mean squared error of each curve at a size that its fit has not seen.

    Args:
        sizes: float [n], one per training; several trainings share a size.
        progress: float [n].

    Returns:
        The error of every kind of curve for which there are enough sizes.
    """
    known = np.unique(sizes)
    errors = {}
    for name, fit in FITS.items():
        if len(known) - 1 < FREE[name]:
            continue
        squares = []
        for left_out in known:
            kept = sizes != left_out
            predict = fit(np.log(sizes[kept]), progress[kept])
            squares.append((predict(np.log(sizes[~kept])) - progress[~kept]) ** 2)
        errors[name] = float(np.sqrt(np.mean([square.mean() for square in squares])))
    return errors
