"""Classes that a split lacks, and splits that a column states."""

from collections.abc import Sequence

import pandas as pd
import pytest
from own_files import GIVEN, LABELS, carry, put, refused, run, run_refused

TABLE = {"domain": "table", "label": "label"}
TEXT = {"domain": "text", "text": "text", "label": "label"}


def table(labels: Sequence[str], splits: Sequence[str] | None = None) -> str:
    frame = pd.DataFrame({"few": [i % 5 for i in range(len(labels))], "label": labels})
    return put("x.csv", frame if splits is None else frame.assign(split=splits))


def counts(split: str) -> dict[str, int]:
    return pd.read_parquet(f"out/{split}.parquet")["label"].value_counts().to_dict()


@pytest.mark.parametrize("rare", [3, 4, 5, 6])
def test_a_rare_class_has_a_row_in_each_split(rare: int) -> None:
    labels = ["rare"] * rare + ["high", "low"] * 30
    carried = carry(table(labels))
    assert carried.counts == (len(labels), len(labels), {})
    rows = [counts(split)["rare"] for split in ("train", "validation", "test")]
    assert sum(rows) == rare
    assert min(rows) == 1


def test_names_of_splits_are_understood_and_told() -> None:
    splits = ["Train", "Train", "Train", "val", "val", "dev", "test", "Testing"] * 6
    carried = carry(table([LABELS[i % 2] for i in range(48)], splits))
    assert carried.data["split"] == "split"
    assert carried.study["split"]["kind"] == "given"
    for name in ("val", "dev"):
        assert f"The split `{name}` is taken as validation." in carried.said
    assert "The split `testing` is taken as test." in carried.notes
    validation = pd.read_parquet("out/validation.parquet")["instance"].tolist()
    assert validation == [i for i in range(48) if i % 8 in (3, 4, 5)]
    assert [*carried.fields] == ["few"]


def test_without_validation_rows_they_are_drawn_from_the_training_rows() -> None:
    splits = ["train", "train", "test"] * 16
    carried = carry(table([LABELS[i % 2] for i in range(48)], splits))
    test = pd.read_parquet("out/test.parquet")["instance"].tolist()
    assert test == [i for i in range(48) if i % 3 == 2]
    assert carried.sheet["splits"]["validation"]["rows"] > 0


def test_a_given_split_that_lacks_a_class() -> None:
    labels = [LABELS[i % 2] for i in range(48)]
    splits = ["test" if i % 4 == 0 else "train" for i in range(48)]
    file = table(labels, splits)
    told = refused(file)
    assert told == (
        f"{file}: The split test has no row of the class `bad`. The class has 24 rows. Add rows, "
        "join it with another class or leave it out, or draw the splits with "
        "`split: {kind: random}`."
    )
    assert run_refused({**TABLE, "file": file, "split": "split"}, GIVEN) == told


@pytest.mark.parametrize("missing", ["train", "test"])
def test_a_given_split_that_has_no_rows(missing: str) -> None:
    labels = [LABELS[i % 2] for i in range(48)]
    there = "test" if missing == "train" else "train"
    splits = [("validation", there)[i // 2 % 2] for i in range(48)]
    file = table(labels, splits)
    told = run_refused({**TABLE, "file": file, "split": "split"}, GIVEN)
    assert f"The split {missing} has no row of the class `bad`. The class has 24 rows." in told
    # Without training and test rows the column is a field, not a split.
    assert "split" not in carry(file).data


def test_another_word_in_the_column_of_the_split() -> None:
    splits = ["train", "test", "holdout"] * 8
    file = table([LABELS[i % 2] for i in range(24)], splits)
    told = run_refused({**TABLE, "file": file, "split": "split"}, GIVEN)
    assert told.startswith(f"{file}, row 3, column `split`: 'holdout' is none of train, validation")


def test_an_empty_cell_in_the_column_of_the_split() -> None:
    splits = ["train", "test", ""] * 8
    file = table([LABELS[i % 2] for i in range(24)], splits)
    told = run_refused({**TABLE, "file": file, "split": "split"}, GIVEN)
    assert told.startswith(f"{file}, row 3, column `split`: ")


def test_a_class_that_duplicates_take_away() -> None:
    rows = [
        (f"how do I sort in {word} variant {i}", label)
        for i in range(12)
        for word, label in (("Java", "java"), ("JAVA!", "script"), ("Rust", "rust"))
    ]
    file = put("x.csv", pd.DataFrame(rows, columns=["text", "label"]))
    told = refused(file)
    assert (
        "has no row of the class `script`. The class has 12 rows, of which 12 are left out as"
        in (told)
    )
    assert run_refused({**TEXT, "file": file}) == told


def test_c_and_its_relatives_are_three_classes() -> None:
    rows = [
        (f"how do I sort in {word} variant {i}", label)
        for i in range(12)
        for word, label in (("C", "c"), ("C++", "cpp"), ("C#", "csharp"))
    ]
    carried = carry(put("x.csv", pd.DataFrame(rows, columns=["text", "label"])))
    assert carried.encoding.classes == ["c", "cpp", "csharp"]
    assert carried.counts == (36, 36, {})
    assert {"c", "c++", "c#"} < {*carried.encoding.vocabulary}


def test_texts_with_two_labels_are_told() -> None:
    rows = [(f"tea number {i} again", LABELS[i % 2]) for i in range(40)]
    rows += [(f"Tea number {i} again!", LABELS[1 - i % 2]) for i in range(10)]
    rows += [(f"tea, number {i} again", LABELS[i % 2]) for i in range(20, 25)]
    file = put("x.csv", pd.DataFrame(rows, columns=["text", "label"]))
    carried = carry(file)
    assert "15 texts stand there more than once; each is used once." in carried.said
    assert "Warning: 10 of these bear another label than the same text before." in carried.said
    assert carried.counts == (55, 40, {"duplicates": 15})
    assert carried.sheet["contradicting_duplicates"] == 10
    none = run({**TEXT, "file": file, "contradictions": "leave_out"})
    assert none.counts == (55, 30, {"duplicates": 25})
    told = run_refused({**TEXT, "file": file, "contradictions": "stop"})
    assert told.startswith(f"{file}, row 1: The same text as in row 41, but with the label `good`")
