"""Columns of numbers in the forms that people write them in."""

from collections.abc import Callable

import pytest
from own_files import LABELS, carry, labelled, lines, put, refused, run, run_refused

ROWS = 24
TABLE = {"domain": "table", "label": "label"}
# How cell i of a column is written, and the number that it means.
AMOUNTS: dict[str, tuple[Callable[[int], str], Callable[[int], float]]] = {
    "groups": (lambda i: f"{i + 1},{100 + i}.25", lambda i: 1000 * (i + 1) + 100 + i + 0.25),
    "millions": (lambda i: f"1,{100 + i},{200 + i}", lambda i: 1_100_200 + 1001 * i),
    "dollars": (lambda i: f"${i}.5", lambda i: i + 0.5),
    "dollars in groups": (lambda i: f"${i + 1},{100 + i}", lambda i: 1000 * (i + 1) + 100 + i),
    "euros behind": (lambda i: f"{i}.5 €", lambda i: i + 0.5),
    "a code of currency": (lambda i: f"USD {i}.5", lambda i: i + 0.5),
    "rupees": (lambda i: f"₹{i}", lambda i: i),
    "per cent": (lambda i: f"{i / 2}%", lambda i: i / 2),
    "per cent apart": (lambda i: f"{i} %", lambda i: i),
    "spaces": (lambda i: f"{i + 1} {100 + i}", lambda i: 1000 * (i + 1) + 100 + i),
    "no-break spaces": (lambda i: f"{i + 1}\u00a0{100 + i}", lambda i: 1000 * (i + 1) + 100 + i),
    "thin spaces": (lambda i: f"{i + 1}\u202f{100 + i}.5", lambda i: 1000 * (i + 1) + 100.5 + i),
    "apostrophes": (lambda i: f"{i + 1}'{100 + i}", lambda i: 1000 * (i + 1) + 100 + i),
    "curly apostrophes": (lambda i: f"{i + 1}’{100 + i}", lambda i: 1000 * (i + 1) + 100 + i),
    "brackets": (lambda i: f"({100 + i}.5)", lambda i: -100.5 - i),
    "a negative sum": (lambda i: f"-${i + 1},{100 + i}", lambda i: -1000 * (i + 1) - 100 - i),
    "a true minus sign": (lambda i: f"−{100 + i}.5", lambda i: -100.5 - i),
}


@pytest.mark.parametrize(("write", "value"), AMOUNTS.values(), ids=AMOUNTS)
def test_amounts_are_told_and_read(
    write: Callable[[int], str], value: Callable[[int], float]
) -> None:
    file = put("x.csv", labelled({"x": [write(i) for i in range(ROWS)]}))
    by_hand = run_refused({**TABLE, "file": file})
    assert by_hand.startswith(f"{file}, row 1, column `x`: `{write(0)}`")
    assert "List the column in `data: numeric` to read numbers" in by_hand
    carried = carry(file)
    assert carried.data["numeric"] == ["x"]
    assert "Warning: read as numbers, please check: x (`data: numeric`)." in carried.said
    assert carried.values("x") == pytest.approx([value(i) for i in range(ROWS)])
    assert carried.fields["x"]["kind"] == "numeric"
    assert carried.counts == (ROWS, ROWS, {})
    as_names = run({**TABLE, "file": file, "categorical": ["x"]})
    assert as_names.values("x") == [write(i) for i in range(ROWS)]


