"""A user's texts."""

from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.data.domains.text import TextData
from vitrine.data.domains.text.words import has_words
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.canonical import CanonicalTable, Roles, classified, read_texts
from vitrine.data.readers.form import Reading
from vitrine.data.readers.split_files import SplitFiles


def read(place: Path | SplitFiles, data: TextData) -> CanonicalTable:
    """Columns ``text``, ``label`` and, where the data state splits, ``given``."""
    reading = Reading()
    names = {"text": data.text, "label": data.label, "given": data.split, "id": data.id}
    frame = read_texts(place, names, data, reading)
    worded = np.array([isinstance(text, str) and has_words(text) for text in frame["text"]])
    if not worded.all() and data.wordless == "refuse":
        raise _wordless(place, frame["text"], int(np.flatnonzero(~worded)[0]), data.text)
    reading.dropped["texts_without_words"] = int((~worded).sum())
    roles = Roles(data.label, data.split, data.id, data.positive, data.unlabelled, data.missing)
    return classified(place, frame[worded], roles, reading)


def _wordless(place: Path | SplitFiles, texts: pd.Series, row: int, column: str) -> BadDataError:
    text = texts.iloc[row]
    empty = not isinstance(text, str) or not text.strip()
    what = "The text is empty." if empty else "The text has no word, so it has no feature."
    return BadDataError(
        place,
        f"{what} State `data: {{wordless: leave_out}}` to leave such rows out.",
        row=row + 1,
        column=column,
    )
