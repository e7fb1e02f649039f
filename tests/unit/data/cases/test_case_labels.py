"""What labels and categories are, and which words mean that there is none."""

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest
from own_files import carry, lines, put, refused, run, run_refused

ROWS = 24
TABLE = {"domain": "table", "label": "label"}


def with_labels(labels: Sequence[str], rows: int = ROWS) -> str:
    return put(
        "x.csv", lines("few,label", (f"{i % 5},{labels[i % len(labels)]}" for i in range(rows)))
    )


FORMS: dict[str, tuple[Sequence[str], dict[str, str]]] = {
    "whole numbers": (["1", "1.0", "0", "0.0"], {"1": "1", "1.0": "1", "0": "0", "0.0": "0"}),
    "signs": (["+1", "1", "-1"], {"+1": "1", "1": "1", "-1": "-1"}),
    "zeros": (["0", "-0", "1"], {"0": "0", "-0": "0", "1": "1"}),
    "truth values": (["true", "True", "FALSE"], {"true": "true", "True": "true", "FALSE": "false"}),
    "blanks": (["a", " a", "b "], {"a": "a", " a": "a", "b ": "b"}),
    "codes": (["01", "1"], {"01": "01", "1": "1"}),
    "numbers and words": (["1", "1.0", "x"], {"1": "1", "1.0": "1.0", "x": "x"}),
    "long numbers": ([str(10**18), str(10**18 + 1)], {}),
    "a class called None": (["Mild", "None", "Severe"], {}),
    "a class called NA": (["NA", "EU"], {}),
    "a dash": (["-", "+"], {}),
}


