"""A Gaussian prior over the even parts of games, and what it says about pairwise interactions.

Write a coalition as signs x in {-1, 1}^n. Every even function of them is a sum over the sets T of
even size of c_T prod_{i in T} x_i. What players i and j add together beyond what each adds alone
is, in such a product, 4 prod_{T without i and j} x for a T that holds both and 0 for the others;
averaged over the coalitions of the other players as the Shapley interaction index does, a product
of an even number of signs u becomes 1 / (u + 1) and one of an odd number 0. So the index of i and j
is the sum over the even T that hold both of 4 c_T / (|T| - 1), and the odd part has no share in it.
As in `odd_kernel` the c_T are independent normal variables whose variance is an amplitude of the
order |T| = 2 or 4 times the product of the relevances of the players in T; what is of order 6 and
more is a remainder, independent from pair to pair. The mean level, T empty, may be anything.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

ORDERS = (2, 4)
# Variance of the mean level of observations whose mean square is 1: it is as good as unknown.
LEVEL = 100.0


@dataclass(frozen=True)
class EvenPrior:
    """Prior variances of the even part of a game, in the squared unit of its values.

    Attributes:
        relevance: float64 [n], positive.
        amplitudes: float64 [2], variance of the even part at a pair by order.
        remainder: variance at a pair that is not shared with any other pair.
    """

    relevance: np.ndarray
    amplitudes: np.ndarray
    remainder: float


def correlations(signs: np.ndarray, relevance: np.ndarray) -> np.ndarray:
    """Correlation of the even part between coalitions, order by order.

    Args:
        signs: float64 [m, n].
        relevance: float64 [n].

    Returns:
        float64 [2, m, m] for the orders 2 and 4; 0 where there are fewer players than the order.
    """
    p1, p3 = ((signs * relevance**k) @ signs.T for k in (1, 3))
    p2, p4 = np.sum(relevance**2), np.sum(relevance**4)
    square = p1 * p1
    second = (square - p2) / 2
    fourth = (square * (square - 6 * p2) + 3 * p2**2 + 8 * p1 * p3 - 6 * p4) / 24
    norms = _inverse_norms(relevance)
    return np.stack([second * norms[0], fourth * norms[1]])


def index_covariance(prior: EvenPrior, half: np.ndarray, player: int) -> np.ndarray:
    """Covariance of one player's interactions with the even part at pairs.

    Args:
        prior: of the game.
        half: bool [m, n], one coalition of each pair, at most half of the players each.
        player: whose interactions.

    Returns:
        float64 [m, n], the interaction with each player; what stands for the player itself means
        nothing.
    """
    parts = np.where(half, 1.0, -1.0) * prior.relevance
    part = parts[:, player, None]
    orders = prior.amplitudes * _inverse_norms(prior.relevance)
    modelled = 4 * orders[0] + 4 / 3 * orders[1] * _pairs_of_others(parts, part)
    return part * parts * modelled + prior.remainder * even_weights(half, player)


def index_variance(prior: EvenPrior, player: int) -> np.ndarray:
    """Prior variance of one player's interactions, float64 [n]; see `index_covariance`."""
    relevance = prior.relevance
    of_player = relevance[player]
    orders = prior.amplitudes * _inverse_norms(relevance)
    modelled = 16 * orders[0] + 16 / 9 * orders[1] * _pairs_of_others(relevance, of_player)
    return of_player * relevance * modelled + prior.remainder * remainder_variance(len(relevance))


def even_weights(half: np.ndarray, player: int) -> np.ndarray:
    """What a unit of the even part at each pair adds to the interactions of one player.

    Args:
        half: bool [m, n], one coalition of each pair, at most half of the players each.
        player: whose interactions.

    Returns:
        float64 [m, n], the interaction with each player.
    """
    inside = half.astype(np.int64) + half[:, player, None]
    return _weights(half.shape[1])[half.sum(axis=1)[:, None], inside]


@lru_cache(maxsize=64)
def _weights(players: int) -> np.ndarray:
    """Twice the weight of a coalition in the index, by its size and how many of the two it holds.

    float64 [n // 2 + 1, 3]. A coalition and its complement have the same weight.
    """
    one = [1 / ((players - 1) * math.comb(players - 2, s)) for s in range(players - 1)]
    weights = np.zeros((players // 2 + 1, 3))
    for size in range(players // 2 + 1):
        for inside, sign in enumerate((1, -1, 1)):
            if 0 <= size - inside <= players - 2:
                weights[size, inside] = 2 * sign * one[size - inside]
    return weights


@lru_cache(maxsize=64)
def remainder_variance(players: int) -> float:
    """Prior variance of an interaction when all pairs have independent parts of variance 1."""
    total = 0.0
    for size in range(players // 2 + 1):
        for inside in range(3):
            if 0 <= size - inside <= players - 2:
                count = math.comb(2, inside) * math.comb(players - 2, size - inside)
                share = count / 2 if 2 * size == players else count
                total += share * _weights(players)[size, inside] ** 2
    return total


def _pairs_of_others(parts: np.ndarray, part: np.ndarray | float) -> np.ndarray:
    """Sum of the products of two parts that are neither that of a player nor that of each player.

    Args:
        parts: float64 [..., n].
        part: float64 [..., 1], the part of the player.

    Returns:
        float64 [..., n], for each other player.
    """
    first = parts.sum(axis=-1, keepdims=True)
    second = (first**2 - (parts**2).sum(axis=-1, keepdims=True)) / 2
    return second - (parts + part) * first + parts**2 + part**2 + parts * part


def _inverse_norms(relevance: np.ndarray) -> np.ndarray:
    """What scales the prior variances of the orders to 1, float64 [2]; 0 without such sets."""
    p1, p2, p3, p4 = (np.sum(relevance**k) for k in range(1, 5))
    sums = (p1**2 - p2) / 2, (p1**4 - 6 * p1**2 * p2 + 3 * p2**2 + 8 * p1 * p3 - 6 * p4) / 24
    enough = (len(relevance) >= k for k in ORDERS)
    return np.array([1 / total if some else 0.0 for total, some in zip(sums, enough, strict=True)])
