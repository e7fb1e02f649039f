"""Properties of reading numbers: what a writer of known forms wrote has its value."""

import math

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.data.readers.cells import whole_numbers
from vitrine.data.readers.numbers import Mark, Numbers, read_numbers

# The least sum that has groups of digits.
THOUSAND = 1000
OTHER: dict[Mark, str] = {".": ",", ",": "."}
MARKS = st.sampled_from([*OTHER])
SIGNS = ["$", "€", "£", "USD", "₹"]


def read_one(cell: str, decimal: Mark = ".") -> Numbers:
    return read_numbers(pd.Series([cell], dtype="str"), decimal)


def grouped(whole: int, gap: str) -> str:
    """Digits in groups of three."""
    return f"{whole:,}".replace(",", gap)


@st.composite
def amounts(draw: st.DrawFn) -> tuple[str, float, Mark, bool]:
    """A sum as people write it, its value, the decimal mark, and whether it is a plain number."""
    decimal = draw(MARKS)
    whole = draw(st.integers(0, 10**12))
    cents = draw(st.integers(0, 99))
    negative = draw(st.booleans())
    gap = draw(st.sampled_from(["", OTHER[decimal], " ", "'", "’", "\u00a0", "\u202f"]))
    text = grouped(whole, gap) + draw(st.sampled_from(["", f"{decimal}{cents:02d}"]))
    value = float(f"{whole}.{cents:02d}" if decimal in text[-3:] else whole)
    before = draw(st.sampled_from(["", *SIGNS]))
    after = "" if before else draw(st.sampled_from(["", "%", " %", *SIGNS, " €"]))
    blank = draw(st.sampled_from(["", " "])) if before else ""
    brackets = negative and draw(st.booleans())
    text = f"{before}{blank}{text}{after}"
    if negative:
        text = f"({text})" if brackets else f"-{text}"
    plain = not (before or after or brackets or (gap and whole >= THOUSAND))
    return text, -value if negative else value, decimal, plain


@given(amounts())
@settings(max_examples=400)
def test_sums_have_their_value(written: tuple[str, float, Mark, bool]) -> None:
    text, value, decimal, plain = written
    numbers = read_one(text, decimal)
    assert numbers.values[0] == value
    assert numbers.amounts[0] == (not plain)


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=20), MARKS)
def test_numbers_of_programs_are_exact(values: list[float], decimal: Mark) -> None:
    texts = [repr(value).replace(".", decimal) for value in values]
    numbers = read_numbers(pd.Series(texts, dtype="str"), decimal)
    assert numbers.values.tolist() == values
    assert not numbers.amounts.any()


@given(st.integers(-(10**30), 10**30))
def test_digits_that_no_float_holds_are_codes(number: int) -> None:
    numbers = read_one(str(number))
    assert numbers.values[0] == float(number)
    assert numbers.codes[0] == (len(str(abs(number))) > 15)


@given(st.integers(0, 10**9), st.integers(1, 5))
def test_leading_zeros_are_codes(number: int, zeros: int) -> None:
    numbers = read_one("0" * zeros + str(number))
    assert numbers.values[0] == number
    assert numbers.codes[0]


@given(st.lists(st.text(max_size=8) | st.text("0123456789.,-+eE $%() '", max_size=8), max_size=20))
@settings(max_examples=300)
def test_any_text_is_a_number_or_none(texts: list[str]) -> None:
    """What Python takes for a plain number has the same value; nothing else is plain."""
    cells = [text.strip() for text in texts]
    numbers = read_numbers(pd.Series(cells, dtype="str"))
    assert len(numbers.values) == len(cells)
    for cell, value, amount in zip(cells, numbers.values, numbers.amounts, strict=True):
        # Python also reads digits of other scripts, underscores and `nan`.
        usual = cell.isascii() and "_" not in cell
        try:
            expected = float(cell) if usual else math.nan
        except ValueError:
            expected = math.nan
        if not math.isnan(expected):
            assert value == expected
            assert not amount
        elif not math.isnan(value):
            assert amount


@given(st.lists(st.text(max_size=5), min_size=1, max_size=8), MARKS)
def test_cells_do_not_depend_on_their_neighbours(texts: list[str], decimal: Mark) -> None:
    cells = [text.strip() for text in texts]
    together = read_numbers(pd.Series(cells, dtype="str"), decimal).values
    alone = [read_one(cell, decimal).values[0] for cell in cells]
    assert np.array_equal(together, np.array(alone), equal_nan=True)


@given(st.lists(st.integers(-999, 999), min_size=1, max_size=9), st.data())
def test_labels_of_whole_numbers_have_one_form(values: list[int], data: st.DataObject) -> None:
    forms = [data.draw(st.sampled_from([f"{v}", f"{v}.0", f"{v}.", f"{v}e0"])) for v in values]
    assert whole_numbers(pd.Series(forms, dtype="str")).tolist() == [str(v) for v in values]
