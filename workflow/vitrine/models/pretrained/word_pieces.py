"""Words as players of a model that reads word pieces.

A player is a word with all of its pieces, and with the punctuation behind it, which belongs to no
word of its own. Its id is the number of that sequence of pieces in a table that grows as texts are
read; its position is the place of its first piece. So whoever is removed, those who stay keep their
places. What a tokenizer puts around every text (``[CLS]``, ``[SEP]``) is no player.
"""

import functools
import logging
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from tokenizers import Tokenizer

from vitrine.data.domains.text import Segmentation
from vitrine.data.domains.text.cleaning import cleaned
from vitrine.data.domains.text.words import word_spans
from vitrine.data.encoding import Encoding, Players

log = logging.getLogger(__name__)


class WordPieces:
    """Reads texts as words made of a tokenizer's pieces.

    Args:
        tokenizer: as JSON.
        mask: id of the piece that stands for a masked word, whose player has the id 0.
        limit: the most pieces of a text, those around it included.

    Attributes:
        before, after: ids of the pieces that stand around every text, int64.
        end: the place from which on no word has room.
    """

    def __init__(self, tokenizer: str, mask: int, limit: int) -> None:
        self._tokenizer = Tokenizer.from_str(tokenizer)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        around = self._tokenizer.encode("a")
        pieces = np.flatnonzero(np.array(around.special_tokens_mask) == 0)
        first, last = (pieces[0], pieces[-1]) if len(pieces) else (len(around.ids), len(around.ids))
        self.before = np.array(around.ids[:first], dtype=np.int64)
        self.after = np.array(around.ids[last + 1 :], dtype=np.int64)
        self.end = limit - len(self.after)
        self._numbers: dict[tuple[int, ...], int] = {}
        self._pieces: list[int] = []
        self._ends: list[int] = [0]
        self._number((mask,))

    def __deepcopy__(self, memo: dict[int, Any]) -> "WordPieces":
        # Copies of a model must read the ids that the model has read.
        return self

    def __call__(self, frame: pd.DataFrame, encoding: Encoding) -> Players:
        """Read the texts of a table, at most ``encoding.players`` words of each; see `read`."""
        texts = list(map(cleaned, frame["text"]))
        return self.read(texts, encoding.details["segmentation"], encoding.players)

    def read(self, contents: Sequence[str], segmentation: Segmentation, most: int) -> Players:
        """Read texts.

        Words for which a long text leaves no room are players without pieces.

        Args:
            contents: the texts, without tags.
            segmentation: how words are found, see `vitrine.data.domains.text.words`.
            most: the largest number of words of a text.
        """
        spans, texts = [], []
        for text in contents:
            words = word_spans(text, segmentation, most + 1)
            # What follows the last player is not seen.
            end = words[most][0] if len(words) > most else len(text)
            spans.append(words[:most])
            texts.append(text[:end])
        lengths = np.array([len(words) for words in spans], dtype=np.int64)
        ids, places = [], []
        late = 0
        encoded = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        for words, pieces_of_text in zip(spans, encoded, strict=True):
            place = len(self.before)
            for pieces in _grouped(
                pieces_of_text.ids, pieces_of_text.offsets, [start for start, _ in words]
            ):
                if place + len(pieces) > self.end:
                    pieces, place, late = (), self.end, late + 1
                ids.append(self._number(pieces))
                places.append(place)
                place += len(pieces)
        if late:
            log.warning(
                "%d words have no place in a model that reads %d pieces; lower `players`",
                late,
                self.end + len(self.after),
            )
        return Players(
            lengths=lengths,
            ids=np.array(ids, dtype=np.int64),
            features=np.zeros((len(ids), 0), dtype=np.float32),
            truncated=np.zeros(len(lengths), dtype=np.int64),
            positions=np.array(places, dtype=np.int64),
        )

    def _number(self, pieces: tuple[int, ...]) -> int:
        number = self._numbers.setdefault(pieces, len(self._numbers))
        if number == len(self._ends) - 1:
            self._pieces += pieces
            self._ends.append(len(self._pieces))
        return number

    def table(self) -> tuple[np.ndarray, np.ndarray]:
        """All pieces, player after player: int64 [pieces]; and their ends, int64 [1 + players]."""
        return np.array(self._pieces, dtype=np.int64), np.array(self._ends, dtype=np.int64)


def _grouped(
    ids: list[int], offsets: list[tuple[int, int]], starts: list[int]
) -> list[tuple[int, ...]]:
    """The pieces of each word: those that end behind its start, and not behind the next one's.

    Args:
        ids, offsets: of the pieces of a text.
        starts: where its words start.
    """
    groups: list[list[int]] = [[] for _ in starts]
    for piece, (_, end) in zip(ids, offsets, strict=True):
        if groups:
            groups[max(bisect_left(starts, end) - 1, 0)].append(piece)
    return [tuple(group) for group in groups]


@functools.lru_cache(maxsize=8)
def word_pieces_of(tokenizer: str, mask: int, limit: int) -> WordPieces:
    """The words of a tokenizer, one table for all models of a job that share it."""
    return WordPieces(tokenizer, mask, limit)
