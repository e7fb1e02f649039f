"""Shapley values from all coalitions of a game."""

import math

import numpy as np

from vitrine.games.sampling import all_coalitions


def shapley_values(values: np.ndarray, players: int) -> np.ndarray:
    """Shapley's formula over all coalitions (Shapley 1953).

    Args:
        values: float64 [2**players] in the order of `all_coalitions`.
        players: n >= 1.

    Returns:
        Shapley values float64 [n], in the unit of the values.
    """
    cube = values.reshape((2,) * players)
    weight = np.array([1 / (players * math.comb(players - 1, s)) for s in range(players)])
    weight = weight[all_coalitions(players - 1).sum(axis=1)]
    # Axis -1 of the cube is player 0, the lowest binary digit.
    return np.array(
        [weight @ np.diff(cube, axis=players - 1 - player).ravel() for player in range(players)]
    )
