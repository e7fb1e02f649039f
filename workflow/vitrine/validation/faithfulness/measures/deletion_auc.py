"""The deletion curve (Petsiuk, Das & Saenko 2018) and the area under it.

Players go from the most to the least important; a faithful attribution makes the value fall early.
The area is on the scale of the value, on probabilities in [0, 1]; lower is better. Needs an
attribution whose large values speak for the target.
"""

from collections.abc import Sequence

import numpy as np

from vitrine.games.game import Strategy
from vitrine.validation.faithfulness.curves import area, leading_sets, shares_of
from vitrine.validation.faithfulness.measure import Curve, DirectMeasure, Inputs


def deletion_curve(values: np.ndarray, fractions: Sequence[float]) -> Strategy[np.ndarray]:
    """Values of the target with growing shares of the players removed.

    Args:
        values: float64 [players], the attribution.
        fractions: shares beside `vitrine.validation.faithfulness.curves.ALWAYS`, each in (0, 1].

    Returns:
        float64 [shares], in the order of `shares_of`.
    """
    return (yield ~leading_sets(values, fractions))


def measured(values: np.ndarray, inputs: Inputs) -> Strategy[Curve]:
    """The measure on the shared inputs."""
    curve = yield from deletion_curve(values, inputs.fractions)
    under = area(curve, inputs.fractions, len(values))
    return Curve("deletion", shares_of(inputs.fractions), curve, under)


MEASURE = DirectMeasure(
    name="deletion_auc",
    order=70,
    better="lower",
    lowest=0.0,
    highest=1.0,
    needs="nothing",
    reference="Petsiuk et al. 2018",
    compared=True,
    strategy=measured,
)
