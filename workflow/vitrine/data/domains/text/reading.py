"""A user's texts."""

from pathlib import Path

import numpy as np

from vitrine.data.domains.text import TextData
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.canonical import CanonicalTable, Roles, classified, read_texts
from vitrine.data.readers.form import Reading
from vitrine.data.readers.split_files import SplitFiles


def read(place: Path | SplitFiles, data: TextData) -> CanonicalTable:
    """Columns ``text``, ``label`` and, where the data state splits, ``given``."""
    reading = Reading()
    names = {"text": data.text, "label": data.label, "given": data.split, "id": data.id}
    frame = read_texts(place, names, data, reading)
    for row in np.flatnonzero(frame["text"].isna() | (frame["text"].str.strip() == "")):
        raise BadDataError(place, "The text is empty.", row=int(row) + 1, column=data.text)
    roles = Roles(data.label, data.split, data.id, data.positive, data.unlabelled, data.missing)
    return classified(place, frame, roles, reading)
