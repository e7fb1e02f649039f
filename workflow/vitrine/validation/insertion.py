"""The insertion curve (Petsiuk, Das & Saenko 2018), whose area is taken as the deletion curve's.

Players come to an empty instance from the most to the least important; a faithful attribution
makes the value rise early. Range: the scale of the value; higher is better. Needs a signed
attribution or one whose large values speak for the target.
"""

import numpy as np

from vitrine.games.game import Strategy
from vitrine.validation.deletion import leading_sets


def insertion_curve(values: np.ndarray) -> Strategy[np.ndarray]:
    """Values of the target with 0, 10, ..., 100% of the players present.

    Args:
        values: float64 [players], the attribution.

    Returns:
        float64 [11].
    """
    return (yield leading_sets(values))
