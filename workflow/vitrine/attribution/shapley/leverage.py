"""Least-squares Shapley values from pairs drawn by leverage scores.

Musco & Witter 2025 (arXiv 2410.01917); the regression is that of Covert & Lee 2021.
"""

import math

import numpy as np

from vitrine.attribution.shapley.pairs import Estimate, Pairs, efficient
from vitrine.games.sampling import stands_for


def estimate(pairs: Pairs) -> Estimate:
    """Fit the additive surrogate that is exact on the empty and the full coalition.

    The Shapley values minimise its squared error under the Shapley kernel. The surrogate of a pair
    is odd, so each pair is one observation of a regression through the origin. Standard errors are
    heteroscedasticity-robust (HC3, MacKinnon & White 1985), with the finite-population correction
    of drawing without replacement; they are NaN with fewer pairs than players, when no residual is
    left to judge by.

    Args:
        pairs: drawn by `paired_by_size`.
    """
    players, size, weight = pairs.players, pairs.sizes, stands_for(pairs.half)
    design, response, coefficients, inverse, root = regression(
        pairs, shapley_kernel(players)[size] * weight
    )
    residual = root * (response - design @ coefficients)
    leverage = np.clip(np.einsum("ij,ji->i", root[:, None] * design, inverse), 0.0, 1.0 - 1e-9)
    spread = (inverse * (residual / (1 - leverage))) ** 2 @ (1 - 1 / weight)
    estimable = len(size) >= players or bool(np.all(weight == 1))
    error = np.sqrt(spread) if estimable else np.full(players, np.nan)
    return Estimate(efficient(coefficients, 0.0) + 2 * pairs.full / players, error)


def regression(
    pairs: Pairs, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The weighted least-squares problem of the additive surrogate, solved.

    Everybody's equal share of v(N) - v(empty) is taken off first.

    Args:
        pairs: m of them.
        weight: float64 [m], of each pair; only ratios matter.

    Returns:
        The design float64 [m, n]; the response float64 [m]; the coefficients float64 [n], which
        sum to 0; the pseudo-inverse of the weighted design float64 [n, m]; the square roots of the
        weights float64 [m].
    """
    players, size = pairs.players, pairs.sizes
    root = np.sqrt(weight / weight.max())
    design = pairs.half - size[:, None] / players
    response = pairs.odd - 2 * pairs.full / players * (size - players / 2)
    scaled = root[:, None] * design
    inverse = np.linalg.pinv(scaled.T @ scaled, rcond=1e-12, hermitian=True) @ scaled.T
    return design, response, inverse @ (root * response), inverse, root


def shapley_kernel(players: int) -> np.ndarray:
    """Weight of a coalition by its size (Lundberg & Lee 2017), float64 [n], size 0 left at 0."""
    return np.array(
        [0.0]
        + [(players - 1) / (math.comb(players, s) * s * (players - s)) for s in range(1, players)]
    )
