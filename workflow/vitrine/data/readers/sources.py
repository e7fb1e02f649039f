"""Reading the built-in data sets in their canonical form, and checking them.

A source is known by the SHA-256 of its canonical table, so that a package that ships other data
under the same name stops the run instead of changing its results in silence.
"""

import hashlib
import json
from importlib import metadata

import numpy as np
import pandas as pd

from vitrine.data.chunks import chunks
from vitrine.data.readers import built_in
from vitrine.data.sources.source import DataSource


def read_source(source: DataSource) -> pd.DataFrame:
    """Read the canonical table of a source and check it.

    Raises:
        ValueError: if the table is not the one that the source's digest was taken from.
    """
    table: pd.DataFrame = getattr(built_in, source.name)()
    digest = table_digest(table)
    if digest == source.digest:
        return table
    raise ValueError(
        f"The data of source `{source.name}` ({source.package}: {source.items}) have changed.\n"
        f"  package version: expected {source.version}, found {metadata.version(source.package)}\n"
        f"  rows: expected {source.rows}, found {len(table)}\n"
        f"  columns: expected {', '.join(source.columns)}\n"
        f"           found {', '.join(map(str, table.columns))}\n"
        f"  SHA-256: expected {source.digest}\n"
        f"           found {digest}\n"
        f"Install {source.package}=={source.version}; if the new data are wanted, change the entry "
        f"in vitrine/data/sources/{source.name}.py."
    )


def table_digest(table: pd.DataFrame) -> str:
    """SHA-256 of a table's content: the JSON of each column's name and values, in order.

    Missing values count as null and floats by their shortest exact form, so the digest depends
    neither on the file format nor on the version of a library.
    """
    digest = hashlib.sha256()
    for name in table.columns:
        digest.update(f"[{json.dumps(name)}, [".encode())
        # In chunks, since Python's objects take many times the memory of the column.
        for rows in chunks(len(table), f"digest of {name}"):
            column = table[name].iloc[rows]
            values = column.astype(object).where(column.notna(), None).tolist()
            content = json.dumps(values, default=_plain, allow_nan=False)[1:-1]
            digest.update((", " if rows.start else "").encode() + content.encode())
        digest.update(b"]]\n")
    return digest.hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    raise TypeError(f"cannot digest {type(value)}")


def package_licence(package: str) -> str:
    """The licence that an installed package states for itself."""
    stated = metadata.metadata(package).json
    classifiers = [
        str(entry).split(" :: ")[-1]
        for entry in stated.get("classifier", [])
        if entry.startswith("License ::")
    ]
    first_line = str(stated.get("license", "none stated")).strip().partition("\n")[0]
    return str(stated.get("license_expression", "; ".join(classifiers) or first_line))
