"""Properties of reading dates and times: what was written with `datetime` is read back."""

from datetime import date, datetime, time, timedelta, timezone

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.data.readers.dates import ORDERS, read_dates, read_times

MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 30))
FORMS = {
    "year": "{y:04d}{s}{m:02d}{s}{d:02d}",
    "day": "{d}{s}{m}{s}{y:04d}",
    "month": "{m}{s}{d}{s}{y:04d}",
}
STATED = {order: name for name, order in ORDERS.items()}


def texts(values: list[str]) -> pd.Series:
    return pd.Series(values, dtype="str")


def instants(moments: list[datetime]) -> np.ndarray:
    return np.array(moments, dtype="datetime64[us]")


def days(moments: list[datetime], order: str, separator: str) -> list[str]:
    return [
        FORMS[order].format(y=each.year, m=each.month, d=each.day, s=separator) for each in moments
    ]


@given(
    moments=st.lists(MOMENTS, min_size=1, max_size=12),
    order=st.sampled_from([*FORMS]),
    separator=st.sampled_from(["-", "/", "."]),
    middle=st.sampled_from([" ", "T"]),
)
@settings(max_examples=200)
def test_moments_are_read_or_undecided(
    moments: list[datetime], order: str, separator: str, middle: str
) -> None:
    """The true order always fits; if it is the only one, or stated, the moments are exact."""
    written = [
        f"{day}{middle}{moment.time().isoformat()}"
        for day, moment in zip(days(moments, order, separator), moments, strict=True)
    ]
    dates = read_dates(texts(written))
    assert dates.looks.all()
    if len(dates.readings) == 1:
        assert np.array_equal(dates.values, instants(moments))
    else:
        assert dates.readings == ("day", "month")
        assert all(moment.day <= 12 for moment in moments)
    if order in STATED:
        stated = read_dates(texts(written), STATED[order])
        assert np.array_equal(stated.values, instants(moments))


@given(
    st.lists(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 30)), min_size=1, max_size=8),
    st.integers(-720, 840),
)
def test_zones_give_utc(moments: list[datetime], minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    written = [moment.replace(tzinfo=zone).isoformat() for moment in moments]
    expected = [moment - timedelta(minutes=minutes) for moment in moments]
    assert np.array_equal(read_dates(texts(written)).values, instants(expected))


@given(
    st.lists(st.dates(date(1000, 1, 1)), min_size=1, max_size=9),
    st.sampled_from(["%d %b %Y", "%d-%b-%Y", "%B %d, %Y", "%d %B %Y"]),
)
def test_names_of_months(values: list[date], form: str) -> None:
    moments = [datetime(value.year, value.month, value.day) for value in values]
    dates = read_dates(texts([value.strftime(form) for value in values]))
    assert dates.found.all()
    assert np.array_equal(dates.values, instants(moments))


@given(st.lists(st.times(), min_size=1, max_size=12), st.booleans())
def test_times_are_seconds_of_the_day(values: list[time], half: bool) -> None:
    if half:
        written = [value.strftime("%I:%M:%S.%f %p") for value in values]
    else:
        written = [value.isoformat() for value in values]
    expected = [
        3600 * value.hour + 60 * value.minute + value.second + value.microsecond / 1e6
        for value in values
    ]
    assert np.allclose(read_times(texts(written)), expected, rtol=0, atol=1e-7)


@given(st.lists(st.text("0123456789-/.: TZ+apm", max_size=12) | st.text(max_size=6), max_size=12))
@settings(max_examples=300)
def test_any_text_is_a_date_or_none(values: list[str]) -> None:
    """No text crashes, and none is a date and a time of day at once."""
    cells = [value.strip() for value in values]
    dates = read_dates(texts(cells))
    times = read_times(texts(cells))
    assert len(dates.values) == len(times) == len(cells)
    assert not (dates.found & ~np.isnan(times)).any()
    assert ((times[~np.isnan(times)] >= 0) & (times[~np.isnan(times)] < 86400 + 1)).all()


@given(st.integers(1900, 2100), st.integers(1, 12), st.integers(1, 31))
def test_days_that_no_month_has_are_none(year: int, month: int, day: int) -> None:
    try:
        expected = [datetime(year, month, day)]
    except ValueError:
        expected = []
    dates = read_dates(texts([f"{year}-{month:02d}-{day:02d}"]))
    assert dates.values[dates.found].tolist() == expected
    assert bool(dates.readings) == bool(expected)