def test_some_amounts_among_plain_numbers() -> None:
    cells = [str(100 * i) if i < 10 else f"{i // 10},{100 + i}" for i in range(ROWS)]
    file = put("x.csv", labelled({"x": cells}))
    assert f"{file}, row 11, column `x`: `1,110`: 14 cells" in run_refused({**TABLE, "file": file})
    carried = carry(file)
    expected = [100 * i if i < 10 else 1000 * (i // 10) + 100 + i for i in range(ROWS)]
    assert carried.values("x") == expected


def test_the_columns_of_a_table_in_dollars_and_per_cent() -> None:
    cells = {
        "income": [f'"{30 + i},{200 + i}.28"' for i in range(ROWS)],
        "limit": [f'"${10 + i},{400 + i}"' for i in range(ROWS)],
        "share": [f"{i + 0.5}%" for i in range(ROWS)],
    }
    carried = carry(put("x.csv", labelled(cells, ",")))
    assert carried.data["numeric"] == ["income", "limit", "share"]
    assert carried.values("income")[:2] == [30200.28, 31201.28]
    assert carried.values("limit")[:2] == [10400, 11401]
    assert carried.values("share")[:2] == [0.5, 1.5]
    assert "drop" not in carried.data


@pytest.mark.parametrize("separator", [";", ","])
def test_a_decimal_comma(separator: str) -> None:
    quote = '"' if separator == "," else ""
    cells = {
        "Betrag": [f"{quote}{i},{54 + i}{quote}" for i in range(ROWS)],
        "Region": ["NS"[i // 2 % 2] for i in range(ROWS)],
    }
    file = put("x.csv", labelled(cells, separator))
    by_hand = run_refused({**TABLE, "file": file})
    assert f"{file}, row 1, column `Betrag`: `0,54`: all of the column look like" in by_hand
    assert 'State `data: {decimal: ","}`' in by_hand
    carried = carry(file)
    assert carried.data["decimal"] == ","
    assert "Numbers have a decimal comma (`data: decimal`)." in carried.said
    assert carried.values("Betrag") == [i + (54 + i) / 100 for i in range(ROWS)]
    assert carried.fields["Region"]["categories"] == ["N", "S"]


DECIMAL_COMMAS: dict[str, tuple[Callable[[int], str], Callable[[int], float]]] = {
    "with groups": (lambda i: f"{i + 1}.{100 + i},5", lambda i: 1000 * (i + 1) + 100.5 + i),
    "with spaces": (lambda i: f"{i + 1} {100 + i},5", lambda i: 1000 * (i + 1) + 100.5 + i),
    "with a sign": (lambda i: f"{i},5 €", lambda i: i + 0.5),
    "per cent": (lambda i: f"{i},5 %", lambda i: i + 0.5),
    "without a digit before": (lambda i: f",{i + 10}5", lambda i: (10 * i + 105) / 1000),
    "with an exponent": (lambda i: f"{i},5e3", lambda i: 1000 * i + 500),
}


@pytest.mark.parametrize(("write", "value"), DECIMAL_COMMAS.values(), ids=DECIMAL_COMMAS)
def test_forms_with_a_decimal_comma(
    write: Callable[[int], str], value: Callable[[int], float]
) -> None:
    carried = carry(put("x.csv", labelled({"x": [write(i) for i in range(ROWS)]})))
    assert carried.data["decimal"] == ","
    assert carried.values("x") == pytest.approx([value(i) for i in range(ROWS)])


def test_a_comma_before_three_digits_may_be_either() -> None:
    file = put("x.csv", labelled({"x": [f"{i + 1},{500 + i}" for i in range(ROWS)]}))
    told = "`1,500` may also be a number with a decimal comma"
    assert told in run_refused({**TABLE, "file": file})
    carried = carry(file)
    assert told in carried.said
    assert carried.values("x")[:2] == [1500, 2501]


def test_a_stated_decimal_comma() -> None:
    file = put("x.csv", labelled({"x": [f"{i + 1},{500 + i}" for i in range(ROWS)]}))
    carried = carry(file, "--decimal", ",")
    assert carried.data["decimal"] == ","
    assert carried.values("x")[:2] == [1.5, 2.501]
    assert "may also" not in carried.said


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_two_decimal_marks_in_a_file_are_refused(order: tuple[str, str]) -> None:
    cells = {"a": [f"{i},5" for i in range(ROWS)], "b": [f"{i}.25" for i in range(ROWS)]}
    file = put("x.csv", labelled({name: cells[name] for name in order}))
    told = refused(file)
    assert told.startswith(f"{file}, row 1, column `b`: `0.25`: all of the column look like")
    assert "Write all numbers of the file with one mark" in told
    assert run_refused({**TABLE, "file": file, "decimal": ","}) == told


def test_two_decimal_marks_in_a_column_are_told() -> None:
    cells = [f"{i}.25" if i % 3 else f"{i},25" for i in range(ROWS)]
    file = put("x.csv", labelled({"x": cells, "n": [str(i % 5) for i in range(ROWS)]}))
    assert "row 1, column `x`: `0,25` is no number" in run_refused({**TABLE, "file": file})
    assert "`0,25` is no number" in carry(file).said


def test_two_units_in_a_column_are_no_numbers() -> None:
    cells = [f"{'$€'[i % 2]}{i}" for i in range(ROWS)]
    file = put("x.csv", labelled({"price": cells, "n": [str(i % 5) for i in range(ROWS)]}))
    carried = carry(file)
    assert carried.data["drop"] == ["price"]
    assert "`price` cannot be read (The numbers have different units: $, €.); it is dr" in (
        carried.said
    )
    told = run_refused({**TABLE, "file": file, "numeric": ["price"]})
    assert "column `price`: The numbers have different units: $, €." in told


def test_units_and_plain_numbers_are_one_column() -> None:
    cells = [f"{i}%" if i % 2 else str(i) for i in range(ROWS)]
    assert carry(put("x.csv", labelled({"x": cells}))).values("x") == [*range(ROWS)]


def test_codes_keep_their_zeros() -> None:
    cells = [f"{i % 7:05d}" for i in range(ROWS)]
    file = put("x.csv", labelled({"zip": cells}))
    carried = carry(file)
    assert carried.values("zip") == cells
    assert carried.fields["zip"]["categories"] == [f"{n:05d}" for n in range(7)]
    assert "`zip`: `00000` has a leading zero" in carried.notes
    numbers = run({**TABLE, "file": file, "numeric": ["zip"]})
    assert numbers.values("zip") == [i % 7 for i in range(ROWS)]


def test_codes_of_which_few_have_zeros() -> None:
    cells = [f"0{i}" if i == 7 else str(10 + i % 5) for i in range(ROWS)]
    carried = carry(put("x.csv", labelled({"code": cells})))
    assert carried.values("code") == cells
    assert "`code`: `07` has a leading zero" in carried.said


def test_a_zero_before_the_point_is_no_code() -> None:
    cells = [f"0.{i}5" for i in range(ROWS)]
    assert carry(put("x.csv", labelled({"x": cells}))).values("x") == [float(c) for c in cells]


def test_numbers_of_accounts_are_no_floats() -> None:
    accounts = [str(10**19 + i) for i in range(ROWS)]
    cells = {"account": accounts, "n": [str(i % 5) for i in range(ROWS)]}
    file = put("x.csv", labelled(cells))
    carried = carry(file)
    assert carried.data["drop"] == ["account"]
    assert "`account` looks like a number of an account" in carried.said
    by_hand = run({**TABLE, "file": file})
    assert by_hand.values("account") == accounts
    assert "more than 15 digits" in by_hand.notes


@pytest.mark.parametrize("word", ["?", "NA", "N/A", "None", "null", "NaN", "-", "."])
def test_words_among_numbers_are_missing(word: str) -> None:
    cells = [word if i % 6 == 0 else f"{i}.3" for i in range(ROWS)]
    carried = carry(put("x.csv", labelled({"power": cells})))
    assert carried.values("power") == [None if i % 6 == 0 else i + 0.3 for i in range(ROWS)]
    assert f"`power`: 4 cells `{word}` are missing." in carried.said
    assert f"`power`: 4 cells `{word}` are missing." in carried.notes


def test_an_empty_cell_among_whole_numbers() -> None:
    cells = ["" if i == 3 else str(i % 5) for i in range(ROWS)]
    carried = carry(put("x.csv", labelled({"x": cells})))
    assert carried.values("x") == [None if i == 3 else i % 5 for i in range(ROWS)]
    assert carried.sheet["canonical_table"]["missing_values"]["x"] == 1


def test_a_word_in_a_column_of_numbers() -> None:
    cells = {
        "x": ["about 3" if i == 5 else f"{i}.5" for i in range(ROWS)],
        "n": [str(i % 5) for i in range(ROWS)],
    }
    file = put("x.csv", labelled(cells))
    told = run_refused({**TABLE, "file": file})
    assert told.startswith(f"{file}, row 6, column `x`: `about 3` is no number, as 95.8%")
    assert "list the word in `data: missing`" in told
    assert "`about 3` is no number" in carry(file).said
    stated = run({**TABLE, "file": file, "missing": ["about 3"]})
    assert stated.values("x") == [None if i == 5 else i + 0.5 for i in range(ROWS)]


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e999"])
def test_infinite_numbers_are_refused_by_both(cell: str) -> None:
    cells = {"x": [cell if i == 7 else f"{i}.5" for i in range(ROWS)]}
    file = put("x.csv", labelled({**cells, "z": ["ab"[i // 2 % 2] for i in range(ROWS)]}))
    told = refused(file)
    assert told.startswith(f"{file}, row 8, column `x`: The number is not finite; leave the cell")
    assert run_refused({**TABLE, "file": file}) == told


def test_measures_and_amounts_that_all_differ_are_no_identifiers() -> None:
    cells = {
        "serial": [str(5000 + i) for i in range(ROWS)],
        "weight": [f"{i}.5" for i in range(ROWS)],
        "price": [f"${i}" for i in range(ROWS)],
    }
    carried = carry(put("x.csv", labelled(cells)))
    assert carried.data["drop"] == ["serial"]
    assert "`serial` looks like an identifier, another in every row; it is dropped." in carried.said
    assert {*carried.fields} == {"weight", "price"}


def test_a_table_of_nothing_but_identifiers_says_so() -> None:
    file = put("x.csv", lines("serial,label", (f"{i},{LABELS[i % 2]}" for i in range(ROWS))))
    told = refused(file)
    assert "No column beside the label tells anything. `serial` looks like an identifier" in told


def test_exponents_and_signs() -> None:
    cells = [f"+{i}.5e-2" if i % 2 else f"-{i}E3" for i in range(ROWS)]
    carried = carry(put("x.csv", labelled({"x": cells})))
    assert carried.values("x") == [float(cell) for cell in cells]