@pytest.mark.parametrize(("labels", "names"), FORMS.values(), ids=FORMS)
def test_forms_of_labels(labels: Sequence[str], names: dict[str, str]) -> None:
    file = with_labels(labels)
    expected = [names.get(labels[i % len(labels)], labels[i % len(labels)]) for i in range(ROWS)]
    by_hand = run({**TABLE, "file": file})
    assert by_hand.values("label") == expected
    proposed = carry(file)
    assert proposed.values("label") == expected
    assert {*proposed.encoding.classes} == {*by_hand.encoding.classes} == {*expected}
    for name in {*expected}:
        assert f"{name} " in proposed.said.split(" classes: ")[1]


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ([1, 0], ["1", "0"]),
        ([1.0, 0.0], ["1", "0"]),
        ([True, False], ["true", "false"]),
        ([0.5, 1.0], ["0.5", "1.0"]),
        (["1", "0"], ["1", "0"]),
        (["True", "False"], ["true", "false"]),
    ],
)
@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_labels_are_the_same_in_every_format(suffix: str, labels: list, names: list[str]) -> None:
    frame = pd.DataFrame({"few": [i % 5 for i in range(ROWS)], "label": labels * (ROWS // 2)})
    expected = names * (ROWS // 2)
    carried = carry(put(f"x.{suffix}", frame))
    assert carried.values("label") == expected
    assert run({**TABLE, "file": f"data/x.{suffix}"}).values("label") == expected


@pytest.mark.parametrize("label", [None, float("nan")])
@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("classes", [["a", "b"], [1, 0], [True, False]])
def test_missing_labels_are_left_out_or_refused(suffix: str, label: Any, classes: list) -> None:
    labels = pd.Series([label if i % 6 == 5 else classes[i % 2] for i in range(ROWS)], dtype=object)
    frame = pd.DataFrame({"few": [i % 5 for i in range(ROWS)], "label": labels})
    if suffix == "parquet":
        frame["label"] = frame["label"].convert_dtypes()
    file = put(f"x.{suffix}", frame)
    told = run_refused({**TABLE, "file": file})
    assert told.startswith(
        f"{file}, row 6, column `label`: The label is missing, here and in 3 other"
    )
    carried = carry(file)
    assert "Warning: 4 rows have no label; they are left out." in carried.said
    assert carried.counts == (ROWS, ROWS - 4, {"unlabelled_rows": 4})
    assert "left out: 4 unlabelled rows." in carried.said
    assert len(carried.encoding.classes) == 2
    assert carried.values("few") == [i % 5 for i in range(ROWS) if i % 6 != 5]


@pytest.mark.parametrize("word", ["nan", "NaN", "null", "NULL", "?", "N/A", "#N/A"])
def test_words_for_no_label_are_stated(word: str) -> None:
    file = with_labels(["yes", "no", word])
    carried = carry(file)
    assert carried.data["missing"] == [word]
    assert carried.data["unlabelled"] == "leave_out"
    assert f"These words are taken for an empty cell: {word} (`data: missing`)." in carried.said
    assert {*carried.encoding.classes} == {"yes", "no"}
    assert carried.counts == (ROWS, 16, {"unlabelled_rows": 8})
    # A run to which nothing is stated takes what stands there.
    assert {*run({**TABLE, "file": file}).encoding.classes} == {"yes", "no", word}


def test_classes_that_differ_in_case_are_told() -> None:
    carried = carry(with_labels(["Yes", "yes", "no"]))
    assert {*carried.encoding.classes} == {"Yes", "yes", "no"}
    told = "The classes `Yes`, `yes` differ in case only; are they one?"
    assert told in carried.said
    assert told in carried.notes


def test_one_hot_columns_are_told() -> None:
    rows = (f"{i % 5},{int(i % 3 == 0)},{int(i % 3 == 1)},{int(i % 3 == 2)}" for i in range(ROWS))
    carried = carry(put("x.csv", lines("few,red,green,blue", rows)))
    assert "Warning: exactly one of `red`, `green`, `blue` is 1 in every row." in carried.said
    assert "write them as one column" in carried.said


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        (["yes"], "it has one value"),
        (["yes", "NaN"], "it has one value"),
        ([""], "it is empty"),
        ([f"c{i}" for i in range(ROWS)], "it has 24 values, of which some have fewer than 3 rows"),
    ],
)
def test_a_column_called_label_is_not_passed_over(labels: list[str], why: str) -> None:
    rows = (f"{i % 5},{i % 4},{labels[i % len(labels)]}" for i in range(ROWS))
    file = put("x.csv", lines("few,z,label", rows))
    told = refused(file)
    assert told.startswith(f"{file}, column `label`: It cannot be the label: {why}.")
    assert "name another column with LABEL=... (`--label`)" in told
    assert carry(file, "--label", "few").data["label"] == "few"


def test_a_class_that_is_too_rare_is_refused_by_both() -> None:
    labels = ["a" if i else "rare" for i in range(12)] + ["b"] * 12
    file = with_labels(labels)
    assert "of which some have fewer than 3 rows" in refused(file)
    told = run_refused({**TABLE, "file": file})
    assert told.startswith(
        f"{file}, row 1, column `label`: The class `rare` has 1 rows; it needs 3"
    )


def test_many_classes() -> None:
    rows = (f"{i % 7 + i % 3 / 4},{'ab'[i % 2]},c{i % 100:03d}" for i in range(300))
    carried = carry(put("x.csv", lines("x,z,label", rows)))
    assert carried.encoding.classes == [f"c{i:03d}" for i in range(100)]
    assert "The label is `label` (its name, the last column, 100 values)." in carried.said


def test_words_among_categories_are_categories_until_they_are_stated() -> None:
    masonry = [("Stone", "None", "Brick")[i % 3] for i in range(ROWS)]
    continent = [("AF", "NA", "EU", "NA")[i % 4] for i in range(ROWS)]
    frame = pd.DataFrame(
        {"continent": continent, "masonry": masonry, "label": ["good", "bad"] * 12}
    )
    file = put("x.csv", frame)
    carried = carry(file)
    assert carried.values("masonry") == masonry
    assert carried.fields["continent"]["categories"] == ["AF", "EU", "NA"]
    for told in (carried.said, carried.notes):
        assert "`continent`: 12 cells `NA` are a category; list the word in `data: missing`" in told
        assert "`masonry`: 8 cells `None` are a category" in told
    stated = run({**TABLE, "file": file, "missing": ["NA", "None"]})
    assert stated.values("masonry") == [None if cell == "None" else cell for cell in masonry]
    assert "`continent`: 12 cells `NA` are missing, as stated." in stated.notes


def test_truth_values_beside_a_word() -> None:
    member = [("True", "False", "NA")[i % 3] for i in range(ROWS)]
    frame = pd.DataFrame({"member": member, "label": ["good", "bad"] * 12})
    carried = carry(put("x.csv", frame))
    assert carried.fields["member"]["categories"] == ["NA", "false", "true"]
    assert "`member`: 8 cells `NA` are a category" in carried.said


def test_categories_that_are_stated() -> None:
    frame = pd.DataFrame({"zone": [i % 3 for i in range(ROWS)], "label": ["good", "bad"] * 12})
    file = put("x.csv", frame)
    assert carry(file).fields["zone"]["kind"] == "numeric"
    stated = run({**TABLE, "file": file, "categorical": ["zone"]})
    assert stated.fields["zone"]["categories"] == ["0", "1", "2"]


def test_a_column_of_nothing_is_dropped_and_refused() -> None:
    frame = pd.DataFrame({"few": [i % 5 for i in range(ROWS)], "none": "", "same": 1})
    file = put("x.csv", frame.assign(label=["good", "bad"] * 12))
    told = run_refused({**TABLE, "file": file})
    assert told == f"{file}, column `none`: All of it is missing; list the column in `data: drop`."
    carried = carry(file)
    assert carried.data["drop"] == ["none", "same"]
    assert "`none` is empty; it is dropped." in carried.said
    assert "`same` says nothing, it is the same everywhere; it is dropped." in carried.said


def test_json_labels_of_numbers_with_a_gap() -> None:
    rows = [{"few": i % 5, "label": (1, 0, None)[i % 3]} for i in range(ROWS)]
    carried = carry(put("x.jsonl", "".join(json.dumps(row) + "\n" for row in rows)))
    assert {*carried.encoding.classes} == {"0", "1"}
    assert carried.counts == (ROWS, 16, {"unlabelled_rows": 8})
