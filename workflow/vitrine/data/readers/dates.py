"""Dates and times in cells of text, decided for a column as a whole.

Whether 03/04/2023 is in March or in April follows from all rows: a number over 12 says which is the
day. Where both readings fit all rows, the user must say which is right.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

Order = Literal["year", "day", "month"]

_DATE = (
    r"^(?P<a>\d{4}|\d{1,2})(?P<s>[-/.])(?P<b>\d{1,2})(?P<s2>[-/.])(?P<c>\d{4}|\d{1,2})"
    r"(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?"
    r"(?:\s?(?P<half>[AaPp][Mm]))?(?:\s?(?P<zone>Z|UTC|[+-]\d{2}:?\d{2}))?)?$"
)
_TIME = (
    r"^(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?"
    r"(?:\s?(?P<half>[AaPp][Mm]))?$"
)
_NAMED = (
    "%d %b %Y",
    "%d-%b-%Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d. %B %Y",
    "%b-%Y",
    "%b %Y",
)


# How a user states an order without a format.
ORDERS: dict[str, Order] = {"day first": "day", "month first": "month"}


@dataclass(frozen=True)
class Dates:
    """Cells of text as dates.

    Attributes:
        values: datetime64[us] [n] in UTC; NaT where a cell is no date.
        readings: the orders that fit all cells that look like dates: one if it is clear.
        looks: bool [n], cells that look like dates; they are none where no order fits all.
    """

    values: np.ndarray
    readings: tuple[Order, ...]
    looks: np.ndarray

    @property
    def found(self) -> np.ndarray:
        """Which cells are dates, bool [n]."""
        return ~np.isnat(self.values)


def read_dates(cells: pd.Series, stated: str | None = None) -> Dates:
    """Read cells as dates, with one order of day, month and year for all of them.

    Args:
        cells: n texts without blanks around them; none is missing.
        stated: the format, as of `datetime.strptime`, or one of `ORDERS`; None finds the order out.
    """
    if stated is not None and stated not in ORDERS:
        times = pd.to_datetime(cells, format=stated, errors="coerce", utc=True)
        return Dates(_naive(times), ("year",), np.ones(len(cells), dtype=bool))
    parts = cells.astype(object).str.extract(_DATE)
    looks = parts["a"].notna().to_numpy() & (parts["s"] == parts["s2"]).to_numpy()
    if not looks.any():
        named = _with_month_names(cells)
        return Dates(named, ("year",), ~np.isnat(named))
    readings: dict[Order, np.ndarray] = {}
    orders: dict[Order, tuple[str, str, str]] = {
        "year": ("a", "b", "c"),
        "day": ("c", "b", "a"),
        "month": ("c", "a", "b"),
    }
    for order, (year, month, day) in orders.items():
        if stated is not None and order != ORDERS[stated]:
            continue
        composed = _composed(parts.loc[looks], year, month, day)
        if composed is not None:
            readings[order] = composed
    values = np.full(len(cells), np.datetime64("NaT", "us"))
    if not readings:
        return Dates(values, (), looks)
    first = next(iter(readings))
    values[looks] = readings[first]
    distinct = [
        order for order, each in readings.items() if not np.array_equal(each, readings[first])
    ]
    return Dates(values, (first, *distinct), looks)


def read_times(cells: pd.Series) -> np.ndarray:
    """Times of day as seconds, float64 [n]; NaN where a cell is none."""
    parts = cells.astype(object).str.extract(_TIME)
    within = (parts["hour"].astype(float) < 24).to_numpy()
    return np.where(within, _seconds(parts), np.nan)


def _composed(parts: pd.DataFrame, year: str, month: str, day: str) -> np.ndarray | None:
    """The times if the groups are year, month and day in that order; None if they cannot be."""
    if not (parts[year].str.len() == 4).all() or (parts[month].str.len() > 2).any():
        return None
    if (parts[day].str.len() > 2).any():
        return None
    dates = pd.to_datetime(
        parts[year] + "-" + parts[month].str.zfill(2) + "-" + parts[day].str.zfill(2),
        format="%Y-%m-%d",
        errors="coerce",
    )
    seconds = _seconds(parts)
    if dates.isna().any() or np.isnan(seconds).any():
        return None
    whole = np.round(seconds * 1e6).astype("int64").astype("timedelta64[us]")
    moments: np.ndarray = dates.to_numpy().astype("datetime64[us]") + whole
    return moments


def _seconds(parts: pd.DataFrame) -> np.ndarray:
    """Seconds since midnight in UTC, float64 [n]; 0 without a time, NaN for an impossible one."""
    hour = parts["hour"].astype(float)
    minute = parts["minute"].astype(float)
    second = parts["second"].astype(float).fillna(0)
    part = ("0." + parts["part"]).astype(float).fillna(0)
    # The end of a day may be called 24:00.
    beyond = (hour == 24) & (minute + second + part > 0)
    impossible = (hour > 24) | beyond | (minute > 59) | (second > 60)
    if "half" in parts:
        half = parts["half"].str.lower()
        impossible |= half.notna() & ((hour > 12) | (hour < 1))
        hour = hour.mask(half.notna(), hour % 12 + 12 * (half == "pm"))
    seconds = hour * 3600 + minute * 60 + second + part
    if "zone" in parts:
        seconds = seconds.fillna(0) - _offset(parts["zone"])
    return np.asarray(seconds.mask(impossible), dtype=np.float64)


def _offset(zones: pd.Series) -> pd.Series:
    """Seconds that a zone is ahead of UTC."""
    digits = zones.str.replace(":", "").str.extract(r"^([+-])(\d{2})(\d{2})$")
    sign = digits[0].map({"+": 1.0, "-": -1.0})
    offset: pd.Series = sign * (digits[1].astype(float) * 3600 + digits[2].astype(float) * 60)
    return offset.fillna(0)


def _with_month_names(cells: pd.Series) -> np.ndarray:
    """Dates such as 3 Apr 2023, all in one form, datetime64[us] [n]; NaT where there is none."""
    letters = cells.str.contains(r"^(?:\d{1,2}\.?[ -])?[A-Za-z]{3,9}[ -]", regex=True)
    best = np.full(len(cells), np.datetime64("NaT", "us"))
    if not letters.any():
        return best
    for form in _NAMED:
        times = _naive(pd.to_datetime(cells, format=form, errors="coerce", utc=True))
        if np.isnat(times).sum() < np.isnat(best).sum():
            best = times
    return best


def _naive(times: pd.Series) -> np.ndarray:
    values: np.ndarray = times.dt.tz_convert(None).to_numpy().astype("datetime64[us]")
    return values
