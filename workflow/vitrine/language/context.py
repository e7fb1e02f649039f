"""The value of context to a language model: its loss along texts."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from vitrine.language.scoring import score
from vitrine.models.pretrained.decoder import Decoder

# Minimum number of texts, where there are as many, that reach the last position.
ENOUGH = 20


def by_position(decoder: Decoder, texts: Sequence[str], limit: int) -> pd.DataFrame:
    """The loss at each position of texts.

    All positions are those of the same texts, so that texts that end early have no influence: texts
    that are too short are left out, and where fewer than `ENOUGH` are long enough there are fewer
    positions.

    Args:
        decoder: the model.
        texts: what it reads, each after the start token.
        limit: maximum number of tokens of each.

    Returns:
        ``position`` (tokens of the text before), ``nll`` (mean, in nats) and ``n`` (texts).

    Raises:
        ValueError: there is no text.
    """
    ids = [decoder.encode(text) for text in texts]
    lengths = sorted(map(len, ids), reverse=True)
    if not lengths or not lengths[0]:
        raise ValueError("there are no texts to read")
    reached = lengths[min(ENOUGH, len(lengths)) - 1]
    count = max(min(limit, decoder.limit, reached), 1)
    rows = [text[:count] for text in ids if len(text) >= count]
    scores = score(decoder, [([decoder.start], row) for row in rows])
    losses = -np.stack([continuation.logs for continuation in scores])
    return pd.DataFrame({"position": np.arange(count), "nll": losses.mean(axis=0), "n": len(rows)})
