"""How alike two attributions of the same players are.

All are pure functions of two float64 [players]; higher is more alike. Agreement on the leading
players is that of Krishna et al. 2022 ("The Disagreement Problem", section 4): players lead by the
size of their attribution, whatever its sign. Needs attributions that are not constant; where one
is, rank correlation is undefined.
"""

from collections.abc import Callable

import numpy as np

from vitrine.games.leading import jaccard as jaccard_of
from vitrine.games.leading import leading_players


def jaccard(first: np.ndarray, second: np.ndarray) -> float:
    """Leading players of both, over those of either: in [0, 1]."""
    return jaccard_of(leading_players(first), leading_players(second))


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's rank correlation: in [-1, 1], NaN when either is constant."""
    # Importing it takes over a second, and pages read this module's names.
    from scipy.stats import rankdata

    ranks = rankdata(first), rankdata(second)
    if np.ptp(ranks[0]) == 0 or np.ptp(ranks[1]) == 0:
        return float("nan")
    return float(np.corrcoef(*ranks)[0, 1])


def feature_agreement(first: np.ndarray, second: np.ndarray) -> float:
    """Share of the leading players that lead in both: in [0, 1]."""
    a, b = leading_players(first), leading_players(second)
    return len(np.intersect1d(a, b)) / len(a)


def rank_agreement(first: np.ndarray, second: np.ndarray) -> float:
    """Share of the leading places that hold the same player: in [0, 1]."""
    return float(np.mean(leading_players(first) == leading_players(second)))


def sign_agreement(first: np.ndarray, second: np.ndarray) -> float:
    """Share of the leading players that lead in both, with the same sign: in [0, 1]."""
    a, b = leading_players(first), leading_players(second)
    both = np.intersect1d(a, b)
    return float(np.sum(np.sign(first[both]) == np.sign(second[both])) / len(a))


def spearman_of_sizes(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's rank correlation of the absolute values: in [-1, 1]."""
    return spearman(np.abs(first), np.abs(second))


SIMILARITIES: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "jaccard_5": jaccard,
    "feature_agreement_5": feature_agreement,
    "rank_agreement_5": rank_agreement,
    "sign_agreement_5": sign_agreement,
    "spearman": spearman,
}


def similarities(first: np.ndarray, second: np.ndarray) -> dict[str, float]:
    """Every similarity that is defined, by name; none of fewer than two players."""
    if len(first) < 2:
        return {}
    values = {name: measure(first, second) for name, measure in SIMILARITIES.items()}
    return {name: value for name, value in values.items() if not np.isnan(value)}
