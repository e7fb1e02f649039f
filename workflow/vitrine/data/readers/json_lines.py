"""JSON Lines files: one object per line, whose keys are the columns."""

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.json

from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.encodings import UTF8, encoding_of
from vitrine.data.readers.form import Form, Reading

_BLOCK_BYTES = 1 << 24
# Larger whole numbers are not all floats.
_LARGEST = 2.0**53


def read_json_lines(path: Path, form: Form, reading: Reading) -> pa.Table:
    """Read the objects of a file, of which all have the same keys or lack some.

    Raises:
        BadDataError: a line is no object, a column has other types than before, or whole numbers
            that no float holds.
    """
    encoding = encoding_of(path, form.encoding)
    if encoding not in (UTF8, "utf-8-sig"):
        raise BadDataError(path, f"JSON Lines are in UTF-8, not in {encoding}; save it as UTF-8.")
    table = _parsed(path, {})
    # Arrow takes text that looks like a time for one, and would write it in another form.
    times = [field.name for field in table.schema if pa.types.is_timestamp(field.type)]
    if times:
        # Columns with a stated type come first; the order is that of the file.
        table = _parsed(path, dict.fromkeys(times, pa.string())).select(table.column_names)
    for field in table.schema:
        if pa.types.is_floating(field.type):
            _check_digits(path, field.name, table[field.name])
    rows = _lines(path)
    if table.num_rows != rows:
        raise BadDataError(
            path, f"{table.num_rows:,} objects on {rows:,} lines; write each on a line of its own."
        )
    reading.rows += rows
    return table


def _parsed(path: Path, types: dict[str, pa.DataType]) -> pa.Table:
    try:
        table = pa.json.read_json(
            path,
            pa.json.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
            pa.json.ParseOptions(
                explicit_schema=pa.schema(list(types.items())) if types else None,
                newlines_in_values=False,
            ),
        )
    except pa.ArrowException as error:
        raise _explained(path, str(error)) from None
    return table


def _explained(path: Path, message: str) -> BadDataError:
    changed = re.search(r"Column\(/(.*)\) changed from (\w+) to (\w+) in row (\d+)", message)
    if changed:
        column, old, new, row = changed.groups()
        return BadDataError(
            path, f"A {new}, but a {old} in the rows before.", row=int(row) + 1, column=column
        )
    return BadDataError(path, f"Not JSON with one object per line: {message}")


def _check_digits(path: Path, name: str, column: pa.ChunkedArray) -> None:
    numbers = column.to_numpy()
    large = np.flatnonzero((np.abs(numbers) >= _LARGEST) & (numbers % 1 == 0))
    if len(large) and _written_whole(path, name):
        raise BadDataError(
            path,
            "A whole number with more than 15 digits cannot be read exactly. Write such "
            "identifiers in quotes.",
            row=int(large[0]) + 1,
            column=name,
        )


def _written_whole(path: Path, name: str) -> bool:
    """Whether the file has a number of 16 digits or more without a point under the name."""
    key = re.escape(f'"{name}"')
    pattern = re.compile(rf"{key}\s*:\s*-?\d{{16,}}\s*[,}}]".encode())
    with path.open("rb") as file:
        return any(pattern.search(line) for line in file)


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for line in file if line.strip())
