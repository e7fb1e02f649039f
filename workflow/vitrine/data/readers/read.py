"""Reading a user's table: strictly, so that nothing is guessed, shifted or lost in silence."""

import codecs
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet

from vitrine.data.readers.bad import BadDataError
from vitrine.hints import nearest

_BLOCK_BYTES = 1 << 24
_BYTE_ORDER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "#N/A")


def read_table(
    path: Path, columns: Sequence[str] | None, texts: Sequence[str] = ()
) -> pd.DataFrame:
    """Read a CSV, TSV, JSON Lines or Parquet file.

    Args:
        path: the file; its suffix says what it is. CSV has a line of column names and may be in
            quotes with line breaks inside. Of Parquet files that name the classes of a column of
            numbers, as those of Hugging Face do, the names are read; one of -1 is missing.
        columns: the columns to read, in this order; None for all.
        texts: columns to take as text whatever is in them; an empty one stays an empty text. In the
            others text is a number wherever all of it is, and what is empty or ``NA`` is missing.

    Returns:
        The table, rows in the order of the file.

    Raises:
        BadDataError: the file is empty, of another format or encoding, has rows with more or fewer
            cells than columns, a column twice, or lacks one; it changed while it was read.
    """
    return read_tables([path], columns, texts)[0]


def read_tables(
    paths: Sequence[Path], columns: Sequence[str] | None, texts: Sequence[str] = ()
) -> tuple[pd.DataFrame, list[int]]:
    """Read files with the same columns as one table.

    Args:
        paths: one file or more, each as `read_table` takes it.
        columns: as for `read_table`.
        texts: as for `read_table`.

    Returns:
        The table, file behind file, and the number of rows of each file.

    Raises:
        BadDataError: as `read_table`; or a file has other columns, or others in them, than the
            first.
    """
    tables = [_read(Path(path), columns, texts) for path in paths]
    first = tables[0]
    for path, table in zip(paths[1:], tables[1:], strict=True):
        other = sorted({*table.column_names} ^ {*first.column_names})
        if other:
            has, lacks = (path, paths[0]) if other[0] in table.column_names else (paths[0], path)
            raise BadDataError(path, f"The column `{other[0]}` is in {has} and not in {lacks}.")
        for name in first.column_names:
            kinds = [each.schema.field(name).type for each in (first, table)]
            if not _alike(*kinds):
                raise BadDataError(path, f"{kinds[1]}, but {kinds[0]} in {paths[0]}.", column=name)
    rows = [table.num_rows for table in tables]
    joined = pa.concat_tables(tables, promote_options="permissive").select(first.column_names)
    del tables, first
    frame = joined.to_pandas(split_blocks=True, self_destruct=True)
    for name in frame.columns.difference([*texts]):
        if pd.api.types.is_string_dtype(frame[name]):
            frame[name] = frame[name].mask(frame[name].isin(_MISSING))
    return frame, rows


def _alike(first: pa.DataType, second: pa.DataType) -> bool:
    """Whether columns of these types may stand below one another."""
    numbers = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null)
    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_null)
    return first == second or any(
        any(test(first) for test in tests) and any(test(second) for test in tests)
        for tests in (numbers, texts)
    )


def _read(path: Path, columns: Sequence[str] | None, texts: Sequence[str]) -> pa.Table:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise BadDataError(path, f"Not a kind of file that can be read: {', '.join(SUFFIXES)}.")
    with unchanged(path):
        if path.stat().st_size == 0:
            raise BadDataError(path, "The file is empty.")
        with path.open("rb") as file:
            start = file.read(2)
        if start in _BYTE_ORDER_MARKS:
            raise BadDataError(path, "The encoding is UTF-16; save the file as UTF-8.")
        try:
            table = reader(path, columns, texts)
        except (pa.ArrowException, UnicodeDecodeError) as error:
            if "UTF" in str(error) or isinstance(error, UnicodeDecodeError):
                raise _encoding_error(path) from None
            raise BadDataError(path, f"Cannot be read: {error}") from None
    if not table.num_rows:
        raise BadDataError(path, "The file has no rows.")
    for place, name in enumerate(table.column_names):
        kind = table.schema.field(name).type
        if name in texts and not pa.types.is_string(kind):
            if pa.types.is_nested(kind):
                raise BadDataError(path, f"Not text but {kind}.", column=name)
            table = table.set_column(place, name, table[name].cast(pa.string()))
    return table


@contextmanager
def unchanged(*paths: Path) -> Iterator[None]:
    """Make sure that files stay as they are while they are read."""

    def states() -> list[tuple[int, int]]:
        return [(state.st_size, state.st_mtime_ns) for state in (path.stat() for path in paths)]

    before = states()
    yield
    for path, old, new in zip(paths, before, states(), strict=True):
        if old != new:
            raise BadDataError(path, "The file changed while it was read; run this again.")


