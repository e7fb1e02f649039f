"""Comprehensiveness (DeYoung et al. 2020, ERASER): what the target loses without its best reasons.

The mean over the fractions of v(N) - v(N without the top players): the area over the perturbation
curve (AOPC). On probabilities it lies in [-1, 1], on log-odds and scores anywhere; higher is
better. Needs an attribution whose large values speak for the target.
"""

from collections.abc import Sequence

import numpy as np

from vitrine.games.game import Strategy
from vitrine.validation.faithfulness.measure import DirectMeasure, Inputs, Measured
from vitrine.validation.faithfulness.ranking import chain, levels


def comprehensiveness(values: np.ndarray, fractions: Sequence[float]) -> Strategy[float]:
    """AOPC of removing the top players.

    Args:
        values: float64 [players], the attribution.
        fractions: shares of the players to remove, each in (0, 1].
    """
    players = len(values)
    sizes, weights = levels(fractions, players)
    full, *without = yield np.vstack([np.ones(players, dtype=bool), ~chain(values, sizes)])
    return float(full - weights @ np.array(without))


def measured(values: np.ndarray, inputs: Inputs) -> Measured:
    """The measure on the shared inputs."""
    return comprehensiveness(values, inputs.fractions)


MEASURE = DirectMeasure(
    name="comprehensiveness",
    order=30,
    better="higher",
    lowest=-1.0,
    highest=1.0,
    needs="the fractions",
    reference="DeYoung et al. 2020",
    strategy=measured,
)
