"""Text: the players are the words in the order of the text.

Tags such as ``<br />`` are dropped and character references such as ``&eacute;`` decoded. A word is
a run of letters, their marks and digits, with apostrophes inside it kept: ``don't`` is one word. In
scripts that put no spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) every
character is one. Case and the shape of the apostrophe do not matter to the vocabulary. The model
sees the first words of a long text.

``Encoding.details``: ``word_pattern``, the regular expression (package ``regex``) that finds the
words.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import regex

from vitrine.data.chunks import chunks
from vitrine.data.encoding import Encoding, Players, vocabulary_of

if TYPE_CHECKING:
    from vitrine.data.settings import StudyData

_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
_WORD = rf"[\p{{L}}\p{{N}}\p{{M}}--{_UNSPACED}]"
WORD_PATTERN = rf"(?V1){_UNSPACED}\p{{M}}*|{_WORD}+(?:['’]{_WORD}+)*"
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


def cleaned(text: str) -> str:
    """A text without tags and with character references decoded."""
    return html.unescape(TAG.sub(" ", text))


def words_of(text: str, pattern: str = WORD_PATTERN) -> list[str]:
    """The words of a text as they are written."""
    items: list[str] = regex.findall(pattern, cleaned(text))
    return items


def word_spans(text: str, pattern: str, most: int) -> list[tuple[int, int]]:
    """Where the first words of a cleaned text begin and end."""
    return [match.span() for match in islice(regex.finditer(pattern, text), most)]


def fold(word: str) -> str:
    """The form of a word in the vocabulary."""
    return word.casefold().replace("’", "'")


def same_text_key(text: str) -> str:
    """A key that is equal for texts that differ only in case, spaces, punctuation or tags."""
    return " ".join(re.findall(r"[^\W_]+", " ".join(words_of(text)).casefold()))


def duplicate_keys(table: pd.DataFrame) -> Iterator[str]:
    """`same_text_key` of each row of a table."""
    for rows in chunks(len(table), "comparing texts"):
        for text in table["text"].iloc[rows]:
            yield same_text_key(text)


def fit(study: str, train: pd.DataFrame, classes: list[str], settings: StudyData) -> Encoding:
    """Fit the vocabulary on the training texts (column ``text``), over whole texts."""
    counts = Counter(
        fold(word)
        for rows in chunks(len(train), "counting words")
        for text in train["text"].iloc[rows]
        for word in words_of(text)
    )
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
        details={"word_pattern": WORD_PATTERN},
    )


def encode(frame: pd.DataFrame, encoding: Encoding) -> Players:
    """Turn each text into the ids of its first words; players carry no features."""
    index = encoding.index()
    pattern = encoding.details["word_pattern"]
    texts = [words_of(text, pattern) for text in frame["text"]]
    visible = [words[: encoding.players] for words in texts]
    ids = [index.get(fold(word), 0) for words in visible for word in words]
    lengths = np.array([len(words) for words in visible], dtype=np.int64)
    return Players(
        lengths=lengths,
        ids=np.array(ids, dtype=np.int64),
        features=np.zeros((len(ids), 0), dtype=np.float32),
        truncated=np.array([len(words) for words in texts], dtype=np.int64) - lengths,
    )


def names(frame: pd.DataFrame, encoding: Encoding) -> list[list[str]]:
    """The words of each text that the model sees, as written."""
    pattern = encoding.details["word_pattern"]
    return [words_of(text, pattern)[: encoding.players] for text in frame["text"]]
