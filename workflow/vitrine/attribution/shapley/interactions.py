"""How much every two players owe to each other: the Shapley interaction index.

From all coalitions it is exact; from some it is estimated by Gaussian-process regression on the
even part of the game, see `even_kernel`.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, solve_triangular

from vitrine.attribution.shapley.design import designed_pairs
from vitrine.attribution.shapley.even_kernel import (
    LEVEL,
    EvenPrior,
    correlations,
    index_covariance,
    index_variance,
)
from vitrine.attribution.shapley.gaussian_process import (
    FOCUS,
    MOST_PAIRS,
    learning_pairs,
    most_probable,
)
from vitrine.games.game import Strategy
from vitrine.games.sampling import MOST_ENUMERABLE, all_coalitions

# How often relevances are learned from the estimate before.
LOOKS = 3
# What the even parts of the studies' models are like: the orders 2 and 4 and the remainder.
USUAL = np.array([0.7, 0.2, 0.1])


@dataclass(frozen=True)
class Interactions:
    """Shapley interaction index of every two players.

    Attributes:
        values: float64 [n, n], symmetric, in the unit of the game's values; positive where two
            players add more together than apart. The diagonal is 0.
        std_error: float64 [n, n], 0 where the values are exact.
    """

    values: np.ndarray
    std_error: np.ndarray


def interactions(
    players: int, evaluations: int, rng: np.random.Generator
) -> Strategy[Interactions]:
    """Shapley interaction index of every two players (see `interaction_index`).

    Exact where all 2^n coalitions fit into the budget, else estimated from at most 4,096.

    Args:
        players: n.
        evaluations: most coalitions to evaluate.
        rng: the random stream of an estimate.

    Raises:
        ValueError: when the budget is below n + 2 and enumeration does not fit either.
    """
    if players < 2:
        none = np.zeros((players, players))
        return Interactions(none, none)
    if players <= MOST_ENUMERABLE and 2**players <= evaluations:
        values = yield all_coalitions(players)
        return Interactions(interaction_index(values, players), np.zeros((players, players)))
    if evaluations < players + 2:
        raise ValueError(
            f"{evaluations} evaluations are too few for {players} players: "
            f"set explanation.interaction_evaluations to {players + 2} or more"
        )
    drawn = designed_pairs(players, min((evaluations - 2) // 2, MOST_PAIRS - 1), rng)
    half = np.concatenate([np.zeros((1, players), dtype=bool), drawn])
    values = yield np.concatenate([half, ~half])
    return estimate(half, (values[: len(half)] + values[len(half) :]) / 2)


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


def estimate(half: np.ndarray, even: np.ndarray) -> Interactions:
    """Posterior mean and standard deviation of the index, given the even part at some pairs.

    Relevances follow a first estimate in which all players are alike.

    Args:
        half: bool [m, n], one coalition of each pair, at most half of the players each.
        even: float64 [m], half the sum of the values of the pair's two coalitions.
    """
    players = half.shape[1]
    centred = even - even.mean()
    scale = np.sqrt(np.mean(centred**2))
    if scale == 0:
        none = np.zeros((players, players))
        return Interactions(none, none)
    observed = centred / scale
    posterior = _posterior(half, observed, EvenPrior(np.ones(players), USUAL[:2], USUAL[2]))
    few = learning_pairs(players, len(half))
    signs = np.where(half[:few], 1.0, -1.0)
    for _ in range(LOOKS):
        strength = np.sqrt((posterior.values**2 + posterior.std_error**2).sum(axis=1)) ** FOCUS
        relevance = strength / strength.mean()
        variances = most_probable(correlations(signs, relevance), observed[:few], USUAL, LEVEL)
        prior = EvenPrior(relevance, variances[:2], float(variances[2]))
        posterior = _posterior(half, observed, prior)
    return Interactions(posterior.values * scale, posterior.std_error * scale)


def _posterior(half: np.ndarray, observed: np.ndarray, prior: EvenPrior) -> Interactions:
    players = half.shape[1]
    signs = np.where(half, 1.0, -1.0)
    matrix = np.tensordot(prior.amplitudes, correlations(signs, prior.relevance), axes=1) + LEVEL
    matrix[np.diag_indices_from(matrix)] += prior.remainder
    factor = cholesky(matrix, lower=True, overwrite_a=True, check_finite=False)
    explained = solve_triangular(factor, observed, lower=True)
    values, variance = np.zeros((players, players)), np.zeros((players, players))
    # Player after player, so that memory grows with the players and not with their square.
    for player in range(players):
        projected = solve_triangular(factor, index_covariance(prior, half, player), lower=True)
        values[player] = explained @ projected
        variance[player] = index_variance(prior, player) - np.sum(projected**2, axis=0)
    np.fill_diagonal(values, 0.0)
    np.fill_diagonal(variance, 0.0)
    return Interactions((values + values.T) / 2, np.sqrt(np.maximum(variance, 0.0)))
