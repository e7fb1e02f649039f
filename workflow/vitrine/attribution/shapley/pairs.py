"""Evaluated pairs of coalitions, which is all that an estimate of Shapley values needs.

A coalition S and its complement enter together. Shapley values depend on the *odd part* of a game
alone, w(S) = (v(S) - v(N without S)) / 2 (Fumagalli et al. 2026, arXiv 2602.01399), and a pair
observes it free of the even part.
"""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Pairs:
    """Distinct pairs of coalitions of one game.

    Attributes:
        half: bool [m, n], one coalition of each pair, of size 1 to n / 2.
        odd: float64 [m], the odd part of the game at it.
        full: the odd part at the full coalition, (v(N) - v(empty)) / 2.
        spread: standard deviation of the values of all evaluated coalitions; it tells a constant
            game from one whose odd part was 0 at every pair.
    """

    half: np.ndarray
    odd: np.ndarray
    full: float
    spread: float = 0.0

    @property
    def players(self) -> int:
        """n."""
        return int(self.half.shape[1])

    @property
    def sizes(self) -> np.ndarray:
        """int64 [m], how many players each coalition has."""
        return self.half.sum(axis=1)


@dataclass(frozen=True)
class Estimate:
    """Estimated Shapley values.

    Attributes:
        values: float64 [n]; their sum is v(N) - v(empty) to rounding.
        std_error: float64 [n], NaN where it cannot be known.
        refuted: the evaluated coalitions contradict the model behind the estimate, so that its
            errors are rough and must not end the sampling.
    """

    values: np.ndarray
    std_error: np.ndarray
    refuted: bool = False


def efficient(values: np.ndarray, total: float) -> np.ndarray:
    """Shift values float64 [n] alike so that they sum to ``total``."""
    return values + (total - values.sum()) / len(values)


def odd_weights(half: np.ndarray) -> np.ndarray:
    """What a unit of the odd part at each pair adds to the Shapley values.

    A game that is 1 at S, -1 at its complement and 0 elsewhere gives 2 / (s C(n, s)) to each of
    the s players of S and takes 2 / ((n - s) C(n, s)) from each of the others.

    Args:
        half: bool [m, n], one coalition of each pair.

    Returns:
        float64 [m, n].
    """
    players = half.shape[1]
    inside = np.array(
        [0.0] + [2 / s / math.comb(players, s) for s in range(1, players)], dtype=np.float64
    )
    outside = np.array([2 / (players - s) / math.comb(players, s) for s in range(players)])
    sizes = half.sum(axis=1)
    return np.where(half, inside[sizes][:, None], -outside[sizes][:, None])


def sum_error(terms: np.ndarray, sizes: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Standard error of the weighted sum of a sample stratified by size, without replacement.

    Args:
        terms: float64 [m, n], what is added up, already multiplied by its weight.
        sizes: int64 [m], the stratum of each row.
        weight: float64 [m], how many members of its stratum each row stands for, itself included.

    Returns:
        float64 [n]; a stratum of one row counts with the row's own square.
    """
    variance = np.zeros(terms.shape[1])
    for size in np.unique(sizes):
        rows = sizes == size
        count = int(rows.sum())
        away = terms[rows] - (terms[rows].mean(axis=0) if count > 1 else 0.0)
        unsampled = 1 - 1 / weight[rows][0]
        variance += unsampled * count / max(count - 1, 1) * (away**2).sum(axis=0)
    return np.sqrt(variance)
