"""Tests and effect sizes of paired differences, and Holm's correction for their number.

scipy.stats and statsmodels are imported when a function needs them: that takes over a second.
"""

import math

import numpy as np

EXACT = 50  # differences up to which p-values are exact


def signed_rank_test(differences: np.ndarray) -> float:
    """Two-sided p-value of Wilcoxon's signed-rank test (Wilcoxon 1945).

    Args:
        differences: float64 [n]; zeros are left out.

    Returns:
        Exact for at most 50 differences of distinct size; else from the normal distribution with
        the variance that ties leave, uncorrected for continuity. 1 when no difference is left.
    """
    from scipy.stats import wilcoxon

    moved = differences[differences != 0]
    if len(moved) == 0:
        return 1.0
    if len(moved) <= EXACT and len(np.unique(np.abs(moved))) == len(moved):
        return float(wilcoxon(moved, method="exact").pvalue)
    score = wilcoxon(moved, method="asymptotic").zstatistic
    return math.erfc(abs(score) / math.sqrt(2))


def least_p_value(n: int) -> float:
    """The smallest p-value that the exact test can give n differences: 2^(1 - n), at most 1."""
    return min(1.0, 2.0 ** (1 - n))


def rank_biserial(differences: np.ndarray) -> float:
    """Matched-pairs rank-biserial correlation (Kerby 2014), the effect size of signed ranks.

    Args:
        differences: float64 [n]; zeros are left out, as in the test.

    Returns:
        The share of the rank sum that is positive less the share that is negative: 1 where every
        difference is positive, -1 where every one is negative, 0 where they balance.
    """
    from scipy.stats import rankdata

    moved = differences[differences != 0]
    if len(moved) == 0:
        return 0.0
    ranks = rankdata(np.abs(moved))
    return float((np.sign(moved) * ranks).sum() / ranks.sum())


def holm(p_values: np.ndarray) -> np.ndarray:
    """Adjust p-values for their number (Holm 1979), float64 [m]: step-down, monotone, at most 1.

    Rejecting what lies below a level keeps the probability of any false rejection below it.
    """
    from statsmodels.stats.multitest import multipletests

    return np.asarray(multipletests(p_values, method="holm")[1], dtype=np.float64)
