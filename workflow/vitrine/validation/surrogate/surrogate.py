"""Fidelity of the additive surrogate behind an attribution, and coverage of its error bars.

LIME's local R^2 (Ribeiro et al. 2016; weighted by its kernel, at most 1, higher is better) is among
the diagnostics of its explanations. The two others are here. The additivity gap needs a method
whose values add up, the coverage one that states standard errors, in two independent draws.
"""

import numpy as np

NORMAL_95 = 1.959964


def additivity_gap(values: np.ndarray, base_value: float, full_value: float) -> float:
    """How far values are from adding up (local accuracy, Lundberg & Lee 2017).

    Args:
        values: float64 [players], the attribution.
        base_value, full_value: of the empty and the full coalition.

    Returns:
        The distance of their sum from the full less the base value, at least 0, on the scale of the
        value; lower is better.
    """
    return abs(float(values.sum()) - (full_value - base_value))


def interval_coverage(
    first: np.ndarray, second: np.ndarray, first_error: np.ndarray, second_error: np.ndarray
) -> float:
    """Share of the players whose two estimates are as close as their standard errors say.

    The difference of two independent estimates lies within 1.96 of its own standard error, the
    root of the summed squares, with a probability of 95%.

    Args:
        first, second: float64 [players], attributions from independent draws.
        first_error, second_error: float64 [players], their standard errors.

    Returns:
        In [0, 1]; 0.95 is right, less says that the errors are too small. NaN where no player has
        both errors.
    """
    reach = NORMAL_95 * np.hypot(first_error, second_error)
    defined = ~np.isnan(reach)
    if not defined.any():
        return float("nan")
    # Rounding, where both are exact.
    slack = 1e-9 * np.abs(first[defined]).max()
    return float(np.mean(np.abs(first - second)[defined] <= reach[defined] + slack))
