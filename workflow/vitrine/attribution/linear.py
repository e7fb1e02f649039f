"""Shapley values of a linear model in closed form."""

import numpy as np


def linear_shapley(weights: np.ndarray, rows: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Interventional Shapley values of f(x) = weights @ x + intercept.

    Feature i has w_i (x_i - mean of x_i over the background), whatever the others are (Strumbelj &
    Kononenko 2014; Lundberg & Lee 2017, corollary 1). For a logistic regression this attributes
    the log-odds. Several features that are one player, such as the columns of a one-hot field,
    have the sum of theirs.

    Args:
        weights: float [features].
        rows: float [n, features], the instances.
        background: float [m, features], m >= 1.

    Returns:
        float64 [n, features], rows summing to f(x) minus the mean of f over the background.

    Raises:
        ValueError: when the numbers of features differ or the background is empty.
    """
    shapes = (weights.shape[-1], rows.shape[1], background.shape[1])
    if len(set(shapes)) > 1 or len(background) == 0:
        raise ValueError(
            "weights, rows and a background that is not empty must have the same features, but "
            f"have {shapes[0]}, {shapes[1]} and {shapes[2]} ({len(background)} background rows)"
        )
    return np.asarray(weights * (rows - background.mean(axis=0)), dtype=np.float64)
