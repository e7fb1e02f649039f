"""Types that columns of Parquet files have."""

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from own_files import LABELS, carry, put, refused, run, run_refused

ROWS = 24
TABLE = {"domain": "table", "label": "label"}
NUMBERS = [1.5, 2.5, None, 0.25]
UTC = dt.timezone(dt.timedelta(hours=2))


def write(columns: dict[str, pa.Array], name: str = "x.parquet") -> str:
    file = put(name, b"")
    labels = pa.array([LABELS[i % 2] for i in range(ROWS)])
    few = pa.array([i % 5 for i in range(ROWS)])
    pq.write_table(pa.table({**columns, "few": few, "label": labels}), file)
    return file


def often(values: list[Any]) -> list[Any]:
    """The values again and again."""
    return [values[i % len(values)] for i in range(ROWS)]


def codes(values: pa.Array) -> pa.Array:
    """A dictionary of which some rows have no entry."""
    indices = pa.array(often([*range(len(values)), None]), pa.int8())
    return pa.DictionaryArray.from_arrays(indices, values)


KINDS: dict[str, tuple[pa.Array, list[Any]]] = {
    "times of day": (
        pa.array(often([dt.time(1, 5, 6, 700000), dt.time(23, 0), None])),
        often([3906.7, 82800.0, None]),
    ),
    "times of day in seconds": (
        pa.array(often([dt.time(1, 5), dt.time(0, 0)]), pa.time32("s")),
        often([3900.0, 0.0]),
    ),
    "decimals": (
        pa.array(often([Decimal("313.83"), Decimal("0.05"), None]), pa.decimal128(10, 2)),
        often([313.83, 0.05, None]),
    ),
    "decimals of scale 0": (
        pa.array(often([Decimal(7), Decimal(-3), None]), pa.decimal128(10, 0)),
        often([7.0, -3.0, None]),
    ),
    "large decimals": (
        pa.array(often([Decimal(10**25 + 1), Decimal(10**25 + 2)]), pa.decimal256(40, 0)),
        often([str(10**25 + 1), str(10**25 + 2)]),
    ),
    "durations": (
        pa.array(often([dt.timedelta(hours=1), dt.timedelta(milliseconds=5), None])),
        often([3600.0, 0.005, None]),
    ),
    "long durations": (
        pa.array(often([dt.timedelta(days=4000), dt.timedelta(days=1)]), pa.duration("ns")),
        often([4000 * 86400.0, 86400.0]),
    ),
    "a dictionary of numbers": (pa.array(often(NUMBERS)).dictionary_encode(), often(NUMBERS)),
    "a dictionary of truth values": (
        codes(pa.array([True, False])),
        often(["true", "false", None]),
    ),
    "a dictionary of dates": (
        codes(pa.array([dt.date(2020, 1, 1), dt.date(2021, 3, 4)])),
        often([pd.Timestamp(2020, 1, 1), pd.Timestamp(2021, 3, 4), None]),
    ),
    "a dictionary of decimals": (
        codes(pa.array([Decimal("1.5"), Decimal("2.25")])),
        often([1.5, 2.25, None]),
    ),
    "a dictionary of texts": (codes(pa.array(["x", "y"])), often(["x", "y", None])),
    "truth values with gaps": (
        pa.array(often([True, None, False])),
        often(["true", None, "false"]),
    ),
    "whole numbers with gaps": (pa.array(often([3, None, 5])), often([3.0, None, 5.0])),
    "small numbers": (pa.array(often([3, 200]), pa.uint8()), often([3, 200])),
    "half floats": (
        pa.array(np.array(often([0.5, -2.0]), np.float16)),
        often([0.5, -2.0]),
    ),
    "the largest float that counts": (
        pa.array(often([2**53, 2**53 - 1]), pa.int64()),
        often([2**53, 2**53 - 1]),
    ),
    "large unsigned numbers": (
        pa.array(often([2**64 - 1, 2**64 - 2]), pa.uint64()),
        often([str(2**64 - 1), str(2**64 - 2)]),
    ),
    "large signed numbers": (
        pa.array(often([-(2**60) - 1, 2**60 + 1]), pa.int64()),
        often([str(-(2**60) - 1), str(2**60 + 1)]),
    ),
    "dates": (
        pa.array(often([dt.date(1969, 12, 31), dt.date(2024, 2, 29), None])),
        often([pd.Timestamp(1969, 12, 31), pd.Timestamp(2024, 2, 29), None]),
    ),
    "dates in milliseconds": (
        pa.array(often([dt.date(1969, 12, 31), dt.date(2024, 2, 29)]), pa.date64()),
        often([pd.Timestamp(1969, 12, 31), pd.Timestamp(2024, 2, 29)]),
    ),
    "moments of a zone": (
        pa.array(often([dt.datetime(2024, 1, 1, 1, tzinfo=UTC)] * 2), pa.timestamp("ns", "UTC")),
        often([pd.Timestamp(2023, 12, 31, 23)]),
    ),
    "large texts": (pa.array(often(["x", "y"]), pa.large_string()), often(["x", "y"])),
    "views of texts": (pa.array(often(["x", "y"]), pa.string_view()), often(["x", "y"])),
}


