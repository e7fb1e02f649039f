"""The players that lead an attribution, and how alike two sets of leading players are."""

import numpy as np

LEADING = 5


def leading_players(values: np.ndarray, count: int = LEADING) -> np.ndarray:
    """The players with the largest absolute values, largest first: int64 [count or fewer]."""
    return np.argsort(-np.abs(values), kind="stable")[:count]


def jaccard(first: np.ndarray, second: np.ndarray) -> float:
    """Shared players over players named at all, in [0, 1]; 1 for two empty sets."""
    left, right = set(first.tolist()), set(second.tolist())
    return len(left & right) / len(left | right) if left | right else 1.0
