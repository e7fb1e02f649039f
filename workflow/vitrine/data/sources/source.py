"""A data set that comes with a Python package. Light: the configuration imports this.

The function of its name in `vitrine.data.readers.built_in` reads it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DataSource:
    """Where the data of a built-in study come from and what they must be."""

    name: str
    """As in the configuration, under ``source``."""
    order: int
    """Place in lists."""
    domain: str
    """Name of its domain."""
    splits: tuple[str, ...]
    """Kinds of split that suit it."""
    players: int | None = None
    """How many players every instance has, where that is the same for all."""
    package: str
    """The Python package that ships or makes the data."""
    version: str
    """The package version for which the digest was taken; others may serve if the data agree."""
    items: str
    """What the package calls the data."""
    description: str
    """In English, for ``datasheet.json``."""
    classes: tuple[str, ...]
    """Class names in the order of the class indices; the second of two is the one to detect."""
    rows: int
    """Rows of the canonical table."""
    columns: tuple[str, ...]
    """Columns of the canonical table."""
    left_out: tuple[str, ...] = ()
    """Columns of the canonical table that no model reads."""
    digest: str
    """SHA-256 of the canonical table; see `vitrine.data.readers.sources.table_digest`."""
