"""Many rows in parts: bounded memory, and a word now and then on how far it is."""

import logging
from collections.abc import Iterator

log = logging.getLogger(__name__)

ROWS = 20_000


def parts(rows: int, doing: str) -> Iterator[slice]:
    """Slices of so many rows, one after the other; at least one.

    Args:
        rows: how many.
        doing: what is done with each, for the log; nothing is said of a single part.
    """
    for start in range(0, max(rows, 1), ROWS):
        end = min(start + ROWS, rows)
        yield slice(start, end)
        if rows > ROWS:
            log.info("%s: %s of %s rows", doing, f"{end:,}", f"{rows:,}")
