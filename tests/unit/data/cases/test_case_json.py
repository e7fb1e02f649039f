"""Faults of JSON Lines files."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from own_files import LABELS, carry, put, refused, run, run_refused

ROWS = 24
TABLE = {"domain": "table", "label": "label"}


def objects(**columns: Callable[[int], Any]) -> str:
    rows = (
        {name: value(i) for name, value in columns.items()} | {"few": i % 5, "label": LABELS[i % 2]}
        for i in range(ROWS)
    )
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


KINDS: dict[str, tuple[Callable[[int], Any], Callable[[int], Any]]] = {
    "truth values": (
        lambda i: (True, False, None)[i % 3],
        lambda i: ("true", "false", None)[i % 3],
    ),
    "numbers with gaps": (lambda i: (1, 2.5, None)[i % 3], lambda i: (1.0, 2.5, None)[i % 3]),
    "texts": (lambda i: 'äß "x"'[: 2 + i % 5], lambda i: 'äß "x"'[: 2 + i % 5].strip()),
    "numbers in quotes": (lambda i: f"{i % 3}.5", lambda i: i % 3 + 0.5),
}


@pytest.mark.parametrize(("give", "expected"), KINDS.values(), ids=KINDS)
def test_kinds_of_values(give: Callable[[int], Any], expected: Callable[[int], Any]) -> None:
    carried = carry(put("x.jsonl", objects(x=give)))
    assert carried.values("x") == [expected(i) for i in range(ROWS)]


def test_dates_stay_in_the_order_of_their_days() -> None:
    carried = carry(put("x.jsonl", objects(x=lambda i: f"{i + 1:02d}/02/2024")))
    assert [value.day for value in carried.values("x")] == [*range(1, ROWS + 1)]
    assert {value.month for value in carried.values("x")} == {2}


def test_missing_keys_are_missing_cells() -> None:
    rows = [
        {"x": i % 3, "label": LABELS[i % 2]} if i % 4 else {"label": LABELS[i % 2]}
        for i in range(ROWS)
    ]
    carried = carry(put("x.jsonl", "".join(json.dumps(row) + "\n" for row in rows)))
    assert carried.values("x") == [i % 3 if i % 4 else None for i in range(ROWS)]


def test_a_byte_order_mark_and_blank_lines() -> None:
    content = objects(x=lambda i: i % 3).replace("\n", "\n\n")
    carried = carry(put("x.jsonl", ("\ufeff" + content).encode()))
    assert carried.counts == (ROWS, ROWS, {})
    assert carried.values("x") == [i % 3 for i in range(ROWS)]


def test_nested_objects_are_dropped_and_refused() -> None:
    file = put("x.jsonl", objects(user=lambda i: {"age": i, "home": "rent"}))
    told = run_refused({**TABLE, "file": file})
    assert told.startswith(f"{file}, column `user`: Neither numbers nor text but nested objects")
    carried = carry(file)
    assert carried.data["drop"] == ["user"]
    assert "`user` cannot be read (Neither numbers nor text but nested objects" in carried.said
    assert carried.values("few") == [i % 5 for i in range(ROWS)]


def test_lists_are_dropped() -> None:
    carried = carry(put("x.jsonl", objects(tags=lambda i: ["a"] * (i % 3))))
    assert "`tags` cannot be read (Neither numbers nor text but lists" in carried.said


def test_labels_of_two_types_are_refused_by_both() -> None:
    rows = (json.dumps({"x": i % 5, "label": (1, "1")[i % 2]}) for i in range(ROWS))
    file = put("x.jsonl", "\n".join(rows))
    told = refused(file)
    assert told == f"{file}, row 2, column `label`: A string, but a number in the rows before."
    assert run_refused({**TABLE, "file": file}) == told


def test_whole_numbers_that_no_float_holds() -> None:
    file = put("x.jsonl", objects(x=lambda i: 10**20 + i))
    told = refused(file)
    assert told.startswith(f"{file}, row 1, column `x`: A whole number with more than 15 digits")
    carried = run({**TABLE, "file": put("y.jsonl", objects(x=lambda i: str(10**20 + i)))})
    assert carried.values("x") == [str(10**20 + i) for i in range(ROWS)]


def test_large_whole_numbers_of_64_bits_stay_exact() -> None:
    carried = run({**TABLE, "file": put("x.jsonl", objects(x=lambda i: 2**60 + i))})
    assert carried.values("x") == [str(2**60 + i) for i in range(ROWS)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"x": 1, "label": "a"}\n{"x": 2, "label"\n', "Not JSON with one object per line"),
        ('[{"x": 1, "label": "a"}]\n', "Not JSON with one object per line"),
        ('{"x": 1, "x": 2, "label": "a"}\n', "Not JSON with one object per line"),
        ('{"x": 1, "label": "a"} {"x": 2, "label": "b"}\n', "2 objects on 1 lines"),
        ('{"x": 1,\n "label": "a"}\n', "1 objects on 2 lines"),
        ("", "The file is empty."),
        ("\n\n", "The file has no rows."),
    ],
)
def test_what_is_no_object_per_line(content: str, told: str) -> None:
    file = put("x.jsonl", content)
    assert told in refused(file)
    assert told in run_refused({**TABLE, "file": file})


def test_another_encoding() -> None:
    content = objects(x=lambda i: "äöü"[i % 3])
    assert "Not UTF-8: byte 0xe4 in line 1" in refused(put("x.jsonl", content.encode("latin-1")))
    assert "JSON Lines are in UTF-8" in refused(put("y.jsonl", content.encode("utf-16")))


def test_columns_keep_their_order_around_dates() -> None:
    content = objects(x=lambda i: i % 3, day=lambda i: f"2024-01-{i + 1:02d}", z=lambda i: i % 4)
    carried = carry(put("x.jsonl", content))
    assert [*carried.fields] == ["x", "day", "z", "few"]
    assert [value.day for value in carried.values("day")] == [*range(1, ROWS + 1)]
