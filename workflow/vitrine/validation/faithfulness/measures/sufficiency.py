"""Sufficiency (DeYoung et al. 2020, ERASER): what the target loses when only its best reasons stay.

The mean over the fractions of v(N) - v(top players alone) (AOPC). On probabilities it lies in
[-1, 1], on log-odds and scores anywhere; lower is better. Needs an attribution whose large values
speak for the target.
"""

from collections.abc import Sequence

import numpy as np

from vitrine.games.game import Strategy
from vitrine.validation.faithfulness.measure import DirectMeasure, Inputs, Measured
from vitrine.validation.faithfulness.ranking import chain, levels


def sufficiency(values: np.ndarray, fractions: Sequence[float]) -> Strategy[float]:
    """AOPC of keeping only the top players.

    Args:
        values: float64 [players], the attribution.
        fractions: shares of the players to keep, each in (0, 1].
    """
    players = len(values)
    sizes, weights = levels(fractions, players)
    full, *alone = yield np.vstack([np.ones(players, dtype=bool), chain(values, sizes)])
    return float(full - weights @ np.array(alone))


def measured(values: np.ndarray, inputs: Inputs) -> Measured:
    """The measure on the shared inputs."""
    return sufficiency(values, inputs.fractions)


MEASURE = DirectMeasure(
    name="sufficiency",
    order=40,
    better="lower",
    lowest=-1.0,
    highest=1.0,
    needs="the fractions",
    reference="DeYoung et al. 2020",
    strategy=measured,
)
