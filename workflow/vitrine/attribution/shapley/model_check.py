"""Whether the evaluated coalitions refute the model of an estimate, and what its errors then are.

The Gaussian process expects a game of few orders and a remainder that is independent between pairs.
Parity, unanimity and voting games are not like that. What the process predicts for an observation
from all others shows it: the full coalition is far from its prediction, or the errors of coalitions
of one size have the same sign.
"""

from dataclasses import dataclass

import numpy as np

from vitrine.attribution.shapley import leverage
from vitrine.attribution.shapley.odd_kernel import remainder_variance
from vitrine.attribution.shapley.pairs import Estimate, Pairs, odd_weights

# Standard deviations beyond which the error of predicting the full coalition refutes the model. On
# games of trained models the largest was 2.8.
REFUTING = 3.0
# The full coalition gets a part of its own where its error is larger still.
STRONGLY_REFUTING = 4.0
# Standard deviations of a chi-squared statistic beyond which errors by size refute the model.
REFUTING_SIZES = 5.0
# Root mean square of the standardised errors of predicting pairs beyond which they refute it.
REFUTING_PAIRS = 2.0
# The smallest factor on the standard errors.
LEAST_FACTOR = 0.5
# The game looks exactly like the model if pairs are predicted with this error, in units of the
# root mean square of the odd part.
EXACT = 1e-3


@dataclass(frozen=True)
class LeftOut:
    """Errors of predicting each observation from all others.

    Attributes:
        pairs: float64 [m], those of the pairs in standard deviations.
        pair_errors: float64 [m], the same in the unit of the odd part.
        full: that of the full coalition in standard deviations.
        full_error: the same in the unit of the odd part.
    """

    pairs: np.ndarray
    pair_errors: np.ndarray
    full: float
    full_error: float


def checked(estimate: Estimate, left_out: LeftOut, pairs: Pairs, contradiction: float) -> Estimate:
    """Correct the errors of an estimate by what its predictions show.

    The errors are multiplied by the `Scatter` of the errors of predicting pairs. If the full
    coalition contradicts the model, nobody knows who shares what it has of its own: that is as
    uncertain as an equal share, or as the estimate without a model (`leverage`) where that has the
    smaller error.

    Args:
        estimate: posterior mean and standard deviation.
        left_out: errors of predicting the pairs that the posterior was given, the first of all.
        pairs: all pairs, of odd parts whose mean square is about 1.
        contradiction: error of predicting the full coalition in standard deviations, before it was
            given a part of its own.
    """
    given = len(left_out.pairs)
    scatter = Scatter.of(left_out.pairs, pairs.sizes[:given])
    variance = learning(pairs.odd[:given], pairs.players) * estimate.std_error**2
    factor = max(scatter.of_pairs, LEAST_FACTOR)
    extra = max(scatter.of_sizes**2 - factor**2, 0.0) * variance
    contradicted = abs(contradiction) > REFUTING
    if contradicted:
        extra = np.maximum(extra, without_model(pairs, left_out.full_error) ** 2)
    if np.sqrt(np.mean(left_out.pair_errors**2)) < EXACT:
        extra = np.maximum(extra, unseen_variance(pairs))
    error = np.sqrt(factor**2 * variance + extra)
    return Estimate(estimate.values, error, contradicted or scatter.refuting)


@dataclass(frozen=True)
class Scatter:
    """How large the errors of predicting pairs are; 1 is what the model expects.

    Attributes:
        of_pairs: root mean square of the standardised errors. Its square is the estimate of a
            factor on all variances by cross-validation (Bachoc 2013, Computational Statistics &
            Data Analysis 66).
        of_sizes: the same for the mean errors of the coalitions of each size, less one standard
            deviation. It is larger if these coalitions have an error in common, which does not
            average out.
        refuting: one of the two is so large that the model is refuted.
    """

    of_pairs: float
    of_sizes: float
    refuting: bool

    @classmethod
    def of(cls, standardised: np.ndarray, sizes: np.ndarray) -> "Scatter":
        """The scatter of errors in standard deviations, float64 [m], of coalitions of sizes [m]."""
        counts = np.bincount(sizes)
        sums = np.bincount(sizes, weights=standardised)
        there = counts > 0
        # Chi-squared distributed, with a degree of freedom for each size, if the model is right.
        statistic, degrees = np.sum(sums[there] ** 2 / counts[there]), np.sum(there)
        spread = np.sqrt(2 * degrees)
        of_pairs = float(np.sqrt(np.mean(standardised**2)))
        of_sizes = float(np.sqrt(max((statistic - spread) / degrees, 0.0)))
        refuting = of_pairs > REFUTING_PAIRS or statistic > degrees + REFUTING_SIZES * spread
        return cls(of_pairs, of_sizes, bool(refuting))


def learning(observed: np.ndarray, players: int) -> float:
    """Factor on the variances because the prior is learned from the same pairs.

    It has one relevance for each player. Pairs whose observation is 0 beside large ones hardly
    count: the informative pairs are the participation ratio, times 3, so that all pairs of a normal
    sample count and none twice.

    Args:
        observed: float64 [m], not all 0.
        players: n.
    """
    ratio = np.sum(observed**2) ** 2 / np.sum(observed**4)
    return float(1 + 2 * (players / min(3 * ratio, len(observed))) ** 2)


def equal_shares(pairs: Pairs) -> Estimate:
    """The estimate when the odd part of all pairs is 0.

    Everybody gets the same of the full coalition's value, and who really gets it is unknown. An
    exception that was not seen may be as large as the values' spread.
    """
    share = np.full(pairs.players, 2 * pairs.full / pairs.players)
    if pairs.full == 0:
        return Estimate(share, pairs.spread * np.sqrt(unseen_variance(pairs)))
    return Estimate(share, without_model(pairs, pairs.full), refuted=True)


def without_model(pairs: Pairs, unexplained: float) -> np.ndarray:
    """Standard error, float64 [n], of sharing what the full coalition has beyond the model.

    Args:
        pairs: all pairs.
        unexplained: of the odd part at the full coalition.
    """
    share = np.full(pairs.players, 2 * abs(unexplained) / pairs.players)
    return np.fmin(share, leverage.estimate(pairs).std_error)


def unseen_variance(pairs: Pairs) -> np.ndarray:
    """Variance of Shapley values, float64 [n], from exceptions among the pairs not evaluated.

    If all of m pairs follow a rule, another one does not with a probability of about 1 / (m + 2)
    (Laplace's rule of succession). An exception is as large as the odd part, of mean square 1.
    """
    seen = np.sum(odd_weights(pairs.half) ** 2, axis=0)
    unseen = np.maximum(remainder_variance(pairs.players) - seen, 0.0)
    return unseen / (len(pairs.odd) + 2)
