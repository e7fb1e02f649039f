"""Sufficiency (DeYoung et al. 2020): what the target loses when only its best reasons are left.

The mean over the fractions of v(N) - v(top players alone). On probabilities it lies in [-1, 1];
lower is better.
"""

from collections.abc import Sequence

import numpy as np

from vitrine.games.game import Strategy
from vitrine.validation.ranking import players_in, top


def sufficiency(values: np.ndarray, fractions: Sequence[float]) -> Strategy[float]:
    """AOPC of keeping only the top players.

    Args:
        values: float64 [players], the attribution.
        fractions: shares of the players to keep, each in (0, 1].
    """
    players = len(values)
    kept = [top(values, players_in(share, players)) for share in fractions]
    full, *alone = yield np.array([np.ones(players, dtype=bool), *kept])
    return float(np.mean(full - np.array(alone)))
