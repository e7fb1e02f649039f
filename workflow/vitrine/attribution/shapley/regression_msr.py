"""Regression-adjusted Shapley values (Witter, Liu & Musco 2025, arXiv 2506.11849).

A linear regression catches most of the game; what it leaves over is averaged with the weights of
Shapley's formula, every evaluation serving every player (maximum sample reuse). The regression
gives every pair the same weight: under the Shapley kernel the residual of paired coalitions has
Shapley values of exactly 0, the correction vanishes, and the estimate is that of `leverage`.
"""

import numpy as np

from vitrine.attribution.shapley.leverage import regression
from vitrine.attribution.shapley.pairs import Estimate, Pairs, efficient, odd_weights, sum_error
from vitrine.games.sampling import stands_for


def estimate(pairs: Pairs) -> Estimate:
    """Correct the paired linear regression by the estimated Shapley values of its residual.

    Standard errors are those of a stratified sample without replacement, of residuals that are
    scaled up by the leverage of their pair (HC3). They are NaN with fewer pairs than players.

    Args:
        pairs: drawn by `paired_by_size`.
    """
    players, size, weight = pairs.players, pairs.sizes, stands_for(pairs.half)
    design, response, coefficients, inverse, _ = regression(pairs, np.ones(len(size)))
    residual = response - design @ coefficients
    contribution = weight[:, None] * odd_weights(pairs.half)
    correction = residual @ contribution
    leverage = np.clip(np.einsum("ij,ji->i", design, inverse), 0.0, 1.0 - 1e-9)
    estimable = len(size) >= players or bool(np.all(weight == 1))
    terms = contribution * (residual / (1 - leverage))[:, None]
    error = sum_error(terms, size, weight) if estimable else np.full(players, np.nan)
    values = coefficients + correction + 2 * pairs.full / players
    return Estimate(efficient(values, 2 * pairs.full), error)
