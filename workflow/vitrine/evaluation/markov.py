"""Recommenders that count: popularity and an item-to-item Markov chain."""

from collections.abc import Sequence

import numpy as np
from scipy import sparse

LAG_DECAY = 0.9
RECENCY_DECAY = 0.7


def popularity(histories: Sequence[np.ndarray], size: int) -> np.ndarray:
    """Share of each vocabulary id in the histories, float64 [size]; id 0 (unknown) has none."""
    counts = np.bincount(np.concatenate(histories), minlength=size).astype(np.float64)
    counts[0] = 0
    values: np.ndarray = counts / counts.sum()
    return values


class MarkovChain:
    """Transition probabilities from item to item, smoothed towards popularity.

    The probability of item j after item i is (c_ij + prior * p_j) / (sum_j c_ij + prior), with
    popularity p and counts c. With ``reach`` 1 these are the counts of the chain of order one; a
    longer reach also counts the items that follow at lag l, with weight 0.9^(l-1), and
    ``backward`` the same pairs in reverse, since much of the order in which films were rated is
    chance. A history's score is the mean of the last items' rows, the m-th last with weight
    0.7^(m-1); an unknown item falls back to popularity.

    Args:
        histories: training histories, int64 vocabulary ids in time order (0 = unknown).
        size: size of the vocabulary.
        reach: largest lag that is counted.
        backward: weight of the reversed pairs.
        last: how many of the last items of a history are used.
        prior: weight of popularity, in counts.
    """

    def __init__(
        self,
        histories: Sequence[np.ndarray],
        size: int,
        reach: int,
        backward: float,
        last: int,
        prior: float,
    ) -> None:
        self.settings = {"reach": reach, "backward": backward, "last": last, "prior": prior}
        self.last = last
        self.prior = prior
        self.popularity = popularity(histories, size)
        forward = sparse.csr_matrix((size, size))
        for lag in range(1, reach + 1):
            source = np.concatenate([history[:-lag] for history in histories])
            target = np.concatenate([history[lag:] for history in histories])
            both = (source > 0) & (target > 0)
            weights = np.full(both.sum(), LAG_DECAY ** (lag - 1))
            pairs = sparse.coo_matrix((weights, (source[both], target[both])), (size, size))
            forward = forward + pairs.tocsr()
        self.counts = (forward + backward * forward.T).tocsr()

    def scores(self, histories: Sequence[np.ndarray]) -> np.ndarray:
        """Score all items as the next one: float64 [n, size], each row a distribution."""
        totals = np.asarray(self.counts.sum(axis=1)).ravel()
        n, size = len(histories), len(totals)
        mixture = sparse.lil_matrix((n, size))
        back_off = np.zeros(n)
        for row, history in enumerate(histories):
            recent = history[::-1][: self.last]
            weights = RECENCY_DECAY ** np.arange(len(recent))
            weights /= weights.sum()
            for item, weight in zip(recent, weights, strict=True):
                share = self.prior / (totals[item] + self.prior)
                back_off[row] += weight * share
                mixture[row, item] += weight * (1 - share) / max(totals[item], 1e-300)
        scores: np.ndarray = (mixture.tocsr() @ self.counts).toarray()
        scores += back_off[:, None] * self.popularity
        return scores
