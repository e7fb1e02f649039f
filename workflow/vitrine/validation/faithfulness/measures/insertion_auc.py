"""The insertion curve (Petsiuk, Das & Saenko 2018), whose area is taken as the deletion curve's.

Players come to an empty instance from the most to the least important; a faithful attribution
makes the value rise early. Range: the scale of the value; higher is better. Needs a signed
attribution or one whose large values speak for the target.
"""

from collections.abc import Sequence

import numpy as np

from vitrine.games.game import Strategy
from vitrine.validation.faithfulness.curves import area, leading_sets, shares_of
from vitrine.validation.faithfulness.measure import Curve, DirectMeasure, Inputs


def insertion_curve(values: np.ndarray, fractions: Sequence[float]) -> Strategy[np.ndarray]:
    """Values of the target with growing shares of the players present.

    Args, returns: as for `vitrine.validation.faithfulness.measures.deletion_auc.deletion_curve`.
    """
    return (yield leading_sets(values, fractions))


def measured(values: np.ndarray, inputs: Inputs) -> Strategy[Curve]:
    """The measure on the shared inputs."""
    curve = yield from insertion_curve(values, inputs.fractions)
    under = area(curve, inputs.fractions, len(values))
    return Curve("insertion", shares_of(inputs.fractions), curve, under)


MEASURE = DirectMeasure(
    name="insertion_auc",
    order=80,
    better="higher",
    lowest=0.0,
    highest=1.0,
    needs="nothing",
    reference="Petsiuk et al. 2018",
    compared=True,
    strategy=measured,
)