def _check_names(path: Path, names: Sequence[str], wanted: Sequence[str] | None) -> None:
    for name in names:
        if names.count(name) > 1:
            raise BadDataError(path, f"The column `{name}` stands twice; give each its own name.")
    for name in wanted or ():
        if name not in names:
            hint = nearest(name, names)
            raise BadDataError(path, f"There is no column `{name}`. {hint}{_listed(names)}")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:30]) + (", ..." if len(names) > 30 else "")
    return f"The file has: {shown}."


def _delimited(delimiter: str) -> Callable[..., pa.Table]:
    def read(path: Path, columns: Sequence[str] | None, texts: Sequence[str]) -> pa.Table:
        parse = pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
        # One thread, since only then an error names its row.
        options = pa.csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES)
        try:
            with pa.csv.open_csv(path, pa.csv.ReadOptions(use_threads=False), parse) as head:
                names = head.schema.names
            _check_names(path, names, columns)
            table = pa.csv.read_csv(
                path,
                options,
                parse,
                pa.csv.ConvertOptions(
                    include_columns=list(columns) if columns is not None else None,
                    column_types={name: pa.string() for name in texts},
                    null_values=list(_MISSING),
                ),
            )
        except pa.ArrowInvalid as error:
            raise _csv_error(path, str(error)) from None
        _check_quotes(path, table)
        return table

    return read


def _csv_error(path: Path, message: str) -> BadDataError:
    if "UTF" in message:
        return _encoding_error(path)
    ragged = re.search(r"Row #(\d+): Expected (\d+) columns, got (\d+)", message)
    if ragged:
        row, expected, got = map(int, ragged.groups())
        return BadDataError(
            path,
            f"{got} cells, but there are {expected} columns. A text with the separator in it "
            "needs quotes.",
            row=row - 1,
        )
    return BadDataError(path, f"Not a table that can be read: {message}")


def _check_quotes(path: Path, table: pa.Table) -> None:
    """An opening quote that is never closed takes all that follows into one cell."""
    if not table.num_rows:
        return
    for name, cell in table.slice(table.num_rows - 1).to_pylist()[0].items():
        if not isinstance(cell, str) or "\n" not in cell:
            continue
        quotes = 0
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                quotes += block.count(b'"')
        if quotes % 2:
            raise BadDataError(
                path, "A quote is opened here and never closed.", row=table.num_rows, column=name
            )


def _encoding_error(path: Path) -> BadDataError:
    line = 1
    with path.open("rb") as file:
        for content in file:
            try:
                content.decode("utf-8")
            except UnicodeDecodeError as error:
                byte = content[error.start]
                return BadDataError(
                    path,
                    f"Not UTF-8: byte 0x{byte:02x} in line {line:,} of the file, place "
                    f"{error.start + 1}. Save the file as UTF-8.",
                )
            line += 1
    return BadDataError(path, "Not UTF-8; save the file as UTF-8.")


def _json_lines(path: Path, columns: Sequence[str] | None, _texts: Sequence[str]) -> pa.Table:
    try:
        table = pa.json.read_json(
            path,
            pa.json.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
            pa.json.ParseOptions(newlines_in_values=False),
        )
        # Finds what is no UTF-8.
        table.validate(full=True)
    except pa.ArrowInvalid as error:
        message = str(error)
        if "UTF" in message:
            raise _encoding_error(path) from None
        changed = re.search(r"Column\(/(.*)\) changed from (\w+) to (\w+) in row (\d+)", message)
        if changed:
            column, old, new, row = changed.groups()
            raise BadDataError(
                path, f"A {new}, but a {old} in the rows before.", row=int(row) + 1, column=column
            ) from None
        raise BadDataError(path, f"Not JSON with one object per line: {message}") from None
    _check_names(path, table.column_names, columns)
    return table.select(list(columns)) if columns is not None else table


def _parquet(path: Path, columns: Sequence[str] | None, _texts: Sequence[str]) -> pa.Table:
    try:
        schema = pa.parquet.read_schema(path)
        _check_names(path, schema.names, columns)
        table = pa.parquet.read_table(
            path, columns=list(columns) if columns is not None else None, partitioning=None
        )
    except (pa.ArrowInvalid, OSError) as error:
        raise BadDataError(path, f"Not a Parquet file that can be read: {error}") from None
    for name, classes in _classes(schema).items():
        if name in table.column_names and pa.types.is_integer(table.schema.field(name).type):
            table = _named(path, table, name, classes)
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


_READERS: Mapping[str, Callable[..., pa.Table]] = {
    ".csv": _delimited(","),
    ".tsv": _delimited("\t"),
    ".jsonl": _json_lines,
    ".parquet": _parquet,
}
SUFFIXES = tuple(_READERS)
