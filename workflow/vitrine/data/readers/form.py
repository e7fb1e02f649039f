"""How a file writes its table, as far as that is stated or found out."""

from dataclasses import dataclass, field
from typing import Literal

Quotes = Literal["double", "backslash", "none"]

# In columns of numbers and dates they mean an empty cell; elsewhere they may be categories.
MISSING_WORDS = ("NA", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "NULL", "None", "?", "-", ".")


@dataclass(frozen=True)
class Form:
    """What the section ``data`` states about a file of text; None is found out from the file.

    Attributes:
        encoding: a codec of Python, such as ``windows-1252``.
        separator: the character between cells.
        quotes: how a quote inside a quoted cell is written: ``double`` (``""``), ``backslash``
            (``\\"``); ``none`` if quotes are part of the cells.
    """

    encoding: str | None = None
    separator: str | None = None
    quotes: Quotes | None = None


@dataclass
class Reading:
    """What was found out and left out while files were read.

    Attributes:
        rows: rows in the files, counted on their own, without blank lines and column names.
        dropped: rows or files that were left out, by reason.
        notes: sentences on how the files were read, where a reader could have done otherwise.
    """

    rows: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        """Add a sentence once."""
        if sentence not in self.notes:
            self.notes.append(sentence)
