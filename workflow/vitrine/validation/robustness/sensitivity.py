"""Max-sensitivity (Yeh et al. 2019, definition 3.1): how far a small change of the input moves it.

The largest distance, over changed inputs, between the attribution of the changed and of the given
input, relative to the size of the latter (Euclidean norms). At least 0; lower is more robust.
"""

from collections.abc import Sequence

import numpy as np


def max_sensitivity(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> float:
    """Largest relative change.

    Args:
        pairs: for each changed input the attribution before and after, float64 [players]; where
            players were dropped, of those that are left.

    Returns:
        The largest norm of a difference over the norm before, which counts as 1 when it is 0.
    """
    return max(
        float(np.linalg.norm(after - before) / (np.linalg.norm(before) or 1.0))
        for before, after in pairs
    )
