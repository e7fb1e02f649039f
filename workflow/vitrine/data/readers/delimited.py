"""CSV and TSV files: separator, quotes and rows are found out by reading the whole file once."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.encodings import encoding_of
from vitrine.data.readers.form import Form, Quotes, Reading

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_FIRST = {".csv": ",", ".tsv": "\t"}
_HEAD_ROWS = 200
_BLOCK_BYTES = 1 << 24
_LONGEST_CELL = 1 << 30
# So many lines inside quoted cells, all with the right number of cells, are no coincidence.
_LINES_INSIDE = 8
_ESCAPED = re.compile(r'(?:[^\\]|\\["\\])*', re.DOTALL)
_DIALECTS: dict[Quotes, dict[str, Any]] = {
    "double": {"quoting": csv.QUOTE_MINIMAL, "doublequote": True},
    "backslash": {"quoting": csv.QUOTE_MINIMAL, "doublequote": False, "escapechar": "\\"},
    "none": {"quoting": csv.QUOTE_NONE},
}


@dataclass(frozen=True)
class Layout:
    """How a file of text writes its table.

    Attributes:
        encoding: codec of Python.
        separator: between cells.
        quotes: see `Form`.
        skipped: lines before the line of column names.
    """

    encoding: str
    separator: str
    quotes: Quotes
    skipped: int


@dataclass(frozen=True)
class _Scan:
    """What a pass over a file with one dialect found.

    Attributes:
        rows: rows below the column names; blank lines are not counted.
        problem: why the dialect does not fit, None if it does.
        row: of the problem.
        inside: lines that begin inside a quoted cell.
        cell: row and place of the first cell with a line break, None if there is none.
    """

    rows: int
    problem: str | None = None
    row: int | None = None
    inside: int = 0
    cell: tuple[int, int] | None = None


def read_delimited(path: Path, form: Form, reading: Reading) -> pa.Table:
    """Read all cells as text.

    Args:
        path: the file.
        form: what is stated about it.
        reading: gets the number of rows, which is counted apart from the reading, and notes.

    Returns:
        Columns of strings, names and cells as they stand in the file.

    Raises:
        BadDataError: bytes are of another encoding, rows are of different lengths, quotes do not
            match, or two readings fit.
    """
    csv.field_size_limit(_LONGEST_CELL)
    encoding = encoding_of(path, form.encoding)
    skipped, declared = _declared(path, encoding)
    separator = form.separator or declared or _separator(path, encoding, skipped)
    layout, scan = _checked(path, Layout(encoding, separator, "double", skipped), form.quotes)
    usual = _FIRST.get(path.suffix.lower(), ",")
    if separator != usual and form.separator is None:
        reading.note(f"Cells are separated by the {SEPARATORS.get(separator, repr(separator))}.")
    if layout.encoding not in ("utf-8", "utf-8-sig"):
        reading.note(f"The encoding is {layout.encoding}.")
    if layout.quotes != "double" and form.quotes is None:
        how = (
            "Quotes inside cells are written with a backslash"
            if layout.quotes == "backslash"
            else "Quotes do not match and every line has all cells: they are read as text"
        )
        reading.note(f"{how} (`data: {{quotes: {layout.quotes}}}`).")
    table = _table(path, layout)
    if table.num_rows != scan.rows:
        raise BadDataError(
            path,
            f"{table.num_rows:,} rows were read, but a second count finds {scan.rows:,}. State "
            "`data: {separator: ..., quotes: ...}`, or save the file again.",
        )
    reading.rows += scan.rows
    return table


def _rows(path: Path, layout: Layout) -> Iterator[list[str]]:
    """Rows of the file, the column names first; blank lines are left out."""
    with path.open(encoding=layout.encoding, newline="") as file:
        for _ in range(layout.skipped):
            file.readline()
        rows = csv.reader(file, delimiter=layout.separator, strict=True, **_DIALECTS[layout.quotes])
        yield from (row for row in rows if row)


def _declared(path: Path, encoding: str) -> tuple[int, str | None]:
    """A first line ``sep=;``, as Excel writes it: lines to skip, and the separator."""
    with path.open(encoding=encoding, newline=None) as file:
        match = re.fullmatch(r'("?)sep=(.)\1', file.readline().rstrip("\n"))
    return (1, match.group(2)) if match else (0, None)


def _separator(path: Path, encoding: str, skipped: int) -> str:
    """The separator with which the first rows all have the same number of cells, two or more.

    Raises:
        BadDataError: there are two such separators.
    """
    usual = _FIRST.get(path.suffix.lower(), ",")
    fitting = [each for each in SEPARATORS if _separates(path, encoding, skipped, each)]
    if len(fitting) > 1:
        raise BadDataError(
            path,
            f"The {' and the '.join(SEPARATORS[each] for each in fitting)} both separate the same "
            "number of cells in all of the first rows. State which one does: "
            f'`data: {{separator: "{_escaped(fitting[0])}"}}` or `"{_escaped(fitting[1])}"`.',
        )
    if fitting:
        return fitting[0]
    # Some row is wrong: errors should tell of the columns that were meant.
    names = _line_of_names(path, encoding, skipped)
    return max((usual, *SEPARATORS), key=names.count)


def _separates(path: Path, encoding: str, skipped: int, separator: str) -> bool:
    for quotes in _DIALECTS:
        try:
            rows = _rows(path, Layout(encoding, separator, quotes, skipped))
            widths = {len(row) for row in islice(rows, _HEAD_ROWS)}
        except csv.Error:
            continue
        if len(widths) == 1 and widths.pop() > 1:
            return True
    return False


def _checked(path: Path, layout: Layout, stated: Quotes | None) -> tuple[Layout, _Scan]:
    """The dialect of quotes that fits the whole file."""
    tried: dict[Quotes, _Scan] = {}
    for quotes in (stated,) if stated is not None else _DIALECTS:
        scan = _scanned(path, Layout(layout.encoding, layout.separator, quotes, layout.skipped))
        tried[quotes] = scan
        if scan.problem is None:
            break
    fitting = Layout(layout.encoding, layout.separator, quotes, layout.skipped)
    if scan.problem is not None:
        first = next(iter(tried.values()))
        raise BadDataError(path, str(first.problem) + _other(path, layout), row=first.row)
    if scan.inside and stated is None:
        literal = Layout(layout.encoding, layout.separator, "none", layout.skipped)
        lines = _scanned(path, literal)
        if lines.problem is None and scan.inside >= _LINES_INSIDE:
            return literal, lines
        if lines.problem is None and scan.cell is not None:
            raise BadDataError(
                path,
                "A quoted cell holds whole lines of the file, each with all cells. State "
                "`data: {quotes: none}` if quotes are part of the cells, else "
                "`data: {quotes: double}`.",
                row=scan.cell[0],
            )
    return fitting, scan


def _scanned(path: Path, layout: Layout) -> _Scan:
    """Read the file with one dialect, and compare the lengths of its rows."""
    width, count, inside = 0, -1, 0
    cell: tuple[int, int] | None = None
    if layout.quotes == "backslash" and not _escapes_quotes_only(path, layout.encoding):
        return _Scan(0, "Backslashes stand before other characters than quotes and backslashes.")
    try:
        for row in _rows(path, layout):
            count += 1
            width = width or len(row)
            if len(row) != width:
                # A row of one empty cell stands for itself only in a file of one column.
                problem = (
                    f"{len(row)} cells, but there are {width} columns. A text with the separator "
                    "in it needs quotes."
                )
                return _Scan(count, problem, count)
            for place, text in enumerate(row):
                if "\n" in text or "\r" in text:
                    inside += text.count("\n") or text.count("\r")
                    cell = cell or (count, place)
    except csv.Error as error:
        # A quoted cell that is open to the end took all that follows.
        problem = (
            "A quote is opened here and never closed."
            if "unexpected end" in str(error)
            else "A quote ends inside a cell; quotes inside a quoted cell are written twice."
        )
        return _Scan(count, problem, count + 1)
    return _Scan(count, inside=inside, cell=cell)


def _escapes_quotes_only(path: Path, encoding: str) -> bool:
    """Whether backslashes do nothing but mark quotes and backslashes: other marks have no rule."""
    with path.open(encoding=encoding, newline="\n") as file:
        return all(_ESCAPED.fullmatch(line) for line in file if "\\" in line)


def _other(path: Path, layout: Layout) -> str:
    """A hint at the separator, where another one splits the line of names better."""
    names = _line_of_names(path, layout.encoding, layout.skipped)
    most = max(SEPARATORS, key=names.count)
    if most == layout.separator or names.count(most) <= names.count(layout.separator):
        return ""
    return (
        f" The line of column names has the {SEPARATORS[most]} {names.count(most)} times: if it "
        f'separates the cells, state `data: {{separator: "{_escaped(most)}"}}`.'
    )


def _line_of_names(path: Path, encoding: str, skipped: int) -> str:
    with path.open(encoding=encoding, newline=None) as file:
        for _ in range(skipped):
            file.readline()
        return file.readline()


def _escaped(separator: str) -> str:
    return "\\t" if separator == "\t" else separator


def _table(path: Path, layout: Layout) -> pa.Table:
    quoted = layout.quotes != "none"
    parse = pa.csv.ParseOptions(
        delimiter=layout.separator,
        quote_char='"' if quoted else False,
        double_quote=layout.quotes == "double",
        escape_char="\\" if layout.quotes == "backslash" else False,
        newlines_in_values=quoted,
    )
    names = next(_rows(path, layout), [])
    read = pa.csv.ReadOptions(
        # One thread, since only then rows keep their order whatever the block size.
        use_threads=False,
        block_size=_BLOCK_BYTES,
        encoding="utf-8" if layout.encoding == "utf-8-sig" else layout.encoding,
        skip_rows=layout.skipped,
    )
    convert = pa.csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), null_values=[], strings_can_be_null=False
    )
    try:
        return pa.csv.read_csv(path, read, parse, convert)
    except pa.ArrowException as error:
        raise BadDataError(path, f"Not a table that can be read: {error}") from None
