"""How alike two attributions of the same players are.

All are pure functions of two float64 [players]; higher is more alike. Agreement on the leading
players is that of Krishna et al. 2022 ("The Disagreement Problem", section 4): players lead by the
size of their attribution, whatever its sign. Needs attributions that are not constant; where one
is, rank correlation is undefined.
"""

from collections.abc import Callable

import numpy as np

from vitrine.ranks import jaccard as jaccard_of
from vitrine.ranks import leading, spearman


def jaccard(one: np.ndarray, other: np.ndarray) -> float:
    """Leading players of both, over those of either: in [0, 1]."""
    return jaccard_of(leading(one), leading(other))


def feature_agreement(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the leading players that lead in both: in [0, 1]."""
    a, b = leading(one), leading(other)
    return len(np.intersect1d(a, b)) / len(a)


def rank_agreement(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the leading places that hold the same player: in [0, 1]."""
    return float(np.mean(leading(one) == leading(other)))


def sign_agreement(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the leading players that lead in both, with the same sign: in [0, 1]."""
    a, b = leading(one), leading(other)
    both = np.intersect1d(a, b)
    return float(np.sum(np.sign(one[both]) == np.sign(other[both])) / len(a))


def spearman_of_sizes(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's rank correlation of the absolute values: in [-1, 1]."""
    return spearman(np.abs(one), np.abs(other))


SIMILARITIES: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "jaccard_5": jaccard,
    "feature_agreement_5": feature_agreement,
    "rank_agreement_5": rank_agreement,
    "sign_agreement_5": sign_agreement,
    "spearman": spearman,
}


def similarities(one: np.ndarray, other: np.ndarray) -> dict[str, float]:
    """Every similarity that is defined, by name; none of fewer than two players."""
    if len(one) < 2:
        return {}
    found = {name: measure(one, other) for name, measure in SIMILARITIES.items()}
    return {name: value for name, value in found.items() if not np.isnan(value)}
