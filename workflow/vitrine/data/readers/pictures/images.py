"""Images that were read, and what was left out or changed."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from vitrine.data.readers.pictures.changes import Changes
from vitrine.data.readers.pictures.folder import HIDDEN, REASONS


@dataclass(frozen=True)
class Images:
    """Images of one size.

    Attributes:
        pixels: numbers [n, side * side], row by row of the image.
        labels: the n class names; empty where a column of a table has them.
        changes: what was done to the images.
        left_out: by reason (a key of `REASONS`), how many files were left out.
        remarks: what else was left out or is missing, a sentence each.
    """

    pixels: np.ndarray
    labels: list[str]
    changes: Changes
    left_out: dict[str, int] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def warnings(self) -> Iterator[str]:
        """What the user may have expected to be read, a sentence each."""
        for reason, number in self.left_out.items():
            if reason != HIDDEN:
                yield f"Left out: {REASONS[reason]} ({number:,})."
        yield from self.remarks

    def facts(self) -> Iterator[str]:
        """What was left out or done as users expect it, a sentence each."""
        if HIDDEN in self.left_out:
            yield f"Left out: {REASONS[HIDDEN]} ({self.left_out[HIDDEN]:,})."
        yield from self.changes.sentences()
