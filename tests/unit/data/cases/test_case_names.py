"""Names of columns that are odd, or are names of ours."""

import pandas as pd
import pytest
from own_files import GIVEN, LABELS, carry, lines, put, refused, run, run_refused

ROWS = 24
NAMES = [
    *("instance", "given", "id", "name", "product", "field:label", "field:", "film", "pixel_0"),
    *("a=b", "a=b=", "<unknown>", "x is missing", "größe", "the price (€)", "a.b", "a/b", "50%"),
    *('say "so"', "back\\slash", "select", "index", "split", "text", "missing", "user", "None"),
    *("1", "true", "null", "two\nlines"),
]


def frame(names: list[str], label: str = "label") -> pd.DataFrame:
    """A column of numbers or categories of each name, and the label."""
    columns = {
        name: [(i + place) % 5 if place % 2 else "xyz"[(i + place) % 3] for i in range(ROWS)]
        for place, name in enumerate(names)
    }
    return pd.DataFrame(columns | {label: [LABELS[i % 2] for i in range(ROWS)]})


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_any_name_may_be_that_of_a_field(suffix: str) -> None:
    table = frame(NAMES)
    carried = carry(put(f"x.{suffix}", table), "--domain", "table", "--label", "label")
    assert [*carried.fields] == NAMES
    for name, field in carried.fields.items():
        assert carried.values(field["column"]) == table[name].tolist()
    assert len({*carried.encoding.vocabulary}) == len(carried.encoding.vocabulary)
    assert carried.names(0)[1] == "given = 1"
    assert carried.names(0)[9] == '"a=b" = 4'


@pytest.mark.parametrize(
    "name", ["instance", "given", "id", "name", "product", "field:label", "a=b"]
)
def test_each_name_alone(name: str) -> None:
    carried = carry(put("x.csv", frame([name, "few"])))
    assert [*carried.fields] == [name, "few"]
    assert "drop" not in carried.data
    assert carried.values(carried.fields[name]["column"]) == ["xyz"[i % 3] for i in range(ROWS)]


@pytest.mark.parametrize("label", ["instance", "given", "id", "field:label", "a=b", "größe"])
def test_each_name_may_be_that_of_the_label(label: str) -> None:
    carried = carry(put("x.csv", frame(["label", "few"], label)), "--label", label)
    assert carried.data["label"] == label
    assert [*carried.fields] == ["label", "few"]
    assert carried.values("field:label") == ["xyz"[i % 3] for i in range(ROWS)]
    assert carried.values("label") == [LABELS[i % 2] for i in range(ROWS)]


def test_names_and_values_that_make_the_same_text_are_two_entries() -> None:
    table = frame([]).assign(**{"a": ["b=c", "x"] * 12, "a=b": ["c", "y"] * 12})
    carried = carry(put("x.csv", table))
    entries = ["a=b=c", "a=x", "a is missing", '"a=b"=c', '"a=b"=y', '"a=b" is missing']
    assert carried.encoding.vocabulary[1:] == entries


def test_a_category_called_missing_is_not_an_empty_cell() -> None:
    cells = [("seen", "", "missing", "nan", "is missing")[i % 5] for i in range(ROWS)]
    file = put("x.csv", frame(["few"]).assign(chart=cells))
    carried = run({"domain": "table", "file": file, "label": "label"})
    expected = [("seen", None, "missing", "nan", "is missing")[i % 5] for i in range(ROWS)]
    assert carried.values("chart") == expected
    entries = [entry for entry in carried.encoding.vocabulary if entry.startswith("chart")]
    assert entries == [
        *("chart=is missing", "chart=missing", "chart=nan", "chart=seen", "chart is missing")
    ]
    assert [carried.names(i)[-1] for i in (1, 2)] == ["chart is missing", "chart = missing"]
    proposed = carry(file)
    assert proposed.data["missing"] == ["nan"]
    assert "These words are taken for an empty cell: nan (`data: missing`)." in proposed.said
    assert proposed.values("chart") == [None if value == "nan" else value for value in expected]


@pytest.mark.parametrize("start", [0, 1])
def test_a_column_that_counts_the_rows_without_a_name(start: int) -> None:
    table = frame(["few"])
    table.index = pd.RangeIndex(start, start + ROWS)
    file = put("x.csv", table.to_csv())
    carried = carry(file)
    assert [*carried.fields] == ["few"]
    assert "Column 1 has no name and is empty or counts the rows; it is left out." in carried.said
    assert carried.notes in carried.said


def test_a_column_with_values_and_without_a_name() -> None:
    file = put("x.csv", frame(["few", "more"]).rename(columns={"few": ""}))
    carried = carry(file)
    assert [*carried.fields] == ["column 1", "more"]
    assert "Column 1 has no name; it is called `column 1`." in carried.said
    assert carried.values("column 1") == ["xyz"[i % 3] for i in range(ROWS)]


@pytest.mark.parametrize("names", ["a,a,label", "a, a,label", "a,label,label"])
def test_names_that_stand_twice_are_refused(names: str) -> None:
    file = put("x.csv", lines(names, (f"{i % 5},{i % 3},{LABELS[i % 2]}" for i in range(ROWS))))
    told = refused(file)
    assert "stands twice; give each its own name." in told
    assert run_refused({"domain": "table", "file": file, "label": "label"}) == told


def test_a_product_is_a_field() -> None:
    carried = carry(put("x.csv", frame(["product", "n"])))
    assert carried.fields["product"]["categories"] == ["x", "y", "z"]
    assert {"product", "n"} < {*carried.rows}
    assert "product=x" in carried.encoding.vocabulary


def test_an_id_is_a_field_or_identifies_rows() -> None:
    file = put("x.csv", frame(["id", "age"]).assign(id=[i // 2 for i in range(ROWS)]))
    carried = carry(file)
    assert carried.values("field:id") == [i // 2 for i in range(ROWS)]
    told = run_refused({"domain": "table", "file": file, "label": "label", "id": "id"})
    assert told == f"{file}, row 2, column `id`: `0` stands above already; every row needs its own."


def test_a_field_called_given_beside_a_split() -> None:
    table = frame(["given", "few"]).assign(part=["train", "train", "test", "test"] * 6)
    data = {"domain": "table", "file": put("x.csv", table), "label": "label", "split": "part"}
    carried = run(data, GIVEN)
    assert [*carried.fields] == ["given", "few"]
    test = pd.read_parquet("out/test.parquet")
    assert test["instance"].tolist() == [i for i in range(ROWS) if i % 4 > 1]
