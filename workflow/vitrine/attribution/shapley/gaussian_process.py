"""Shapley values by Gaussian-process regression on the odd part of a game.

The estimate is the posterior mean of the Shapley values under the prior of `odd_kernel`, given the
evaluated pairs; the standard error is the posterior standard deviation, corrected by what
`model_check` finds. Sampled and unsampled pairs are told apart by the prior's remainder, so that
the posterior becomes exact, with errors of 0, once every pair has been seen. Amplitudes and the
remainder maximise the posterior of the evaluated pairs (Rasmussen & Williams 2006, section 5.4);
relevances come from a first estimate. A full coalition that contradicts the pairs gets a part of
its own.
"""

import numpy as np
from scipy.linalg import cholesky, lapack, solve_triangular
from scipy.optimize import minimize

from vitrine.attribution.shapley.design import USUAL, USUAL_REMAINDER
from vitrine.attribution.shapley.dominating import without_dominating
from vitrine.attribution.shapley.model_check import (
    STRONGLY_REFUTING,
    LeftOut,
    checked,
    equal_shares,
)
from vitrine.attribution.shapley.odd_kernel import (
    OddPrior,
    correlations,
    covariance,
    full_shapley_covariance,
    shapley_covariance,
    shapley_variance,
)
from vitrine.attribution.shapley.pairs import (
    Estimate,
    Pairs,
    efficient,
    odd_weights,
    sum_error,
)
from vitrine.games.sampling import pairs_of_size

# Time grows with the cube of the pairs: beyond these the process only predicts, and its error at
# the further pairs corrects it.
MOST_PAIRS = 2048
# Pairs that suffice for the first estimate, if they are not fewer than two for every player.
FIRST_LOOK = 128
# The variances of the prior are learned from two pairs for every player, within these limits, and
# from half of the pairs where those are more, up to the upper limit.
LEARNING_PAIRS, MOST_LEARNING_PAIRS = 128, 384
# Relative gain of the density at which learning stops; four variances need not be known better.
ENOUGH = 1e-3
# How strongly relevance follows the size of the first estimate; 0 would treat players alike.
FOCUS = 0.75
# The logarithms of the variances are a priori normal around their usual values.
LOG_SPREAD = 2.0
SMALLEST = 1e-10


def estimate(pairs: Pairs) -> Estimate:
    """Estimate Shapley values and their standard errors.

    Args:
        pairs: from `designed_pairs`, in its order.
    """
    rest, taken = without_dominating(pairs)
    scale = np.sqrt(np.mean(rest.odd**2))
    if scale == 0:
        return equal_shares(pairs)
    scaled = Pairs(rest.half, rest.odd / scale, rest.full / scale)
    posterior = fit(first(scaled, MOST_PAIRS))
    left_out = posterior.left_out()
    contradiction = left_out.full
    if abs(contradiction) > STRONGLY_REFUTING:
        posterior = posterior.with_own_part_of_full(left_out)
        left_out = posterior.left_out()
    result = checked(posterior.shapley(), left_out, scaled, contradiction)
    if len(scaled.odd) > MOST_PAIRS:
        result = combined(result, correction(posterior, scaled))
    values = efficient(result.values * scale + taken, 2 * pairs.full)
    return Estimate(values, result.std_error * scale, result.refuted)


def first(pairs: Pairs, count: int) -> Pairs:
    """The first ``count`` pairs."""
    return Pairs(pairs.half[:count], pairs.odd[:count], pairs.full)


def fit(pairs: Pairs) -> "Posterior":
    """Learn the prior from pairs whose mean square is about 1, and condition it on them."""
    usual = OddPrior(np.ones(pairs.players), np.array(USUAL), USUAL_REMAINDER)
    alike = Posterior(first(pairs, max(FIRST_LOOK, 2 * pairs.players)), usual)
    return Posterior(pairs, learn(pairs, relevances(alike.shapley())))


def relevances(estimated: Estimate) -> np.ndarray:
    """Relevance of each player, float64 [n] of mean 1, from a first estimate.

    A value counts with its uncertainty, so that nobody is written off early.
    """
    size = (estimated.values**2 + estimated.std_error**2) ** (FOCUS / 2)
    return size / size.mean()


