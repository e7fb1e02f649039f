"""Many rows in chunks: bounded memory, and progress in the log."""

import logging
from collections.abc import Iterator

log = logging.getLogger(__name__)

ROWS = 20_000


def chunks(rows: int, doing: str) -> Iterator[slice]:
    """Slices of rows, one after the other; at least one.

    Args:
        rows: how many there are.
        doing: what is done with them, for the log; a single chunk is not logged.
    """
    for start in range(0, max(rows, 1), ROWS):
        end = min(start + ROWS, rows)
        yield slice(start, end)
        if rows > ROWS:
            log.info("%s: %s of %s rows", doing, f"{end:,}", f"{rows:,}")
