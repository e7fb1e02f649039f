"""Which column holds texts, and what is said of them."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from vitrine.data.domains.text.words import has_words, same_text_key, words_of
from vitrine.data.proposing.columns import Seen

_NAMES = {
    "text",
    "body",
    "review",
    "comment",
    "message",
    "content",
    "sentence",
    "tweet",
    "document",
}
# A text has so many words in the median row; one that is called so may have fewer.
_WORDS, _WORDS_BY_NAME = 4.0, 2.0
# Sentences that repeat are categories: texts differ in at least so many rows.
_DIFFERENT, _LEAST = 0.2, 10


def text_candidates(columns: Sequence[Seen]) -> list[Seen]:
    """Columns that hold texts, the likeliest first."""
    found = []
    for column in columns:
        if column.kind != "category" or column.values is None:
            continue
        kinds = column.values.nunique()
        named = column.name.casefold() in _NAMES
        if kinds < max(_LEAST, _DIFFERENT * len(column.values)):
            continue
        if column.words >= (_WORDS_BY_NAME if named else _WORDS):
            found.append((named, column.words, column))
    return [column for _, _, column in sorted(found, key=lambda each: (-each[0], -each[1]))]


def describe_texts(texts: pd.Series, labels: pd.Series, study: dict[str, Any]) -> Iterator[str]:
    """Say how long the texts are and what a run leaves out; sets ``players`` and ``data``.

    Args:
        texts: as they stand in the file.
        labels: the classes; NaN where there is none.
        study: the proposal.
    """
    worded = texts.map(has_words, "ignore").fillna(False).astype(bool)
    lengths = np.array([len(words_of(text)) for text in texts[worded]])
    players = int(np.clip(np.ceil(np.quantile(lengths, 0.95) / 16) * 16, 16, 512))
    study["players"] = players
    yield (
        f"Texts are in `{study['data']['text']}`: {np.median(lengths):.0f} words in the median, "
        f"{lengths.max():,} in the longest; the first {players} are seen."
    )
    if not worded.all():
        study["data"]["wordless"] = "leave_out"
        yield f"Warning: {int((~worded).sum()):,} texts have no word; they are left out."
    used = worded & labels.notna()
    keys = texts[used].map(same_text_key)
    doubled = int(keys.duplicated().sum())
    if not doubled:
        return
    yield f"{doubled:,} texts stand there more than once; each is used once."
    several = labels[used].groupby(keys).transform("nunique") > 1
    contradicting = int((several & keys.duplicated()).sum())
    if contradicting:
        yield (
            f"Warning: {contradicting:,} of these bear another label than the same text before. "
            "The first is used; `data: {contradictions: leave_out}` uses none."
        )
