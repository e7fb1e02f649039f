"""Token dropping: training instances lose random players, so that removal is nothing new."""

import numpy as np


def drop_players(lengths: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Choose the players that stay.

    An instance is left whole with probability ``1 - share``; otherwise the number of players that
    stay is uniform on 0..length and the players are drawn without replacement, so that every
    coalition size is met in training.

    Args:
        lengths: int64 [n], players in each instance.
        share: probability that an instance loses players.
        rng: the random stream.

    Returns:
        bool [sum(lengths)], True where a player stays.
    """
    total = int(lengths.sum())
    stay = np.where(
        rng.random(len(lengths)) < share,
        np.floor(rng.random(len(lengths)) * (lengths + 1)).astype(np.int64),
        lengths,
    )
    row = np.repeat(np.arange(len(lengths)), lengths)
    order = np.lexsort((rng.random(total), row))
    rank = np.arange(total) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    kept = np.empty(total, dtype=bool)
    kept[order] = rank < stay[row]
    return kept