@pytest.mark.parametrize(("array", "expected"), KINDS.values(), ids=KINDS)
def test_every_type_is_read(array: pa.Array, expected: list[Any]) -> None:
    file = write({"x": array})
    assert run({**TABLE, "file": file}).values("x") == expected
    carried = carry(file)
    assert carried.counts == (ROWS, ROWS, {})
    if "x" not in carried.data.get("drop", []):
        assert carried.values("x") == expected


def test_fields_by_type() -> None:
    file = write({name: array for name, (array, _) in KINDS.items()})
    kinds = {name: field["kind"] for name, field in run({**TABLE, "file": file}).fields.items()}
    categories = {name for name, kind in kinds.items() if kind == "categorical"}
    assert categories == {
        "large decimals",
        "a dictionary of truth values",
        "a dictionary of texts",
        "truth values with gaps",
        "large unsigned numbers",
        "large signed numbers",
        "large texts",
        "views of texts",
    }


NESTED = {
    "lists": pa.array(often([["a", "b"], ["c"]])),
    "nested objects": pa.array(often([{"age": 1}, {"age": 2}])),
    "bytes": pa.array(often([b"\x00", b"\xff"])),
}


@pytest.mark.parametrize(("what", "array"), NESTED.items(), ids=NESTED)
def test_nested_columns_are_dropped_and_refused(what: str, array: pa.Array) -> None:
    file = write({"tags": array})
    told = run_refused({**TABLE, "file": file})
    assert told == (
        f"{file}, column `tags`: Neither numbers nor text but {what}; list the column in "
        "`data: drop`."
    )
    carried = carry(file)
    assert carried.data["drop"] == ["tags"]
    assert f"`tags` cannot be read (Neither numbers nor text but {what}" in carried.said
    assert {*carried.fields} == {"few"}


def test_several_labels_in_a_row_are_not_supported() -> None:
    labels = pa.array(often([["a"], ["a", "b"]]))
    file = put("x.parquet", b"")
    pq.write_table(pa.table({"few": pa.array(often([1, 2, 3])), "label": labels}), file)
    for told in (refused(file), run_refused({**TABLE, "file": file})):
        assert told.startswith(f"{file}, column `label`: ")
        assert "A row has several values, such as several labels, which is not supported" in told


def test_names_of_classes_in_the_file() -> None:
    file = put("x.parquet", b"")
    features = b'{"info": {"features": {"label": {"names": ["no", "yes"], "_type": "ClassLabel"}}}}'
    table = pa.table({"few": often([1, 2, 3]), "label": often([0, 1, -1, 1])})
    pq.write_table(table.replace_schema_metadata({b"huggingface": features}), file)
    carried = carry(file)
    # The rarer one is to be detected.
    assert carried.encoding.classes == ["yes", "no"]
    assert carried.data["unlabelled"] == "leave_out"
    assert carried.counts == (ROWS, 18, {"unlabelled_rows": 6})


def test_numbers_stated_as_categories_have_their_shortest_form() -> None:
    frame = pd.DataFrame(
        {"grade": often([0.1, 2.5, 7.0]), "level": often([3, 4]), "label": often(["a", "b"])}
    )
    file = put("x.parquet", frame)
    carried = run({**TABLE, "file": file, "categorical": ["grade", "level"]})
    assert carried.fields["grade"]["categories"] == ["0.1", "2.5", "7"]
    assert carried.fields["level"]["categories"] == ["3", "4"]


def test_the_index_of_a_data_frame_is_left_out() -> None:
    frame = pd.DataFrame({"few": often([1, 2, 3]), "label": often(["a", "b"])})
    carried = carry(put("x.parquet", frame.iloc[[*range(1, ROWS), 0]]))
    assert {*carried.fields} == {"few"}
    assert "row labels of the data frame" in carried.said


def test_infinite_numbers_are_refused_by_both() -> None:
    values = [float("inf") if i == 7 else i / 2 for i in range(ROWS)]
    file = write({"x": pa.array(values)})
    told = refused(file)
    assert told.startswith(f"{file}, row 8, column `x`: The number is not finite")
    assert run_refused({**TABLE, "file": file}) == told


def test_texts_that_are_not_utf_8_are_refused() -> None:
    offsets = pa.py_buffer(np.arange(ROWS + 1, dtype=np.int32).tobytes())
    text = pa.Array.from_buffers(pa.string(), ROWS, [None, offsets, pa.py_buffer(b"\xe9a" * 12)])
    file = write({"x": text})
    assert refused(file).startswith(f"{file}: Not a Parquet file that can be read: ")


def test_what_is_no_parquet_file() -> None:
    file = put("x.parquet", b"a,b\n1,2\n")
    assert "Not a Parquet file that can be read" in refused(file)
