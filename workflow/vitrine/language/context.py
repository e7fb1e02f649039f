"""What context is worth to a language model: its loss along texts."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from vitrine.language.scoring import score
from vitrine.models.pretrained.decoder import Decoder

# So many texts, if there are, must be as long as the places that are looked at.
ENOUGH = 20


def by_position(decoder: Decoder, texts: Sequence[str], places: int) -> pd.DataFrame:
    """The loss at each place of texts.

    All places are those of the same texts, so that texts that end early do not make a difference:
    of texts that are too short none are taken, and where fewer than `ENOUGH` are long enough there
    are fewer places.

    Args:
        decoder: the model.
        texts: what it reads, each behind the token that stands before a text.
        places: how many tokens of each, at most.

    Returns:
        ``position`` (tokens of the text before), ``nll`` (mean, in nats) and ``n`` (texts).

    Raises:
        ValueError: there is no text.
    """
    ids = [decoder.encode(text) for text in texts]
    lengths = sorted((len(one) for one in ids), reverse=True)
    if not lengths or not lengths[0]:
        raise ValueError("there are no texts to read")
    reached = lengths[min(ENOUGH, len(lengths)) - 1]
    places = max(min(places, decoder.limit, reached), 1)
    rows = [one[:places] for one in ids if len(one) >= places]
    found = score(decoder, [([decoder.start], row) for row in rows])
    losses = -np.stack([one.logs for one in found])
    return pd.DataFrame({"position": np.arange(places), "nll": losses.mean(axis=0), "n": len(rows)})
