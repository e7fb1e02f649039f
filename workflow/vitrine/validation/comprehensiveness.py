"""Comprehensiveness (DeYoung et al. 2020): what the target loses without its best reasons.

The mean over the fractions of v(N) - v(N without the top players): the area over the perturbation
curve (AOPC). On probabilities it lies in [-1, 1]; higher is better.
"""

from collections.abc import Sequence

import numpy as np

from vitrine.games.game import Strategy
from vitrine.validation.ranking import players_in, top


def comprehensiveness(values: np.ndarray, fractions: Sequence[float]) -> Strategy[float]:
    """AOPC of removing the top players.

    Args:
        values: float64 [players], the attribution.
        fractions: shares of the players to remove, each in (0, 1].
    """
    players = len(values)
    removed = [~top(values, players_in(share, players)) for share in fractions]
    full, *without = yield np.array([np.ones(players, dtype=bool), *removed])
    return float(np.mean(full - np.array(without)))
