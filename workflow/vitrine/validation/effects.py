"""Effect sizes of paired differences."""

import numpy as np


def rank_biserial(differences: np.ndarray) -> float:
    """Matched-pairs rank-biserial correlation (Kerby 2014), the effect size of signed ranks.

    Args:
        differences: float64 [n]; zeros are left out.

    Returns:
        The share of the rank sum that is positive less the share that is negative: 1 where every
        difference is positive, -1 where every one is negative, 0 where they balance.
    """
    # It takes over a second to import.
    from scipy.stats import rankdata

    moved = differences[differences != 0]
    if len(moved) == 0:
        return 0.0
    ranks = rankdata(np.abs(moved))
    return float((np.sign(moved) * ranks).sum() / ranks.sum())
