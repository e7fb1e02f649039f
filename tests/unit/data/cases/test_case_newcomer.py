"""Tables as they come: which column is the label, and what is told of the others."""

import numpy as np
import pandas as pd
import pytest
from own_files import carry, put, refused, run, run_refused

ROWS = 240


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def named(told: str) -> str:
    """The column that a message names."""
    return told.split("column `")[1].split("`")[0]


def test_a_regression_on_target_beside_sex(rng: np.random.Generator) -> None:
    frame = pd.DataFrame(
        {
            "age": rng.integers(20, 80, ROWS).astype(float),
            "sex": rng.integers(1, 3, ROWS).astype(float),
            "bmi": rng.normal(25, 3, ROWS).round(1),
            "target": rng.integers(25, 340, ROWS).astype(float),
        }
    )
    told = refused(put("diabetes.csv", frame))
    assert named(told) == "target"
    assert "different numbers: a regression), which is not supported" in told
    assert "name another column, such as `sex`, with LABEL=... (`--label`)" in told
    by_hand = run_refused({"domain": "table", "file": "data/diabetes.csv", "label": "target"})
    assert "The label looks like an amount" in by_hand
    assert "Regression is not supported" in by_hand
    assert carry("data/diabetes.csv", "--label", "sex").encoding.classes == ["1", "2"]


def test_a_regression_on_salary_behind_rank_and_sex(rng: np.random.Generator) -> None:
    frame = pd.DataFrame(
        {
            "rownames": np.arange(1, ROWS + 1),
            "rank": rng.choice(["Prof", "AsstProf", "AssocProf"], ROWS),
            "discipline": rng.choice(["A", "B"], ROWS),
            "sex": rng.choice(["Male", "Female"], ROWS),
            "salary": rng.integers(57_000, 230_000, ROWS),
        }
    )
    told = refused(put("salaries.csv", frame))
    assert named(told) == "salary"
    assert "such as `discipline`, `rank`, `sex`" in told


def test_a_rating_of_wine_beside_its_judge(rng: np.random.Generator) -> None:
    frame = pd.DataFrame(
        {
            "rownames": np.arange(1, 73),
            "response": rng.permutation(np.arange(10, 82)),
            "rating": np.arange(72) % 5 + 1,
            "temp": rng.choice(["cold", "warm"], 72),
            "contact": rng.choice(["no", "yes"], 72),
            "judge": np.arange(72) // 8 + 1,
        }
    )
    told = refused(put("wine.csv", frame))
    assert named(told) == "response"
    assert "a regression" in told


@pytest.mark.parametrize("name", ["price", "label", "y", "cost"])
def test_amounts_in_the_last_column_are_no_reason_for_another_label(
    rng: np.random.Generator, name: str
) -> None:
    frame = pd.DataFrame(
        {
            "size": rng.random(ROWS),
            "zone": rng.choice(["a", "b"], ROWS),
            name: rng.uniform(100, 900, ROWS).round(2),
        }
    )
    file = put("homes.csv", frame)
    told = refused(file)
    assert named(told) == name
    assert f"The label seems to be `{name}` (" in told
    assert "a regression), which is not supported" in told
    assert "`zone`" in told
    by_hand = run_refused({"domain": "table", "file": file, "label": name})
    assert f"column `{name}`: The label looks like an amount" in by_hand
    chosen = carry(file, "--label", "zone")
    assert chosen.encoding.classes == ["a", "b"]
    assert "The label is `zone` (as stated" in chosen.said


@pytest.mark.parametrize("name", ["SeriousDlqin2yrs", "y"])
def test_the_label_at_the_first_place(rng: np.random.Generator, name: str) -> None:
    bad = (rng.random(600) < 0.1).astype(int)
    frame = pd.DataFrame(
        {
            name: bad,
            "util": rng.random(600).round(6),
            "age": rng.integers(20, 90, 600),
            "NumberOfDependents": rng.integers(0, 6, 600),
        }
    )
    carried = carry(put("dlq.csv", frame))
    assert carried.data["label"] == name
    assert carried.data["positive"] == "1"
    assert f"The label is `{name}` (" in carried.said
    assert "It might also be `NumberOfDependents`" in carried.said
    assert carried.values("label") == [str(each) for each in bad]
    assert [*carried.fields] == ["util", "age", "NumberOfDependents"]


def test_sex_beside_default(rng: np.random.Generator) -> None:
    frame = pd.DataFrame(
        {
            "sex": rng.choice(["m", "f"], ROWS),
            "default": rng.choice(["yes", "no"], ROWS),
            "age": rng.integers(20, 60, ROWS),
        }
    )
    carried = carry(put("loans.csv", frame))
    assert carried.data["label"] == "default"
    assert carried.fields["sex"]["categories"] == ["f", "m"]


def test_the_last_column_beside_a_status(rng: np.random.Generator) -> None:
    frame = pd.DataFrame(
        {
            "age": rng.integers(20, 60, ROWS),
            "status": rng.choice(["married", "single"], ROWS),
            "income": rng.choice(["low", "high"], ROWS),
        }
    )
    carried = carry(put("adult.csv", frame))
    assert carried.data["label"] == "income"
    assert "The label is `income` (the last column, 2 values)." in carried.said
    assert "It might also be `status` (2 values)" in carried.said


