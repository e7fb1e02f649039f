"""Reading a user's table: strictly, so that nothing is guessed, shifted or lost in silence."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from vitrine.data.readers.arrow_types import as_text, as_values
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.delimited import read_delimited
from vitrine.data.readers.form import Form, Reading
from vitrine.data.readers.json_lines import read_json_lines
from vitrine.data.readers.parquet import read_parquet
from vitrine.hints import nearest

_SHOWN_NAMES = 30


def read_table(
    path: Path,
    columns: Sequence[str] | None,
    texts: Sequence[str] = (),
    form: Form | None = None,
    reading: Reading | None = None,
) -> pd.DataFrame:
    """Read a CSV, TSV, JSON Lines or Parquet file.

    Args:
        path: the file; its suffix says what it is. CSV has a line of column names and may be in
            quotes with line breaks inside. Of Parquet files that name the classes of a column of
            numbers, as those of Hugging Face do, the names are read; one of -1 is missing.
        columns: the columns to read, in this order; None for all.
        texts: columns to take as text whatever their type is; see `as_text`.
        form: what is stated about the file.
        reading: gets what was found out and left out.

    Returns:
        The table, rows in the order of the file. Cells of CSV files are text as it stands there,
        an empty cell is an empty text; columns of the other files have the types of `as_values`.

    Raises:
        BadDataError: the file is empty, of another format or encoding, has rows with more or fewer
            cells than columns, a column twice, or lacks one; it changed while it was read.
    """
    return read_tables([path], columns, texts, form, reading)[0]


def read_tables(
    paths: Sequence[Path],
    columns: Sequence[str] | None,
    texts: Sequence[str] = (),
    form: Form | None = None,
    reading: Reading | None = None,
) -> tuple[pd.DataFrame, list[int]]:
    """Read files with the same columns as one table.

    Args:
        paths: one file or more, each as `read_table` takes it.
        columns: as for `read_table`.
        texts: as for `read_table`.
        form: as for `read_table`.
        reading: as for `read_table`.

    Returns:
        The table, file behind file, and the number of rows of each file.

    Raises:
        BadDataError: as `read_table`; or a file has other columns, or others in them, than the
            first.
    """
    form, reading = form or Form(), reading or Reading()
    tables = [_read(Path(path), columns, form, reading) for path in paths]
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
    series = {
        name: as_text(paths[0], name, joined[name])
        if name in texts
        else as_values(name, joined[name])
        for name in joined.column_names
    }
    return pd.DataFrame(series, index=pd.RangeIndex(sum(rows)), copy=False), rows


def _alike(first: pa.DataType, second: pa.DataType) -> bool:
    """Whether columns of these types may stand below one another."""
    numbers = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null)
    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_null)
    return first == second or any(
        any(test(first) for test in tests) and any(test(second) for test in tests)
        for tests in (numbers, texts)
    )


def _read(path: Path, columns: Sequence[str] | None, form: Form, reading: Reading) -> pa.Table:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise BadDataError(path, f"Not a kind of file that can be read: {', '.join(SUFFIXES)}.")
    if path.is_dir():
        raise BadDataError(path, "A folder, not a file.")
    with unchanged(path):
        if path.stat().st_size == 0:
            raise BadDataError(path, "The file is empty.")
        table = reader(path, form, reading)
    if not table.num_rows:
        raise BadDataError(path, "The file has no rows.")
    table = _named(path, table, reading)
    for name in columns or ():
        if name not in table.column_names:
            raise missing_column(path, name, table.column_names)
    return table.select(list(columns)) if columns is not None else table


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


def missing_column(
    place: object, name: str, names: Sequence[str], key: str | None = None
) -> BadDataError:
    """The error of a column that is not there, with the nearest name and all there are."""
    shown = ", ".join(names[:_SHOWN_NAMES]) + (", ..." if len(names) > _SHOWN_NAMES else "")
    stated = f" (data: {key})" if key is not None else ""
    hint = nearest(name, names)
    return BadDataError(place, f"There is no column `{name}`{stated}. {hint}The file has: {shown}.")


def _named(path: Path, table: pa.Table, reading: Reading) -> pa.Table:
    """The table with a name for each column: blanks around names go, and unnamed columns too."""
    names = [name.strip() for name in table.column_names]
    if names != table.column_names:
        reading.note("Blanks around column names are cut.")
    for place in reversed(range(len(names))):
        if names[place]:
            continue
        if not _says_nothing(table.column(place)):
            names[place] = f"column {place + 1}"
            reading.note(f"Column {place + 1} has no name; it is called `{names[place]}`.")
            continue
        table = table.remove_column(place)
        names.pop(place)
        reading.note(
            f"Column {place + 1} has no name and is empty or counts the rows; it is left out."
        )
    for name in names:
        if names.count(name) > 1:
            raise BadDataError(path, f"The column `{name}` stands twice; give each its own name.")
    return table.rename_columns(names)


def _says_nothing(column: pa.ChunkedArray) -> bool:
    """Whether a column is empty, or counts the rows from 0 or 1 as row labels of pandas and R."""
    cells = column.cast(pa.string())
    if pc.all(pc.fill_null(pc.equal(cells, ""), True)).as_py():
        return True
    start = cells[0].as_py()
    if start not in ("0", "1"):
        return False
    counted = pa.array(range(int(start), int(start) + len(cells))).cast(pa.string())
    return bool(pc.all(pc.equal(cells.combine_chunks(), counted)).as_py())


_READERS: Mapping[str, Callable[[Path, Form, Reading], pa.Table]] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".jsonl": read_json_lines,
    ".parquet": read_parquet,
}
SUFFIXES = tuple(_READERS)
