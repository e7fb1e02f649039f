"""How much every two players owe to each other."""

import math

import numpy as np

from vitrine.games.game import Strategy
from vitrine.games.sampling import all_coalitions


def interactions(players: int, evaluations: int) -> Strategy[np.ndarray]:
    """Exact Shapley interaction index of every two players (see `interaction_index`).

    Args:
        players: n.
        evaluations: most coalitions to evaluate; all 2^n are needed.

    Returns:
        float64 [n, n], symmetric; positive where two players add more together than apart. The
        diagonal is 0.

    Raises:
        ValueError: when the coalitions do not fit. Estimates are not offered.
    """
    if 2**players > evaluations:
        raise ValueError(
            f"interactions of {players} players need all 2^{players} coalitions and "
            f"explanation.shap.evaluations allows {evaluations}: raise it, or explain instances "
            f"of at most {evaluations.bit_length() - 1} players"
        )
    values = yield all_coalitions(players)
    return interaction_index(values, players)


def interaction_index(values: np.ndarray, players: int) -> np.ndarray:
    """Shapley interaction index from all coalitions (Grabisch & Roubens 1999, definition 3).

    For players i and j it averages what they add together beyond what each adds alone,
    v(S + ij) - v(S + i) - v(S + j) + v(S), over the coalitions S of the others: every size of S
    counts alike, and so does every S of a size.

    Args:
        values: float64 [2**players] in the order of `all_coalitions`.
        players: n >= 0.

    Returns:
        float64 [n, n], symmetric, in the unit of the values; the diagonal is 0.
    """
    index = np.zeros((players, players))
    if players < 2:
        return index
    cube = values.reshape((2,) * players)
    weight = np.array([1 / ((players - 1) * math.comb(players - 2, s)) for s in range(players - 1)])
    weight = weight[all_coalitions(players - 2).sum(axis=1)]
    # Axis -1 of the cube is player 0, the lowest binary digit.
    for i in range(players):
        alone = np.diff(cube, axis=players - 1 - i)
        for j in range(i):
            both = np.diff(alone, axis=players - 1 - j).ravel()
            index[i, j] = index[j, i] = weight @ both
    return index
