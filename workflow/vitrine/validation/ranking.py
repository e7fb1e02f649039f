"""Coalitions along a ranking of the players."""

import numpy as np


def most_important_first(values: np.ndarray) -> np.ndarray:
    """Players by falling attribution, ties in order of the players: int64 [players]."""
    return np.argsort(-values, kind="stable")


def top(values: np.ndarray, count: int) -> np.ndarray:
    """The ``count`` players with the largest attributions: bool [players]."""
    mask = np.zeros(len(values), dtype=bool)
    mask[most_important_first(values)[:count]] = True
    return mask


def players_in(share: float, players: int) -> int:
    """Players in a share of an instance, rounded up, so that at least one moves."""
    # The subtraction keeps 0.1 * 30 = 3.0000000000000004 from becoming 4.
    return min(players, int(np.ceil(share * players - 1e-9)))
