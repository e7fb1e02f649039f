"""Parquet files, whose columns have types of their own."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.form import Form, Reading

# The row labels of a data frame that pandas has written beside its columns.
_INDEX = re.compile(r"__index_level_\d+__")


def read_parquet(path: Path, _form: Form, reading: Reading) -> pa.Table:
    """Read a file; classes of whole numbers that the file names become these names.

    Raises:
        BadDataError: it is no Parquet file, or a class has no name.
    """
    try:
        file = pa.parquet.ParquetFile(path)
        table = file.read()
        # Such as texts that are not UTF-8, which some writers let through.
        table.validate(full=True)
        rows = file.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        raise BadDataError(path, f"Not a Parquet file that can be read: {error}") from None
    for name in table.column_names:
        if _INDEX.fullmatch(name):
            table = table.drop_columns([name])
            reading.note("The row labels of the data frame in the file are left out.")
    for name, classes in _classes(file.schema_arrow).items():
        if name in table.column_names and pa.types.is_integer(table.schema.field(name).type):
            table = _named(path, table, name, classes)
    reading.rows += rows
    return table.replace_schema_metadata(None)


def _classes(schema: pa.Schema) -> dict[str, list[str]]:
    """Names of the classes 0, 1, ... of columns of numbers, where the file tells them.

    The library `datasets` writes them into the metadata of the schema, under ``huggingface``.
    """
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        return {
            name: list(map(str, feature["names"]))
            for name, feature in features.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}


def _named(path: Path, table: pa.Table, column: str, classes: Sequence[str]) -> pa.Table:
    numbers = table[column].to_pandas().astype("Int64")
    numbers = numbers.mask(numbers == -1)
    for row in (numbers >= len(classes)).fillna(False).to_numpy().nonzero()[0]:
        raise BadDataError(
            path,
            f"The class {numbers.iloc[row]} has no name; the file names {len(classes)}.",
            row=int(row) + 1,
            column=column,
        )
    names = pa.array(classes, pa.string()).take(pa.array(numbers, pa.int64()))
    return table.set_column(table.column_names.index(column), column, names)
