"""Ranks and how alike two rankings are, in numpy alone: importing scipy.stats takes a second."""

import numpy as np

LEADING = 5


def average_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1, equal values sharing their mean rank: float64 [n]."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[place]


def leading(values: np.ndarray, count: int = LEADING) -> np.ndarray:
    """The players with the largest absolute values, largest first: int64 [count or fewer]."""
    return np.argsort(-np.abs(values), kind="stable")[:count]


def jaccard(first: np.ndarray, second: np.ndarray) -> float:
    """Shared players over players named at all, in [0, 1]; 1 for two empty sets."""
    one, other = set(first.tolist()), set(second.tolist())
    return len(one & other) / len(one | other) if one | other else 1.0


def spearman(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's rank correlation of float64 [n] each: in [-1, 1], NaN when either is constant."""
    a, b = average_ranks(one), average_ranks(other)
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])
