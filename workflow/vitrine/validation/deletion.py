"""The deletion curve (Petsiuk, Das & Saenko 2018) and the area under it.

Players go from the most to the least important; a faithful attribution makes the value fall early.
The area is on the scale of the value, on probabilities in [0, 1]; lower is better. Needs an
attribution whose large values speak for the target.
"""

import numpy as np

from vitrine.games.game import Strategy
from vitrine.validation.ranking import players_in, top

STEPS = 10


def deletion_curve(values: np.ndarray) -> Strategy[np.ndarray]:
    """Values of the target with 0, 10, ..., 100% of the players removed.

    Args:
        values: float64 [players], the attribution.

    Returns:
        float64 [11].
    """
    return (yield ~leading_sets(values))


def leading_sets(values: np.ndarray) -> np.ndarray:
    """The most important 0, 10, ..., 100% of the players: bool [11, players]."""
    players = len(values)
    shares = np.linspace(0.0, 1.0, STEPS + 1)
    return np.array([top(values, players_in(share, players)) for share in shares])


def area(curve: np.ndarray) -> float:
    """Area under a curve over equally spaced shares in [0, 1], by the trapezium rule."""
    return float(np.trapezoid(curve, dx=1 / (len(curve) - 1)))
