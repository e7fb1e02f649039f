"""Linear centred kernel alignment (Kornblith et al. 2019, arXiv 1905.00414)."""

import numpy as np


def linear_cka(x: np.ndarray, y: np.ndarray) -> float:
    """The similarity of two representations of the same instances, up to rotation and scale.

    Args:
        x: float [n, p].
        y: float [n, q].

    Returns:
        0 (nothing in common) to 1; NaN where one of them is constant.
    """
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    scale = np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y)
    return float(np.linalg.norm(x.T @ y) ** 2 / scale) if scale > 0 else float("nan")
