"""Random subsets to remove, shared by the measures that average over them."""

import math

import numpy as np

from vitrine.games.sampling import random_subsets
from vitrine.validation.faithfulness.ranking import players_in


def removed_subsets(players: int, share: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """Distinct random subsets of one size.

    Args:
        players: players of the instance.
        share: share of the players in each subset, in (0, 1].
        count: subsets wanted; all of that size when there are no more.
        rng: the random stream.

    Returns:
        bool [m, players], True where a player is removed.
    """
    size = players_in(share, players)
    return random_subsets(players, size, min(count, math.comb(players, size)), rng)
