"""What is written into a file is read back, or refused; never something else, never a crash."""

import contextlib
import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from own_files import carry, new_study, run
from written_tables import (
    LETTERS,
    MARKED,
    ROWS,
    VALUES,
    Written,
    check_equal,
    tables,
    write_cells,
    write_table,
)

from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.cells import Columns, interpreted
from vitrine.data.readers.form import Form, Reading
from vitrine.data.readers.read import read_table

SEPARATORS = [",", ";", "\t", "|"]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp1252"]
CELLS = st.text(MARKED | LETTERS, max_size=6)
# With "\r\n" the writer of Python puts both kinds of line breaks into quotes.
STYLES: dict[str, tuple[dict[str, Any], str | None]] = {
    "where needed": ({"lineterminator": "\r\n"}, None),
    "all": ({"quoting": csv.QUOTE_ALL, "lineterminator": "\n"}, None),
    "texts": ({"quoting": csv.QUOTE_NONNUMERIC, "lineterminator": "\n"}, "double"),
    "backslash": (
        {"quoting": csv.QUOTE_ALL, "doublequote": False, "escapechar": "\\"},
        "backslash",
    ),
}
SLOW = settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])


@contextlib.contextmanager
def project() -> Iterator[Path]:
    """An empty project, one for each example."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("data").mkdir()
        yield Path("data")


def fits(text: str, encoding: str) -> bool:
    try:
        return text.encode(encoding).decode(encoding) == text
    except UnicodeError:
        return False


@st.composite
def grids(draw: st.DrawFn) -> list[list[str]]:
    """Rows of cells, the names first."""
    width = draw(st.integers(2, 4))
    names = draw(
        st.lists(CELLS.filter(str.strip), min_size=width, max_size=width, unique_by=str.strip)
    )
    row = st.lists(CELLS, min_size=width, max_size=width)
    return [names, *draw(st.lists(row, min_size=1, max_size=6))]


@pytest.mark.parametrize("style", STYLES)
@given(
    grid=grids(),
    separator=st.sampled_from(SEPARATORS),
    encoding=st.sampled_from(ENCODINGS),
    stated=st.booleans(),
)
@settings(max_examples=60)
def test_cells_of_text_are_exact(
    style: str, grid: list[list[str]], separator: str, encoding: str, stated: bool
) -> None:
    """Every cell is the text that was written; only blanks around names go."""
    assume(fits("".join(map("".join, grid)), encoding))
    dialect, quotes = STYLES[style]
    form = Form("cp1252" if encoding == "cp1252" else None, separator if stated else None, quotes)
    with project() as folder:
        path = folder / "x.csv"
        write_cells(path, grid, encoding, delimiter=separator, **dialect)
        reading = Reading()
        try:
            frame = read_table(path, None, (), form, reading)
        except BadDataError:
            # Of two separators that fit, one must be stated; then nothing is in doubt but whole
            # lines inside of quotes.
            assert not (stated and quotes)
            return
    assert [*frame] == [name.strip() for name in grid[0]]
    assert frame.to_numpy().tolist() == grid[1:]
    assert reading.rows == len(grid) - 1


@given(grid=grids(), separator=st.sampled_from(SEPARATORS))
@settings(max_examples=80)
def test_quotes_may_be_part_of_the_cells(grid: list[list[str]], separator: str) -> None:
    cut = {ord(sign): None for sign in (separator, "\n", "\r")}
    grid = [[cell.translate(cut) for cell in row] for row in grid]
    assume(all(name.strip() for name in grid[0]))
    assume(len({name.strip() for name in grid[0]}) == len(grid[0]))
    with project() as folder:
        path = folder / "x.csv"
        path.write_text("\n".join(map(separator.join, grid)), encoding="utf-8", newline="")
        frame = read_table(path, None, (), Form(separator=separator, quotes="none"))
    assert frame.to_numpy().tolist() == grid[1:]


FILES: list[tuple[str, dict[str, Any]]] = [
    ("x.csv", {}),
    ("x.csv", {"delimiter": ";", "quoting": csv.QUOTE_ALL}),
    ("x.csv", {"delimiter": "|", "encoding": "utf-16"}),
    ("x.tsv", {"delimiter": "\t", "encoding": "utf-8-sig"}),
    ("x.jsonl", {}),
    ("x.parquet", {}),
]
NAMED = ["csv", "quoted", "utf-16", "tsv", "jsonl", "parquet"]


@pytest.mark.parametrize(("name", "dialect"), FILES, ids=NAMED)
@given(columns=tables())
@settings(max_examples=50)
def test_columns_are_read_back(
    name: str, dialect: dict[str, Any], columns: dict[str, Written]
) -> None:
    """Every column has the values that were written (see `check_equal`), or is refused."""
    columns = columns | {"last": Written("text", ["end"] * len(columns["c0"].values))}
    with project() as folder:
        write_table(folder / name, columns, **dialect)
        with contextlib.suppress(BadDataError):
            frame = read_table(folder / name, None)
            assert [*frame] == [*columns]
            for key, written in columns.items():
                with contextlib.suppress(BadDataError):
                    read = interpreted(folder / name, frame[key], Columns(), Reading())
                    check_equal(written, read)


@pytest.mark.parametrize("kind", ["whole", "float", "truth", "date", "moment", "time", "decimal"])
@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
@given(data=st.data())
@settings(max_examples=15)
def test_columns_with_a_type_are_never_refused(suffix: str, kind: str, data: st.DataObject) -> None:
    """Numbers, truth values, dates and times need no statement, if one is there."""
    rows = data.draw(st.integers(*ROWS))
    values = data.draw(st.lists(st.none() | VALUES[kind], min_size=rows, max_size=rows))
    assume(any(value is not None for value in values))
    columns = {"c0": Written(kind, values), "last": Written("text", ["end"] * rows)}
    with project() as folder:
        write_table(folder / f"x.{suffix}", columns)
        frame = read_table(folder / f"x.{suffix}", None)
        read = interpreted(folder, frame["c0"], Columns(), Reading())
    check_equal(columns["c0"], read)


@pytest.mark.parametrize("name", ["x.csv", "x.jsonl", "x.parquet"])
@given(columns=tables(), repeats=st.integers(1, 6))
@SLOW
def test_the_whole_way(name: str, columns: dict[str, Written], repeats: int) -> None:
    """What `new-study` accepts is prepared, with the values that were written, all rows counted."""
    columns = {key: Written(each.kind, each.values * repeats) for key, each in columns.items()}
    rows = len(columns["c0"].values)
    columns["label"] = Written("text", [("good", "bad")[i % 2] for i in range(rows)])
    with project() as folder:
        write_table(folder / name, columns)
        status, _, errors = new_study(f"data/{name}")
        if status:
            assert errors.startswith(f"data/{name}"), errors
            assert not Path("config").exists()
            return
        carried = carry(f"data/{name}")
        in_files, used, left_out = carried.counts
        assert in_files == rows
        assert in_files == used + sum(left_out.values())
        assert used == len(carried.rows)
        if carried.data["domain"] != "table":
            return
        stated = carried.data.get("missing", [])
        for field in carried.fields.values():
            written = columns[field["name"]]
            values = [None if str(v).strip() in stated else v for v in written.values]
            kept = [values[instance] for instance in carried.rows["instance"]]
            if field["name"] in (*carried.data.get("numeric", []), *carried.data.get("dates", {})):
                continue
            if "decimal" not in carried.data:
                check_equal(Written(written.kind, kept), carried.rows[field["column"]])


@given(columns=tables(2))
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
def test_three_formats_of_a_table_are_one_study(columns: dict[str, Written]) -> None:
    """A run reads the same from CSV, JSON Lines and Parquet, where it accepts them."""
    rows = len(columns["c0"].values) * 4
    columns = {key: Written(each.kind, each.values * 4) for key, each in columns.items()}
    columns["label"] = Written("text", [("good", "bad")[i % 2] for i in range(rows)])
    tables_read: list[pd.DataFrame] = []
    with project() as folder:
        for suffix in ("csv", "jsonl", "parquet"):
            write_table(folder / f"x.{suffix}", columns)
            section = {"domain": "table", "file": f"data/x.{suffix}", "label": "label"}
            with contextlib.suppress(BadDataError):
                tables_read.append(run(section).rows)
    for other in tables_read[1:]:
        assert [*other] == [*tables_read[0]]
        assert other["label"].tolist() == tables_read[0]["label"].tolist()
