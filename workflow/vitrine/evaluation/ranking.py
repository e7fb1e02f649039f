"""The rank of a held-out item among itself and all items that the user has not had."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Ranking:
    """How a recommender ranks the held-out items of n users; all int64 [n]."""

    rank: np.ndarray
    """1 = best; candidates + 1 for an item outside the vocabulary, which no model can hit."""
    candidates: np.ndarray
    """How many items were ranked."""
    predicted: np.ndarray
    """Vocabulary id of the best item."""


def rank_held_out(
    scores: np.ndarray, histories: Sequence[np.ndarray], targets: np.ndarray
) -> Ranking:
    """Rank each user's held-out item among itself and the items outside the history.

    Nothing is sampled: sampled candidates can put models in another order (Krichene and Rendle,
    "On Sampled Metrics for Item Recommendation", 2020). Ties count against the held-out item, so
    that a model that scores all items alike gains nothing.

    Args:
        scores: float [n, vocabulary]; column 0 (unknown) is not ranked.
        histories: n arrays of vocabulary ids that are no candidates, except the held-out item; 0
            is ignored.
        targets: int64 [n], vocabulary id of the held-out item; 0 = outside the vocabulary.

    Raises:
        ValueError: if a score is NaN.
    """
    if np.isnan(scores).any():
        raise ValueError("Some scores are NaN, so nothing can be ranked: the model has diverged.")
    candidate = np.ones(scores.shape, dtype=bool)
    candidate[:, 0] = False
    for row, history in enumerate(histories):
        candidate[row, history] = False
    # A user may meet an item again: the held-out item is ranked also if it is in the history.
    known = np.flatnonzero(targets > 0)
    candidate[known, targets[known]] = True
    candidates = candidate.sum(axis=1)
    held_out = scores[np.arange(len(targets)), targets]
    at_least = (candidate & (scores >= held_out[:, None])).sum(axis=1)
    return Ranking(
        rank=np.where(targets > 0, at_least, candidates + 1),
        candidates=candidates,
        predicted=np.where(candidate, scores, -np.inf).argmax(axis=1),
    )
