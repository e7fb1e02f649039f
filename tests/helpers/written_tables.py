"""Random tables, and their cells in files: what a reader must give back is known."""

import csv
import io
import json
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from vitrine.data.readers.form import MISSING_WORDS

ROWS = (3, 12)
# Surrogates are no text.
LETTERS = st.characters(exclude_categories=["Cs"])
MARKED = st.sampled_from(list("\"'\\,;|\t\n\r -?.0123456789aäé€дई😡\u00a0\u200b=<>"))
TEXTS = st.text(MARKED | LETTERS, max_size=8) | st.sampled_from(
    [*MISSING_WORDS, "", " ", "True", "false", "1", "1.0", "007", "1,5", '"', '""', "\\", "a,b"]
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXTS,
    "whole": st.integers(-(2**63), 2**63 - 1) | st.integers(-100, 100),
    "float": st.floats(allow_nan=False, allow_infinity=False) | st.floats(-100, 100),
    "truth": st.booleans(),
    "date": st.dates(date(1, 1, 1), date(9999, 12, 31)),
    "moment": st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)),
    "time": st.times(),
    "decimal": st.decimals(-(10**8), 10**8, allow_nan=False, allow_infinity=False, places=3),
}
_TYPES = {
    "text": pa.string(),
    "whole": pa.int64(),
    "float": pa.float64(),
    "truth": pa.bool_(),
    "date": pa.date32(),
    "moment": pa.timestamp("us"),
    "time": pa.time64("us"),
    "decimal": pa.decimal128(20, 3),
}


@dataclass(frozen=True)
class Written:
    """A column of a table.

    Attributes:
        kind: a key of `VALUES`.
        values: Python objects; None where a cell is missing.
    """

    kind: str
    values: list[Any]

    def cells(self) -> list[str]:
        """As people and programs write them into files of text."""
        return ["" if value is None else _cell(value) for value in self.values]

    def json(self) -> list[Any]:
        """As JSON has them: what it has no type for is text."""
        plain = (str, bool, int, float)
        return [
            value if value is None or isinstance(value, plain) else _cell(value)
            for value in self.values
        ]

    def arrow(self) -> pa.Array:
        """As Parquet has them."""
        return pa.array(self.values, _TYPES[self.kind])


def _cell(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return repr(value)
    return value.isoformat() if isinstance(value, date | datetime | time) else str(value)


@st.composite
def tables(draw: st.DrawFn, most: int = 3) -> dict[str, Written]:
    """Tables of some columns, of any kinds, with missing cells."""
    rows = draw(st.integers(*ROWS))
    kinds = draw(st.lists(st.sampled_from([*VALUES]), min_size=1, max_size=most))
    columns = {}
    for place, kind in enumerate(kinds):
        value = VALUES[kind]
        gaps = draw(st.booleans())
        cells = st.none() | value if gaps else value
        columns[f"c{place}"] = Written(kind, draw(st.lists(cells, min_size=rows, max_size=rows)))
    return columns


def write_table(path: Path, columns: dict[str, Written], **dialect: Any) -> None:
    """Write a table; ``dialect`` is that of `csv.writer` and ``encoding``."""
    if path.suffix == ".parquet":
        pq.write_table(pa.table({name: each.arrow() for name, each in columns.items()}), path)
    elif path.suffix == ".jsonl":
        rows = zip(*(each.json() for each in columns.values()), strict=True)
        content = "".join(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in rows)
        path.write_text(content, encoding="utf-8")
    else:
        rows = zip(*(each.cells() for each in columns.values()), strict=True)
        write_cells(path, [[*columns], *map(list, rows)], **dialect)


def write_cells(path: Path, rows: list[list[str]], encoding: str = "utf-8", **dialect: Any) -> None:
    """Write rows, the names first, as `csv.writer` does."""
    stream = io.StringIO(newline="")
    csv.writer(stream, **dialect).writerows(rows)
    path.write_bytes(stream.getvalue().encode(encoding))


def check_equal(written: Written, read: pd.Series) -> None:
    """Check that a column that was read is what was written.

    Texts are equal without blanks around them, an empty one is missing, and truth values are in
    lower case; texts of which all are numbers are numbers, and words such as NA missing among them.
    Numbers are equal as floats, or in all their digits as texts. Dates and moments are equal as
    instants, times of day as seconds to the microsecond.
    """
    numeric = pd.api.types.is_numeric_dtype(read)
    assert len(read) == len(written.values)
    for value, result in zip(written.values, read, strict=True):
        missing = value is None or (isinstance(value, str) and not value.strip())
        if missing or (numeric and value in MISSING_WORDS):
            assert pd.isna(result), (value, result)
        else:
            assert _same(written.kind, value, result), (written.kind, value, result)


def _same(kind: str, value: Any, result: Any) -> bool:
    if kind == "truth":
        return bool(result == str(value).lower())
    if kind in ("date", "moment"):
        return bool(pd.Timestamp(result) == pd.Timestamp(value))
    if kind == "time":
        seconds = value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
        return abs(result - seconds) < 1e-7
    if kind == "text":
        text = value.strip()
        if isinstance(result, str):
            return result == text or (text.lower() in ("true", "false") and result == text.lower())
        return float(text) == result
    if isinstance(result, str):
        return Decimal(result) == value
    return bool(float(value) == result)
