"""Coalitions along a ranking of the players."""

from collections.abc import Sequence

import numpy as np


def most_important_first(values: np.ndarray) -> np.ndarray:
    """Players by falling attribution, ties in order of the players: int64 [players]."""
    return np.argsort(-values, kind="stable")


def players_in(share: float, players: int) -> int:
    """Players in a share of an instance, rounded up, so that at least one moves."""
    # The subtraction keeps 0.1 * 30 = 3.0000000000000004 from becoming 4.
    return min(players, int(np.ceil(share * players - 1e-9)))


def levels(fractions: Sequence[float], players: int) -> tuple[np.ndarray, np.ndarray]:
    """The sizes of the leading sets that fractions ask for.

    Args:
        fractions: shares of the players, each in (0, 1].
        players: players of the instance.

    Returns:
        The distinct sizes in rising order, int64 [m], and the share of the fractions that ask for
        each, float64 [m], which sums to 1.
    """
    sizes, times = np.unique([players_in(f, players) for f in fractions], return_counts=True)
    return sizes, times / times.sum()


def chain(values: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The leading sets of a ranking: bool [sizes, players], each within the next."""
    place = np.empty(len(values), dtype=np.int64)
    place[most_important_first(values)] = np.arange(len(values))
    return place < sizes[:, None]
