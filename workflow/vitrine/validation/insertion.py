"""The insertion curve (Petsiuk, Das & Saenko 2018), whose area is taken as the deletion curve's.

Players come to an empty instance from the most to the least important; a faithful attribution
makes the value rise early. Range: the scale of the value; higher is better. Needs a signed
attribution or one whose large values speak for the target.
"""

import numpy as np

from vitrine.games.game import Strategy
from vitrine.validation.deletion import STEPS
from vitrine.validation.ranking import players_in, top


def insertion_curve(values: np.ndarray) -> Strategy[np.ndarray]:
    """Values of the target with 0, 10, ..., 100% of the players present.

    Args:
        values: float64 [players], the attribution.

    Returns:
        float64 [11].
    """
    players = len(values)
    shares = np.linspace(0.0, 1.0, STEPS + 1)
    return (yield np.array([top(values, players_in(share, players)) for share in shares]))
