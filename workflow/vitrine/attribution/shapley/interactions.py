"""How much every two players owe to each other: the Shapley interaction index.

From all coalitions it is exact; from some it is estimated by Gaussian-process regression on the
even part of the game, see `even_kernel`.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, lapack, solve_triangular

from vitrine.attribution.shapley.design import designed_pairs
from vitrine.attribution.shapley.even_kernel import (
    LEVEL,
    EvenPrior,
    correlations,
    even_weights,
    index_covariance,
    index_variance,
    remainder_variance,
)
from vitrine.attribution.shapley.gaussian_process import (
    FOCUS,
    MOST_PAIRS,
    learning_pairs,
    most_probable,
)
from vitrine.attribution.shapley.model_check import EXACT, Scatter, learning
from vitrine.games.game import Strategy
from vitrine.games.sampling import MOST_ENUMERABLE, all_coalitions

# How often relevances are learned from the estimate before.
LOOKS = 3
# What the even parts of the studies' models are like: the orders 2 and 4 and the remainder.
USUAL = np.array([0.7, 0.2, 0.1])
# A spread below this share of that of the values is rounding.
ROUNDING = 1e-9


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
    return estimate(half, values[: len(half)], values[len(half) :])


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


def estimate(half: np.ndarray, values: np.ndarray, complements: np.ndarray) -> Interactions:
    """Posterior mean and standard deviation of the index, given the values at some pairs.

    Relevances follow a first estimate in which all players are alike. The standard deviations are
    corrected by the errors of predicting pairs from the others (see `model_check`).

    Args:
        half: bool [m, n], one coalition of each pair, at most half of the players each.
        values: float64 [m], of these coalitions.
        complements: float64 [m], of the other coalition of each pair.
    """
    players = half.shape[1]
    even = (values + complements) / 2
    centred = even - even.mean()
    spread = np.std(np.concatenate([values, complements]))
    scale = np.sqrt(np.mean(centred**2))
    if scale <= ROUNDING * spread:
        return Interactions(np.zeros((players, players)), spread * _unseen_error(half))
    observed = centred / scale
    posterior = _Posterior(half, observed, EvenPrior(np.ones(players), USUAL[:2], USUAL[2]))
    few = learning_pairs(players, len(half))
    signs = np.where(half[:few], 1.0, -1.0)
    for _ in range(LOOKS):
        first = posterior.interactions()
        strength = np.sqrt((first.values**2 + first.std_error**2).sum(axis=1)) ** FOCUS
        relevance = strength / strength.mean()
        variances = most_probable(correlations(signs, relevance), observed[:few], USUAL, LEVEL)
        posterior = _Posterior(
            half, observed, EvenPrior(relevance, variances[:2], float(variances[2]))
        )
    result = posterior.interactions()
    standardised, errors = posterior.left_out()
    scatter = Scatter.of(standardised, half.sum(axis=1))
    factor = max(scatter.of_pairs, scatter.of_sizes, 1.0) * np.sqrt(learning(observed, players))
    error = factor * scale * result.std_error
    if np.sqrt(np.mean(errors**2)) < EXACT:
        error = np.maximum(error, spread * _unseen_error(half))
    return Interactions(result.values * scale, error)


def _unseen_error(half: np.ndarray) -> np.ndarray:
    """Error of the index from exceptions among pairs not evaluated, float64 [n, n].

    As in `model_check.unseen_variance`, for exceptions of size 1; the diagonal is 0.
    """
    players = half.shape[1]
    everything = remainder_variance(players)
    variance = np.array(
        [everything - np.sum(even_weights(half, player) ** 2, axis=0) for player in range(players)]
    )
    np.fill_diagonal(variance, 0.0)
    return np.sqrt(np.maximum(variance, 0.0) / (len(half) + 2))


class _Posterior:
    """A prior and the pairs that were evaluated.

    Args:
        half: bool [m, n], one coalition of each pair, at most half of the players each.
        observed: float64 [m], of mean square 1.
        prior: of the even part.
    """

    def __init__(self, half: np.ndarray, observed: np.ndarray, prior: EvenPrior) -> None:
        self._half, self._prior = half, prior
        signs = np.where(half, 1.0, -1.0)
        matrix = np.tensordot(prior.amplitudes, correlations(signs, prior.relevance), axes=1)
        matrix += LEVEL
        matrix[np.diag_indices_from(matrix)] += prior.remainder
        self._factor = cholesky(matrix, lower=True, overwrite_a=True, check_finite=False)
        self._explained = solve_triangular(self._factor, observed, lower=True)

    def interactions(self) -> Interactions:
        """Posterior mean and standard deviation of the index."""
        players = self._half.shape[1]
        values, variance = np.zeros((players, players)), np.zeros((players, players))
        # Player after player, so that memory grows with the players and not with their square.
        for player in range(players):
            shared = index_covariance(self._prior, self._half, player)
            projected = solve_triangular(self._factor, shared, lower=True)
            values[player] = self._explained @ projected
            variance[player] = index_variance(self._prior, player) - np.sum(projected**2, axis=0)
        np.fill_diagonal(values, 0.0)
        np.fill_diagonal(variance, 0.0)
        return Interactions((values + values.T) / 2, np.sqrt(np.maximum(variance, 0.0)))

    def left_out(self) -> tuple[np.ndarray, np.ndarray]:
        """Errors of predicting each pair from the others, float64 [m]: standardised, and as is."""
        weights = solve_triangular(self._factor, self._explained, lower=True, trans=1)
        precision = np.diag(lapack.dpotri(self._factor, lower=1)[0])
        return weights / np.sqrt(precision), weights / precision
