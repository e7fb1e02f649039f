"""Numbers in cells of text: plain ones, and amounts with signs, groups or a decimal comma.

A plain number is read as such. All other forms are recognised, so that a column of them is never
taken for categories in silence, but read as numbers only where the user says so.
"""

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Mark = Literal[".", ","]

_EXPONENT = r"(?:[eE][+-]?\d+)?"
_INFINITE = r"[+-]?(?i:inf|infinity)"
# A thin space, an apostrophe, a no-break space ... between groups of three digits.
_GAPS = " '’_\u00a0\u2009\u202f"
_CURRENCY = r"(?:[$€£¥₹₽₩₺₫฿]|(?:USD|EUR|GBP|CHF|JPY|CNY|RMB|INR|AUD|CAD)(?![A-Za-z]))"
# More digits than a float holds: an identifier.
_DIGITS = 15


@dataclass(frozen=True)
class Numbers:
    """Cells of text as numbers.

    Attributes:
        values: float64 [n]; NaN where a cell is no number.
        amounts: bool [n], numbers with a sign of currency, a per cent sign or groups of digits.
        codes: bool [n], digits that are a name: with a leading zero, or too many for a float.
        units: the signs of currency and per cent that stand there.
    """

    values: np.ndarray
    amounts: np.ndarray
    codes: np.ndarray
    units: frozenset[str]


def read_numbers(cells: pd.Series, decimal: Mark = ".") -> Numbers:
    """Read cells as numbers, as far as they are.

    Args:
        cells: n texts without blanks around them; none is missing.
        decimal: the decimal mark.
    """
    array = pa.array(cells, pa.large_string())
    values = np.full(len(cells), np.nan)
    plain = _matches(array, rf"^(?:{_plain(decimal)}|{_INFINITE})$")
    values[plain] = _parsed(array.filter(pa.array(plain)), decimal)
    codes = _matches(array, rf"^[+-]?(?:0\d+|\d{{{_DIGITS + 1},}})$")
    amounts = np.zeros(len(cells), dtype=bool)
    units: set[str] = set()
    short = _matches(array, r"^[^a-z]{1,40}$") & _matches(array, r"\d")
    for row in np.flatnonzero(short & ~plain).tolist():
        amount = _amount(str(cells.iloc[row]), decimal)
        if amount is not None:
            values[row], unit = amount
            amounts[row] = True
            units.add(unit)
    return Numbers(values, amounts, codes, frozenset(units - {""}))


def _plain(decimal: Mark) -> str:
    mark = re.escape(decimal)
    return rf"[+-]?(?:\d+(?:{mark}\d*)?|{mark}\d+){_EXPONENT}"


def _matches(array: pa.Array, pattern: str) -> np.ndarray:
    matched: np.ndarray = pc.match_substring_regex(array, pattern).to_numpy(zero_copy_only=False)
    return matched


def _parsed(array: pa.Array, decimal: Mark) -> np.ndarray:
    if decimal == ",":
        array = pc.replace_substring(array, ",", ".")
    # Arrow knows no plus sign before a number.
    array = pc.replace_substring_regex(array, r"^\+", "")
    values: np.ndarray = array.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return values


def _amount(cell: str, decimal: Mark) -> tuple[float, str] | None:
    """A number with groups, a sign of currency or per cent, or in brackets, and its sign."""
    group = "." if decimal == "," else ","
    match = re.fullmatch(
        rf"(?P<open>\()?\s*(?P<minus>[-+−])?\s*(?P<before>{_CURRENCY})?\s*(?P<minus2>[-−])?"
        rf"(?P<number>[1-9]\d{{0,2}}(?:(?P<gap>[{re.escape(group + _GAPS)}])\d{{3}})"
        rf"(?:(?P=gap)\d{{3}})*"
        rf"|\d+)(?P<rest>{re.escape(decimal)}\d*)?\s*(?P<after>{_CURRENCY}|%|‰)?\s*(?P<close>\))?",
        cell,
    )
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    if match["before"] and match["after"]:
        return None
    digits = re.sub(r"\D", "", match["number"]) + (match["rest"] or "").replace(decimal, ".")
    negative = match["open"] or (match["minus"] or "+") in "-−" or match["minus2"]
    return float(digits) * (-1 if negative else 1), match["before"] or match["after"] or ""
