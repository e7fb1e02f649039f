"""The insertion curve (Petsiuk, Das & Saenko 2018), whose area is taken as the deletion curve's.

Players come to an empty instance from the most to the least important; a faithful attribution
makes the value rise early. Range: the scale of the value; higher is better. Needs a signed
attribution or one whose large values speak for the target.
"""

from collections.abc import Sequence

import numpy as np

from vitrine.games.game import Strategy
from vitrine.validation.faithfulness.deletion import leading_sets


def insertion_curve(values: np.ndarray, fractions: Sequence[float]) -> Strategy[np.ndarray]:
    """Values of the target with growing shares of the players present.

    Args, returns: as for `vitrine.validation.faithfulness.deletion.deletion_curve`.
    """
    return (yield leading_sets(values, fractions))
