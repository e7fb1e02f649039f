"""What each column of a user's table is, as a run reads it, and what must be stated for that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from vitrine.data.domains.text.words import words_of
from vitrine.data.readers.arrow_types import LARGEST_WHOLE
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.canonical import labels_of
from vitrine.data.readers.cell_errors import EmptyColumnError, UndecidedError
from vitrine.data.readers.cells import Columns, interpreted
from vitrine.data.readers.form import Reading
from vitrine.data.readers.numbers import Mark

Kind = Literal["number", "date", "category", "empty", "unreadable"]
_SAMPLE = 500
# In texts such a word may be all that a person wrote.
_TEXT_WORDS = 2
# Words for an empty cell that no category is called.
PLACEHOLDERS = ("?", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "NULL")


@dataclass(frozen=True)
class Seen:
    """A column.

    Attributes:
        name: of the column.
        raw: the cells as they stand in the file.
        values: as a run reads them; None if it cannot.
        kind: what it is.
        stated: keys of the section ``data`` that a run needs to read it so, with their values.
        notes: what is said of the reading.
        words: words in the median cell; 0 for numbers.
        missing_words: words that are stated to mean an empty cell.
        error: why a run cannot read it.
    """

    name: str
    raw: pd.Series
    values: pd.Series | None
    kind: Kind
    stated: dict[str, str]
    notes: tuple[str, ...]
    words: float = 0.0
    missing_words: tuple[str, ...] = ()
    error: BadDataError | None = None

    @property
    def labels(self) -> pd.Series:
        """The cells as labels, as a run reads them: text, NaN where there is none."""
        if pd.api.types.is_object_dtype(self.raw):
            return pd.Series(np.nan, index=self.raw.index, dtype="str")
        raw = self.raw
        whole = pd.api.types.is_float_dtype(raw) and (raw.dropna() % 1 == 0).all()
        if whole and (raw.dropna().abs() < LARGEST_WHOLE).all():
            raw = raw.astype("Int64")
        return labels_of(raw.astype("str").where(self.raw.notna()), self.missing_words)

    @property
    def classes(self) -> int:
        """How many different labels there would be."""
        return self.labels.nunique()

    @property
    def missing(self) -> float:
        """Share of missing cells."""
        return 1.0 if self.values is None else float(self.values.isna().mean())


@dataclass(frozen=True)
class Table:
    """The columns of a table, and what must be stated for all of them.

    Attributes:
        columns: in the order of the file.
        decimal: the decimal mark.
        missing: words for an empty cell.
    """

    columns: list[Seen]
    decimal: Mark
    missing: tuple[str, ...]


def look_at(
    place: object, frame: pd.DataFrame, decimal: str | None = None, dates: str | None = None
) -> Table:
    """Look at all columns; a decimal comma in one of them counts for all.

    Args:
        place: the file, for messages.
        frame: as `read_table` gives it.
        decimal: the decimal mark, None to find it out.
        dates: ``day first`` or ``month first`` where both fit, None for a guess that is told.
    """
    mark: Mark = "," if decimal == "," else "."
    missing: tuple[str, ...] = ()

    def look() -> list[Seen]:
        return [_look_at(place, values, mark, dates, missing) for _, values in frame.items()]

    columns = look()
    if decimal is None and any("decimal" in column.stated for column in columns):
        mark = ","
        columns = look()
    missing = _placeholders(columns)
    return Table(look() if missing else columns, mark, missing)


def _look_at(
    place: object,
    values: pd.Series,
    decimal: Mark,
    dates: str | None,
    missing: tuple[str, ...],
) -> Seen:
    name = str(values.name)
    stated: dict[str, str] = {}
    columns = Columns(decimal=decimal, missing=missing)
    notes: list[str] = []
    # What is undecided at first is read in the proposed way, then undecided no more.
    for _ in range(3):
        reading = Reading()
        try:
            read = interpreted(place, values, columns, reading)
        except UndecidedError as error:
            key, value = error.proposal
            if key == "decimal":
                return Seen(name, values, None, "category", {"decimal": ","}, ())
            stated[key] = dates or value if key == "dates" else value
            notes.append(error.what)
            columns = _with(columns, name, stated)
            continue
        except BadDataError as error:
            kind: Kind = "empty" if isinstance(error, EmptyColumnError) else "unreadable"
            return Seen(name, values, None, kind, {}, (error.what,), error=error)
        break
    kind = "category"
    if pd.api.types.is_datetime64_any_dtype(read):
        kind = "date"
    elif pd.api.types.is_numeric_dtype(read):
        kind = "number"
    words = _words(read) if kind == "category" else 0.0
    said = (note for note in reading.notes if f"`{name}`" in note)
    return Seen(name, values, read, kind, stated, (*notes, *said), words, missing)


def _with(columns: Columns, name: str, stated: dict[str, str]) -> Columns:
    return Columns(
        numeric=[name] if "numeric" in stated else [],
        categorical=[name] if "categorical" in stated else [],
        dates={name: stated["dates"]} if "dates" in stated else {},
        decimal=columns.decimal,
        missing=columns.missing,
    )


def _words(values: pd.Series) -> float:
    present = values.dropna().head(_SAMPLE)
    return float(np.median([len(words_of(text)) for text in present])) if len(present) else 0.0


def _placeholders(columns: Sequence[Seen]) -> tuple[str, ...]:
    """Words in columns of categories that can only mean an empty cell."""
    found = set()
    for column in columns:
        if column.kind == "category" and column.values is not None and column.words < _TEXT_WORDS:
            found |= {*column.values[column.values.isin(PLACEHOLDERS)]}
    return tuple(sorted(found))
