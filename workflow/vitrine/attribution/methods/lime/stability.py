"""How much a ranking of players owes to the draw."""

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy.stats import rankdata

from vitrine.games.leading import LEADING, jaccard, leading_players


def agreement(replicates: Sequence[np.ndarray]) -> tuple[float, float]:
    """Mean Jaccard index of the top five and mean Spearman correlation over all pairs.

    The correlation of a constant attribution is 1 with another constant one, else 0.

    Args:
        replicates: two or more attributions, float64 [players], of the same instance.
    """
    pairs = list(combinations(range(len(replicates)), 2))
    tops = [leading_players(values) for values in replicates]
    ranks = rankdata(np.stack(replicates), axis=1)
    away = ranks - ranks.mean(axis=1, keepdims=True)
    size = np.sqrt((away**2).sum(axis=1))
    constant = size == 0
    alike = away @ away.T / np.where(constant, 1.0, size)[:, None] / np.where(constant, 1.0, size)
    alike[np.ix_(constant, constant)] = 1.0
    return (
        float(np.mean([jaccard(tops[i], tops[j]) for i, j in pairs])),
        float(np.mean([alike[pair] for pair in pairs])),
    )


def swap_score(values: np.ndarray, covariance: np.ndarray) -> float:
    """How clearly the leading players are ranked.

    Of the five players with the largest absolute values, each is compared with the next one down:
    the difference of the two absolute values over its standard error.

    Args:
        values: float64 [players].
        covariance: float64 [players, players].

    Returns:
        The smallest of these; minus infinity where an error is not known, infinity for one player.
    """
    order = leading_players(values, LEADING + 1)
    signs = np.where(values[order] < 0, -1.0, 1.0)
    spread = covariance[np.ix_(order, order)] * np.outer(signs, signs)
    gaps = -np.diff(np.abs(values[order]))
    variances = np.diag(spread)[:-1] + np.diag(spread)[1:] - 2 * np.diag(spread, 1)
    if np.isnan(variances).any():
        return -math.inf
    # A gap without error is as clear as can be, and no gap at all is no ranking.
    scores = np.divide(
        gaps,
        np.sqrt(np.maximum(variances, 0.0)),
        out=np.where(gaps > 0, np.inf, 0.0),
        where=variances > 1e-30,
    )
    return float(scores.min(initial=np.inf))


def swap_probability(score: float) -> float:
    """Probability that a normal variable with this mean and variance 1 is negative."""
    return 0.5 * math.erfc(score / math.sqrt(2))
