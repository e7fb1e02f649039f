"""The random floor: the AOPC that a ranking reaches by chance.

The floor is the mean AOPC of random rankings. They are the rotations of one random order, evenly
spaced, so that every player leads about equally often: each is uniform, and together they vary
less than independent ones (on an additive game all rotations give the exact mean).
"""

import numpy as np


def random_rankings(players: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Random rankings.

    Args:
        players: players of the instance.
        count: rankings wanted; at most one per player is given.
        rng: the random stream.

    Returns:
        float64 [count, players], an attribution each: the larger, the earlier in the ranking.
    """
    order = rng.permutation(players)
    shifts = np.unique(np.arange(count) * players // count)
    return np.array([(order + shift) % players for shift in shifts], dtype=np.float64)
