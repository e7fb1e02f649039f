"""A Gaussian prior over the odd parts of games, and what it says about Shapley values.

Write a coalition as signs x in {-1, 1}^n. Every odd function of them is a sum over the sets T of
odd size of c_T prod_{i in T} x_i, and the Shapley value of player i is the sum over the T that hold
i of 2 c_T / |T| (Fumagalli et al. 2026, arXiv 2602.01399). The prior makes the c_T independent
normal variables of mean 0 whose variance is an amplitude of the order |T| = 1, 3 or 5 times the
product of the relevances of the players in T: players that matter more interact more. Sums over
all sets of an order are elementary symmetric polynomials, so no set is ever listed. What is of
order 7 and more is a *remainder*, independent from pair to pair.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from vitrine.attribution.shapley.pairs import odd_weights
from vitrine.games.sampling import pairs_of_size

ORDERS = (1, 3, 5)


@dataclass(frozen=True)
class OddPrior:
    """Prior variances of the odd part of a game, in the squared unit of its values.

    Attributes:
        relevance: float64 [n], positive.
        amplitudes: float64 [3], variance of the odd part at a pair by order; orders above n have
            no part in it.
        remainder: variance at a pair that is not shared with any other pair.
    """

    relevance: np.ndarray
    amplitudes: np.ndarray
    remainder: float


def correlations(left: np.ndarray, right: np.ndarray, relevance: np.ndarray) -> np.ndarray:
    """Correlation of the odd part between coalitions, order by order.

    Args:
        left: float64 [l, n] of signs.
        right: float64 [r, n] of signs.
        relevance: float64 [n].

    Returns:
        float64 [3, l, r] for the orders 1, 3 and 5; 1 for a coalition with itself, and 0 where
        there are fewer players than the order.
    """
    p1, p3, p5 = ((left * relevance**k) @ right.T for k in ORDERS)
    # Signs squared are 1, so even power sums are the same for every two coalitions.
    p2, p4 = np.sum(relevance**2), np.sum(relevance**4)
    # Newton's identities for e3 and e5, written out to pass over the matrices fewer times.
    square = p1 * p1
    e3 = (p1 * (square - 3 * p2) + 2 * p3) / 6
    e5 = p1 * (square * (square - 10 * p2) + 15 * p2**2 - 30 * p4)
    e5 += 20 * p3 * (square - p2) + 24 * p5
    e5 /= 120
    norms = [_inverse_norm(relevance, k) for k in ORDERS]
    return np.stack([e * norm for e, norm in zip((p1, e3, e5), norms, strict=True)])


def covariance(prior: OddPrior, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Covariance of the odd part between coalitions but for the remainder.

    Args:
        prior: of the game.
        left: float64 [l, n] of signs.
        right: float64 [r, n] of signs.

    Returns:
        float64 [l, r].
    """
    relevance = prior.relevance
    c1, c3, c5 = (
        a * _inverse_norm(relevance, k) for a, k in zip(prior.amplitudes, ORDERS, strict=True)
    )
    p1, p3, p5 = ((left * relevance**k) @ right.T for k in ORDERS)
    p2, p4 = np.sum(relevance**2), np.sum(relevance**4)
    # The sum of `correlations`, in place: with thousands of pairs memory takes most of the time.
    square = p1 * p1
    result = square * (c5 / 120)
    result += c3 / 6 - c5 * p2 / 12
    result *= square
    result += c1 - c3 * p2 / 2 + c5 * (p2**2 / 8 - p4 / 4)
    result *= p1
    square -= p2
    square *= c5 / 6
    square += c3 / 3
    square *= p3
    result += square
    p5 *= c5 / 5
    result += p5
    return result


def shapley_covariance(prior: OddPrior, half: np.ndarray) -> np.ndarray:
    """Covariance of the Shapley values with the odd part at pairs, the remainder included.

    Args:
        prior: of the game.
        half: bool [m, n], one coalition of each pair.

    Returns:
        float64 [m, n].
    """
    signs = np.where(half, 1.0, -1.0)
    return _modelled(prior, signs) + prior.remainder * odd_weights(half)


def full_shapley_covariance(prior: OddPrior) -> np.ndarray:
    """Covariance of the Shapley values with the odd part at the full coalition, float64 [n]."""
    return _modelled(prior, np.ones((1, len(prior.relevance))))[0]


def shapley_variance(prior: OddPrior) -> np.ndarray:
    """Prior variance of the Shapley values, float64 [n]."""
    relevance = prior.relevance
    symmetric = _elementary([np.sum(relevance**k) for k in range(1, 6)])
    variances = [
        (2 / k) ** 2 * _with_player(relevance, symmetric, k) * _inverse_norm(relevance, k)
        for k in ORDERS
    ]
    return prior.amplitudes @ np.stack(variances) + prior.remainder * remainder_variance(
        len(relevance)
    )


def _modelled(prior: OddPrior, signs: np.ndarray) -> np.ndarray:
    """Covariance of the Shapley values with the odd part but for its remainder.

    Args:
        prior: of the game.
        signs: float64 [m, n].

    Returns:
        float64 [m, n].
    """
    relevance = prior.relevance
    sums = [
        np.sum(relevance**k) if k % 2 == 0 else (signs @ relevance**k)[:, None] for k in range(1, 6)
    ]
    symmetric = _elementary(sums)
    parts = signs * relevance
    orders = [
        2 / k * _with_player(parts, symmetric, k) * _inverse_norm(relevance, k) for k in ORDERS
    ]
    return np.tensordot(prior.amplitudes, np.stack(orders), axes=1)


def _elementary(sums: Sequence[Any]) -> list[Any]:
    """Elementary symmetric polynomials of order 0 to 5 from power sums (Newton's identities)."""
    symmetric: list[Any] = [1.0]
    for k in range(1, 6):
        terms = [(-1) ** (j - 1) * symmetric[k - j] * sums[j - 1] for j in range(1, k + 1)]
        symmetric.append(sum(terms) / k)
    return symmetric


def _with_player(parts: np.ndarray, symmetric: Sequence[Any], order: int) -> np.ndarray:
    """The terms of an elementary symmetric polynomial that hold each player.

    Args:
        parts: float64 [..., n], the numbers that are multiplied.
        symmetric: their elementary symmetric polynomials, each broadcasting against ``parts``.
        order: players per term.

    Returns:
        float64 [..., n].
    """
    others: np.ndarray = np.ones_like(parts)
    for k in range(1, order):
        others = symmetric[k] - parts * others
    return parts * others


def _inverse_norm(relevance: np.ndarray, order: int) -> float:
    """What scales the prior variance of an order to 1; 0 without sets of that order."""
    if len(relevance) < order:
        return 0.0
    return 1 / _elementary([np.sum(relevance**k) for k in range(1, 6)])[order]


@lru_cache(maxsize=256)
def remainder_variance(players: int) -> float:
    """Prior variance of a Shapley value when all pairs have independent parts of variance 1."""
    total = 0.0
    for size in range(1, players // 2 + 1):
        pairs = pairs_of_size(players, size)
        inside = pairs * size / players if 2 * size != players else pairs / 2
        one = math.comb(players, size)
        total += inside / one * (2 / size) ** 2 / one
        total += (pairs - inside) / one * (2 / (players - size)) ** 2 / one
    return total