def learn(pairs: Pairs, relevance: np.ndarray) -> OddPrior:
    """The variances under which the first pairs are most probable.

    Args:
        pairs: of odd parts whose mean square is about 1.
        relevance: float64 [n].
    """
    some = first(pairs, learning_pairs(pairs.players, len(pairs.odd)))
    signs = np.where(some.half, 1.0, -1.0)
    usual = np.array([*USUAL, USUAL_REMAINDER])
    variances = most_probable(correlations(signs, signs, relevance), some.odd, usual)
    return OddPrior(relevance, variances[:-1], float(variances[-1]))


def learning_pairs(players: int, pairs: int) -> int:
    """How many of the pairs suffice to learn the variances."""
    return max(LEARNING_PAIRS, min(max(2 * players, pairs // 2), MOST_LEARNING_PAIRS))


def most_probable(
    orders: np.ndarray, observed: np.ndarray, usual: np.ndarray, shared_variance: float = 0.0
) -> np.ndarray:
    """The variances of highest posterior density (Rasmussen & Williams 2006, section 5.4).

    Args:
        orders: float64 [k, m, m], the correlation of each order.
        observed: float64 [m].
        usual: float64 [k + 1], of each order and of the remainder; the logarithms are a priori
            normal around these.
        shared_variance: variance that all observations share whatever the others are.

    Returns:
        float64 [k + 1].
    """
    start = np.log(usual)
    count, size = len(orders), len(observed)
    flat = orders.reshape(count, -1)
    # The sum of one symmetric matrix times another needs but one triangle of each.
    halves = (2 * np.triu(orders, 1) + orders * np.eye(size)).reshape(count, -1)

    def loss(logs: np.ndarray) -> tuple[float, np.ndarray]:
        """Minus the logarithm of the posterior density, and its gradient."""
        variances = np.exp(logs)
        matrix = (variances[:count] @ flat + shared_variance).reshape(size, size)
        matrix.ravel()[:: size + 1] += variances[count]
        factor, failed = lapack.dpotrf(matrix, lower=1)
        if failed:
            return np.inf, np.zeros(count + 1)
        weights = lapack.dpotrs(factor, observed, lower=1)[0]
        # On and above the diagonal; below it are zeros.
        inverse = lapack.dpotri(factor, lower=1)[0].T
        away = (logs - start) / LOG_SPREAD
        value = observed @ weights / 2 + np.log(np.diag(factor)).sum() + away @ away / 2
        slopes = halves @ inverse.ravel() - (orders @ weights) @ weights
        slopes = np.append(slopes, np.trace(inverse) - weights @ weights)
        return value, variances * slopes / 2 + away / LOG_SPREAD

    limits = [(np.log(SMALLEST), 5.0)] * (count + 1)
    optimum = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=limits, options={"ftol": ENOUGH}
    )
    return np.exp(optimum.x)


class Posterior:
    """A prior and the pairs that were evaluated, the full coalition among them.

    Args:
        pairs: of odd parts whose mean square is about 1.
        prior: of the odd part.
        own: prior variance of a part that only the full coalition has; 0 as long as the pairs and
            the full coalition agree.
    """

    def __init__(self, pairs: Pairs, prior: OddPrior, own: float = 0.0) -> None:
        self.prior = prior
        self.half = pairs.half
        self._pairs, self._own = pairs, own
        players = pairs.players
        self._signs = np.concatenate([np.where(pairs.half, 1.0, -1.0), np.ones((1, players))])
        observed = np.append(pairs.odd, pairs.full)
        matrix = covariance(prior, self._signs, self._signs)
        # The full coalition has no remainder: the values must sum to it. What is added to it
        # instead is what keeps the factorisation stable.
        remainder = np.full(len(matrix), prior.remainder)
        remainder[-1] = SMALLEST * matrix[-1, -1] + own
        matrix[np.diag_indices_from(matrix)] += remainder
        # The transpose of a symmetric matrix is stored as LAPACK wants it.
        self._factor = cholesky(matrix.T, lower=True, overwrite_a=True, check_finite=False)
        self._explained = solve_triangular(self._factor, observed, lower=True)

    def left_out(self) -> LeftOut:
        """Errors of predicting each observation from all others.

        The inverse of the covariance matrix gives them (Rasmussen & Williams 2006, section 5.4.2).
        """
        weights = solve_triangular(self._factor, self._explained, lower=True, trans=1)
        precision = np.diag(lapack.dpotri(self._factor, lower=1)[0])
        standardised = weights / np.sqrt(precision)
        return LeftOut(
            pairs=standardised[:-1],
            pair_errors=weights[:-1] / precision[:-1],
            full=float(standardised[-1]),
            full_error=float(weights[-1] / precision[-1]),
        )

    def with_own_part_of_full(self, left_out: LeftOut) -> "Posterior":
        """The posterior when the full coalition has a part of its own.

        Its variance is the smallest that leaves the error of predicting the full coalition at
        `STRONGLY_REFUTING` standard deviations. By Shapley's formula all players share this part
        alike.

        Args:
            left_out: errors of this posterior, that of the full coalition beyond
                `STRONGLY_REFUTING`.
        """
        expected = (left_out.full_error / left_out.full) ** 2
        return Posterior(
            self._pairs, self.prior, (left_out.full_error / STRONGLY_REFUTING) ** 2 - expected
        )

    def shapley(self) -> Estimate:
        """Posterior mean and standard deviation of the Shapley values."""
        share = 2 / self._pairs.players
        shared = shapley_covariance(self.prior, self.half)
        everybody = full_shapley_covariance(self.prior) + share * self._own
        projected = solve_triangular(self._factor, np.vstack([shared, everybody]), lower=True)
        variance = shapley_variance(self.prior) + share**2 * self._own
        variance -= np.sum(projected**2, axis=0)
        return Estimate(projected.T @ self._explained, np.sqrt(np.maximum(variance, 0.0)))

    def predict(self, half: np.ndarray) -> np.ndarray:
        """Posterior mean of the odd part at pairs that were not evaluated.

        Args:
            half: bool [m, n].

        Returns:
            float64 [m].
        """
        weights = solve_triangular(self._factor, self._explained, lower=True, trans=1)
        blocks = np.array_split(half, -(-len(half) // MOST_PAIRS))
        return np.concatenate(
            [
                covariance(self.prior, np.where(block, 1.0, -1.0), self._signs) @ weights
                for block in blocks
            ]
        )


def correction(posterior: Posterior, pairs: Pairs) -> Estimate:
    """Shapley values of what the posterior mean misses (maximum sample reuse, Witter et al. 2025).

    The posterior mean is right at its own pairs; what it misses elsewhere is known at the pairs
    that were evaluated beyond these and estimated for the others of their size, without bias.

    Args:
        posterior: given the first pairs.
        pairs: all of them; those after the first are a sample stratified by size.
    """
    count = len(posterior.half)
    rest = Pairs(pairs.half[count:], pairs.odd[count:], 0.0)
    residual = rest.odd - posterior.predict(rest.half)
    explained = np.bincount(posterior.half.sum(axis=1), minlength=pairs.players)
    drawn = np.bincount(rest.sizes, minlength=pairs.players)
    weight = np.array(
        [
            (pairs_of_size(pairs.players, int(size)) - int(explained[size])) / int(drawn[size])
            for size in rest.sizes
        ]
    )
    terms = (weight * residual)[:, None] * odd_weights(rest.half)
    return Estimate(terms.sum(axis=0), sum_error(terms, rest.sizes, weight))


def combined(modelled: Estimate, missed: Estimate) -> Estimate:
    """The posterior given also an unbiased estimate of what the posterior mean misses.

    A priori it misses nothing, with the posterior's variance; the two are weighted by precision.
    """
    of_model, of_sample = modelled.std_error**2, missed.std_error**2
    both = of_model + of_sample
    trust = np.divide(of_model, both, out=np.ones_like(both), where=both > 0)
    values = modelled.values + trust * missed.values
    return Estimate(values, np.sqrt(trust * of_sample), modelled.refuted)
