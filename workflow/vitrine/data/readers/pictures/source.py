"""Where one image of a user is."""

from dataclasses import dataclass
from pathlib import Path

from vitrine.data.readers.bad import BadDataError


@dataclass(frozen=True)
class ImageSource:
    """An encoded image, and what errors call it.

    Attributes:
        content: the file, or its bytes.
        place: what errors name: the file, or the table that holds the image.
        row: of the table, counted from 1.
        column: of the table.
    """

    content: Path | bytes
    place: object
    row: int | None = None
    column: str | None = None

    def error(self, what: str) -> BadDataError:
        """An error about this image."""
        return BadDataError(self.place, what, row=self.row, column=self.column)

    @property
    def name(self) -> str:
        """What messages about other images call this one."""
        return str(self.place) if self.row is None else f"row {self.row:,}"
