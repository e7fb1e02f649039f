"""The best prediction from the order in which symbols were last seen."""

import numpy as np


def recency_ranks(ids: np.ndarray, symbols: int) -> tuple[np.ndarray, np.ndarray]:
    """The rank of every symbol among those seen before it, by the time since it was last seen.

    Args:
        ids: int64 [n, length].
        symbols: number of different symbols.

    Returns:
        int64 [n, length] each: the rank, 0 for the symbol just before and -1 for one that was not
        seen; and how many different symbols were seen.
    """
    count, length = ids.shape
    rows = np.arange(count)
    last = np.full((count, symbols), -1)
    ranks, seen = np.empty_like(ids), np.empty_like(ids)
    for place in range(length):
        own = last[rows, ids[:, place]]
        later = (last > own[:, None]).sum(axis=1)
        ranks[:, place] = np.where(own < 0, -1, later)
        seen[:, place] = (last >= 0).sum(axis=1)
        last[rows, ids[:, place]] = place
    return ranks, seen


def recency_accuracy(
    fitted: tuple[np.ndarray, np.ndarray], tested: tuple[np.ndarray, np.ndarray], symbols: int
) -> float:
    """The accuracy of the best rule that predicts the symbol of one rank.

    The rank may depend on the place and on how many different symbols were seen. The least and the
    most recently seen symbol are such rules, and so is any guess among the symbols of the context.

    Args:
        fitted: ids and bool of the same shape [n, length], which are predicted: the sample that
            chooses the ranks.
        tested: a fresh sample, which measures them.
        symbols: number of different symbols.
    """
    rows, columns = [], []
    for ids, scored in (fitted, tested):
        ranks, seen = recency_ranks(ids, symbols)
        places = np.broadcast_to(np.arange(ids.shape[1]), ids.shape)
        rows.append((places * (symbols + 1) + seen)[scored])
        columns.append(ranks[scored])
    counts = np.zeros((fitted[0].shape[1] * (symbols + 1), symbols), dtype=np.int64)
    known = columns[0] >= 0
    np.add.at(counts, (rows[0][known], columns[0][known]), 1)
    right = counts.argmax(axis=1)[rows[1]] == columns[1]
    return float(np.mean(right))
