"""The signed-rank test in numpy alone: importing scipy.stats takes over a second."""

import math
from functools import cache

import numpy as np

from vitrine.ranks import average_ranks

EXACT = 50  # differences up to which p-values are exact


def signed_rank_test(differences: np.ndarray) -> float:
    """Two-sided p-value of Wilcoxon's signed-rank test (Wilcoxon 1945).

    Args:
        differences: float64 [n]; zeros are left out.

    Returns:
        Exact for at most 50 differences of distinct size; else from the normal distribution with
        the variance that ties leave, uncorrected for continuity. 1 when no difference is left.
    """
    moved = differences[differences != 0]
    n = len(moved)
    if n == 0:
        return 1.0
    ranks = average_ranks(np.abs(moved))
    above = float(ranks[moved > 0].sum())
    if n <= EXACT and len(np.unique(ranks)) == n:
        smaller = min(above, n * (n + 1) / 2 - above)
        return float(min(1.0, 2 * _ways(n)[: round(smaller) + 1].sum() / 2.0**n))
    # The sum over the signs of ranks has mean 0 and variance sum(ranks^2); here of its half.
    deviation = math.sqrt((ranks**2).sum()) / 2
    score = (above - ranks.sum() / 2) / deviation
    return math.erfc(abs(score) / math.sqrt(2))


@cache
def _ways(n: int) -> np.ndarray:
    """How many sets of the ranks 1 to n have the sum 0, 1, ..., n (n + 1) / 2."""
    ways = np.ones(1)
    for rank in range(1, n + 1):
        ways = np.append(ways, np.zeros(rank)) + np.append(np.zeros(rank), ways)
    return ways


def least_p_value(n: int) -> float:
    """The smallest p-value that the exact test can give n differences: 2^(1 - n), at most 1."""
    return min(1.0, 2.0 ** (1 - n))
