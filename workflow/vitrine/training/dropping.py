"""Token dropping: training instances lose random tokens, as feature removal takes them away."""

import numpy as np


def drop_tokens(lengths: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Choose the tokens that stay.

    An instance stays whole with probability ``1 - share``; otherwise the number of tokens that stay
    is uniform on 0..length and they are drawn without replacement, so that every number of present
    features occurs in training.

    Args:
        lengths: int64 [n], tokens of each instance.
        share: probability that an instance loses tokens.
        rng: the random stream.

    Returns:
        bool [sum(lengths)], True where a token stays.
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
    present = np.empty(total, dtype=bool)
    present[order] = rank < stay[row]
    return present
