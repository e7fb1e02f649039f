"""A user's texts."""

from pathlib import Path

import pandas as pd

from vitrine.data.domains.text import TextData
from vitrine.data.domains.text.words import has_words
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.canonical import CanonicalTable, Roles, classified, read_texts
from vitrine.data.readers.split_files import SplitFiles


def read(place: Path | SplitFiles, data: TextData) -> CanonicalTable:
    """Columns ``text``, ``label`` and, where the data state splits, ``given``."""
    names = {"text": data.text, "label": data.label, "given": data.split, "id": data.id}
    frame = read_texts(place, names)
    _check_texts(place, frame["text"], data.text)
    return classified(place, frame, Roles(data.label, data.split, data.id, data.positive))


def _check_texts(place: Path | SplitFiles, texts: pd.Series, column: str) -> None:
    for row, text in enumerate(texts):
        if not isinstance(text, str) or not text.strip():
            what = "The text is empty. Leave the row out."
        elif not has_words(text):
            what = "The text has no word, so it has no feature. Leave the row out."
        else:
            continue
        raise BadDataError(place, what, row=row + 1, column=column)