def test_five_long_phrases_are_no_texts(rng: np.random.Generator) -> None:
    phrases = [
        "no credits taken or all credits paid back duly",
        "all credits at this bank paid back duly",
        "existing credits paid back duly till now",
        "delay in paying off in the past",
        "critical account with other credits existing elsewhere",
    ]
    history = rng.choice(phrases, ROWS)
    frame = pd.DataFrame(
        {
            "credit_history": history,
            "amount": rng.integers(200, 9000, ROWS),
            "risk": rng.choice(["good", "bad"], ROWS),
        }
    )
    carried = carry(put("german.csv", frame))
    assert carried.data["domain"] == "table"
    assert carried.data["label"] == "risk"
    assert carried.fields["credit_history"]["categories"] == sorted(phrases)
    assert carried.values("credit_history") == history.tolist()


def test_dates_question_marks_and_postcodes(rng: np.random.Generator) -> None:
    income = rng.uniform(2000, 9000, ROWS).round(1).astype(str)
    income[5::12] = "?"
    days = pd.date_range("2012-01-01", periods=ROWS).strftime("%Y-%m-%d")
    frame = pd.DataFrame(
        {
            "issue_d": days,
            "income": income,
            "zip3": [f"{i % 60:03d}xx" for i in range(ROWS)],
            "label": rng.choice(["good", "bad"], ROWS, p=[0.7, 0.3]),
        }
    )
    carried = carry(put("loans.csv", frame))
    assert carried.values("issue_d") == [*pd.date_range("2012-01-01", periods=ROWS)]
    expected = [None if cell == "?" else float(cell) for cell in income]
    assert carried.values("income") == expected
    assert "`issue_d` is a date." in carried.said
    assert "`income`: 20 cells `?` are missing." in carried.said
    assert "`zip3` is one of 60 values. Warning: many values are rare" in carried.said
    assert carried.fields["zip3"]["kind"] == "categorical"
    assert "drop" not in carried.data


def test_a_rare_class_makes_no_leaks(rng: np.random.Generator) -> None:
    rows = 3000
    fraud = np.zeros(rows, dtype=int)
    fraud[rng.choice(rows, 6, replace=False)] = 1
    frame = pd.DataFrame(
        {
            "amount": rng.exponential(100, rows).round(2),
            "hour": rng.integers(0, 24, rows),
            "country": rng.choice(list("ABCDE"), rows),
            "fraud": fraud,
        }
    )
    carried = carry(put("fraud.csv", frame))
    assert "alone tells the label" not in carried.said
    assert carried.data["positive"] == "1"
    balance = [part["class_balance"]["1"] for part in carried.sheet["splits"].values()]
    assert sum(balance) == 6
    assert min(balance) >= 1


def test_recoveries_of_bad_loans_are_a_leak(rng: np.random.Generator) -> None:
    rows = 1200
    bad = rng.random(rows) < 0.06
    frame = pd.DataFrame(
        {
            "amount": rng.integers(1000, 40_000, rows),
            "recoveries": np.where(bad, rng.uniform(1, 900, rows).round(2), 0.0),
            "Class": np.where(bad, "bad", "good"),
        }
    )
    carried = carry(put("lending.csv", frame))
    assert "Warning: `recoveries` alone tells the label" in carried.said
    assert "`amount` alone" not in carried.said


def test_a_table_with_semicolons(rng: np.random.Generator) -> None:
    frame = pd.DataFrame(
        {
            "term": rng.choice(["term_36", "term_60"], ROWS),
            "rate": rng.uniform(5, 20, ROWS).round(2),
            "Class": rng.choice(["bad", "good"], ROWS),
        }
    )
    carried = carry(put("lending.csv", frame.to_csv(index=False, sep=";")))
    assert carried.values("rate") == frame["rate"].tolist()
    assert "Cells are separated by the semicolon." in carried.said


def test_a_table_in_latin_1(rng: np.random.Generator) -> None:
    frame = pd.DataFrame(
        {
            "city": rng.choice(["Köln", "Bern"], ROWS),
            "income": rng.random(ROWS).round(3),
            "label": rng.choice(["ja", "nein"], ROWS),
        }
    )
    file = put("table.csv", frame.to_csv(index=False).encode("latin-1"))
    line = 2 + int(np.flatnonzero(frame["city"] == "Köln")[0])
    told = refused(file)
    assert f"Not UTF-8: byte 0xf6 in line {line} of the file, place 2." in told
    assert "`data: {encoding: windows-1252}`" in told
    carried = carry(file, "--encoding", "windows-1252")
    assert carried.values("city") == frame["city"].tolist()
    data = {"domain": "table", "file": file, "label": "label", "encoding": "latin-1"}
    assert run(data).values("city") == frame["city"].tolist()


def test_a_test_file_beside_it_is_told() -> None:
    frame = pd.DataFrame({"few": np.arange(24) % 5, "label": ["a", "b"] * 12})
    put("test.csv", frame)
    assert "Warning: test.csv beside it is not read." in carry(put("train.csv", frame)).said
