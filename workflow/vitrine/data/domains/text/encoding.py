"""Text: the players are the words in the order of the text.

`vitrine.data.domains.text.words` says what a word is. Case, the shape of the apostrophe and the two
forms of an emoji do not matter to the vocabulary. The model sees the first words of a long text.

``Encoding.details``: ``segmentation``, how runs of scripts without spaces between words are cut,
``words`` or ``characters``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vitrine.data.chunks import chunks
from vitrine.data.domains.text import TextData
from vitrine.data.domains.text.words import DEFAULT, folded_words, same_text_key, words_of
from vitrine.data.encoding import Encoding, Players, vocabulary_of

if TYPE_CHECKING:
    from vitrine.data.settings import StudyData


def duplicate_keys(table: pd.DataFrame) -> Iterator[str]:
    """`same_text_key` of each row of a table."""
    for rows in chunks(len(table), "comparing texts"):
        for text in table["text"].iloc[rows]:
            yield same_text_key(text)


def fit(study: str, train: pd.DataFrame, classes: list[str], settings: StudyData) -> Encoding:
    """Fit the vocabulary on the training texts (column ``text``), over whole texts."""
    data = settings.data
    segmentation = data.segmentation if isinstance(data, TextData) else DEFAULT
    counts: Counter[str] = Counter()
    for rows in chunks(len(train), "counting words"):
        for text in train["text"].iloc[rows]:
            counts.update(folded_words(text, segmentation))
    return Encoding(
        study=study,
        domain="text",
        task="classification",
        classes=classes,
        vocabulary=vocabulary_of(
            counts, settings.vocabulary.minimum_count, settings.vocabulary.size
        ),
        players=settings.players,
        positions=settings.players,
        feature_width=0,
        feature_groups=1,
        details={"segmentation": segmentation},
    )


def encode(frame: pd.DataFrame, encoding: Encoding) -> Players:
    """Turn each text into the ids of its first words; players carry no features."""
    index = encoding.index()
    segmentation = encoding.details["segmentation"]
    texts = [folded_words(text, segmentation) for text in frame["text"]]
    visible = [words[: encoding.players] for words in texts]
    ids = [index.get(word, 0) for words in visible for word in words]
    lengths = np.array([len(words) for words in visible], dtype=np.int64)
    return Players(
        lengths=lengths,
        ids=np.array(ids, dtype=np.int64),
        features=np.zeros((len(ids), 0), dtype=np.float32),
        truncated=np.array([len(words) for words in texts], dtype=np.int64) - lengths,
    )


def names(frame: pd.DataFrame, encoding: Encoding) -> list[list[str]]:
    """The words of each text that the model sees, as written."""
    segmentation = encoding.details["segmentation"]
    return [words_of(text, segmentation)[: encoding.players] for text in frame["text"]]
