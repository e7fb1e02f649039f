"""Columns of dates and times in the forms that people write them in."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pandas as pd
import pytest
from own_files import carry, labelled, put, run, run_refused

ROWS = 28
TABLE = {"domain": "table", "label": "label"}
START = datetime(2023, 3, 1, 10, 30)
# Days up to the 28th tell which number is the day; other moments for those of the month alone.
MOMENTS = [START + timedelta(days=i, minutes=i) for i in range(ROWS)]
EARLY = [datetime(2023, 1 + i % 12, 1 + i // 12 % 12, 8, i) for i in range(ROWS)]


def column(moments: Sequence[datetime], write: Callable[[datetime], str]) -> str:
    return put("x.csv", labelled({"day": [write(moment) for moment in moments]}))


def stamps(moments: Sequence[datetime], unit: str | None = None) -> list[pd.Timestamp]:
    """The moments, cut to days or minutes where the form has no more."""
    return [
        pd.Timestamp(moment).floor(unit) if unit else pd.Timestamp(moment) for moment in moments
    ]


CLEAR = {
    "ISO dates": ("%Y-%m-%d", "D", "year"),
    "ISO times": ("%Y-%m-%dT%H:%M", "min", "year"),
    "a blank between": ("%Y-%m-%d %H:%M:%S", "s", "year"),
    "year first with slashes": ("%Y/%m/%d", "D", "year"),
    "day first with slashes": ("%d/%m/%Y", "D", "day"),
    "day first with dots and a time": ("%d.%m.%Y %H:%M", "min", "day"),
    "day first with dashes": ("%d-%m-%Y", "D", "day"),
    "month first": ("%m/%d/%Y", "D", "month"),
    "month first and half days": ("%m/%d/%Y %I:%M %p", "min", "month"),
    "names of months": ("%d %b %Y", "D", "year"),
    "long names of months": ("%B %d, %Y", "D", "year"),
    "names between dashes": ("%d-%b-%Y", "D", "year"),
}


@pytest.mark.parametrize(("form", "unit", "order"), CLEAR.values(), ids=CLEAR)
def test_dates_whose_order_is_clear(form: str, unit: str, order: str) -> None:
    carried = carry(column(MOMENTS, lambda moment: moment.strftime(form)))
    assert carried.values("day") == stamps(MOMENTS, unit)
    assert carried.fields["day"]["kind"] == "numeric"
    assert carried.fields["day"]["dates"] is True
    assert "`day` is a date." in carried.said
    told = f"`day`: dates, the {order} first."
    assert (told in carried.notes, told in carried.said) == (order != "year",) * 2


def test_days_and_months_without_a_leading_zero() -> None:
    carried = carry(column(MOMENTS, lambda moment: f"{moment.day}/{moment.month}/{moment.year}"))
    assert carried.values("day") == stamps(MOMENTS, "D")


@pytest.mark.parametrize("order", ["day first", "month first"])
def test_dates_that_fit_both_orders(order: str) -> None:
    form = "%d/%m/%Y" if order == "day first" else "%m/%d/%Y"
    file = column(EARLY, lambda moment: moment.strftime(form))
    told = run_refused({**TABLE, "file": file})
    shown = EARLY[0].strftime(form)
    assert told.startswith(
        f"{file}, row 1, column `day`: `{shown}` may be day first or month first"
    )
    assert "State `data: {dates: {day: day first}}`, or `month first`, or a format." in told
    carried = carry(file, "--dates", order)
    assert carried.data["dates"] == {"day": order}
    assert f"please check: day ({order}) (`data: dates`)" in carried.said
    assert carried.values("day") == stamps(EARLY, "D")
    assert run({**TABLE, "file": file, "dates": {"day": form}}).values("day") == stamps(EARLY, "D")


def test_the_guess_of_an_order_is_told() -> None:
    carried = carry(column(EARLY, lambda moment: moment.strftime("%d/%m/%Y %H:%M")))
    assert carried.data["dates"] == {"day": "day first"}
    assert "Warning: these dates may be day first or month first, please check" in carried.said
    assert carried.values("day") == stamps(EARLY, "min")


def test_the_same_day_and_month_in_all_rows_needs_no_order() -> None:
    same = [datetime(2000 + i, 1 + i % 12, 1 + i % 12) for i in range(ROWS)]
    carried = carry(column(same, lambda moment: moment.strftime("%d/%m/%Y")))
    assert "dates" not in carried.data
    assert carried.values("day") == stamps(same)


def test_years_of_two_digits_need_a_format() -> None:
    file = column(MOMENTS, lambda moment: moment.strftime("%d/%m/%y"))
    told = run_refused({**TABLE, "file": file})
    assert f"{file}, row 1, column `day`: `01/03/23` looks like a date" in told
    assert '`data: {dates: {day: "%d/%m/%y"}}`' in told
    stated = run({**TABLE, "file": file, "dates": {"day": "%d/%m/%y"}})
    assert stated.values("day") == stamps(MOMENTS, "D")


def test_new_study_says_that_years_have_two_digits() -> None:
    cells = {
        "day": [MOMENTS[i // 2].strftime("%d/%m/%y") for i in range(ROWS)],
        "n": [str(i % 5) for i in range(ROWS)],
    }
    carried = carry(put("x.csv", labelled(cells)))
    assert "`01/03/23` looks like a date" in carried.said
    assert "please check: day (`data: categorical`)" in carried.said


def test_a_stated_format_that_does_not_fit() -> None:
    file = column(MOMENTS, lambda moment: moment.strftime("%d/%m/%Y"))
    told = run_refused({**TABLE, "file": file, "dates": {"day": "%m/%d/%Y"}})
    assert "row 13, column `day`: `13/03/2023` is no date of the format %m/%d/%Y" in told
    told = run_refused({**TABLE, "file": file, "dates": {"day": "month first"}})
    assert "row 1, column `day`: `01/03/2023` is no date of the format month first" in told


def test_no_order_fits_all_rows() -> None:
    mixed = [
        moment.strftime("%d/%m/%Y" if place % 2 else "%m/%d/%Y")
        for place, moment in enumerate(MOMENTS)
    ]
    file = put("x.csv", labelled({"day": mixed}))
    assert "neither day first nor month first fits all" in run_refused({**TABLE, "file": file})


@pytest.mark.parametrize("word", ["", "NA", "?"])
def test_missing_dates(word: str) -> None:
    cells = [
        word if place % 7 == 3 else moment.strftime("%d/%m/%Y")
        for place, moment in enumerate(MOMENTS)
    ]
    carried = carry(put("x.csv", labelled({"day": cells})))
    expected = [None if i % 7 == 3 else stamp for i, stamp in enumerate(stamps(MOMENTS, "D"))]
    assert carried.values("day") == expected
    assert (f"4 cells `{word}` are missing" in carried.notes) == bool(word)


def test_a_word_among_dates() -> None:
    cells = [moment.strftime("%Y-%m-%d") for moment in MOMENTS]
    cells[4] = "soon"
    file = put("x.csv", labelled({"day": cells}))
    told = run_refused({**TABLE, "file": file})
    assert f"{file}, row 5, column `day`: `soon` is no date or time, as most of the column" in told


@pytest.mark.parametrize(
    "cell", ["2023-02-30", "2023-13-01", "2023-04-01 24:30", "2023-04-01 9:61"]
)
def test_impossible_dates_are_refused(cell: str) -> None:
    cells = [moment.strftime("%Y-%m-%d") for moment in MOMENTS]
    cells[4] = cell
    file = put("x.csv", labelled({"day": cells}))
    assert "column `day`" in run_refused({**TABLE, "file": file})


def test_parts_of_seconds_and_zones() -> None:
    cells = [
        f"2023-04-{1 + i:02d}T10:00:00.{i:03d}{'Z' if i % 2 else '+02:00'}" for i in range(ROWS)
    ]
    expected = [
        pd.Timestamp(2023, 4, 1 + i, 10 if i % 2 else 8, 0, 0, 1000 * i) for i in range(ROWS)
    ]
    assert carry(put("x.csv", labelled({"day": cells}))).values("day") == expected


TIMES: dict[str, tuple[Callable[[int], str], Callable[[int], float]]] = {
    "minutes": (lambda i: f"{i % 24}:05", lambda i: 3600 * (i % 24) + 300),
    "seconds": (lambda i: f"{i % 24:02d}:05:07", lambda i: 3600 * (i % 24) + 307),
    "parts": (lambda i: f"10:00:00.{i:03d}", lambda i: 36000 + i / 1000),
    "half days": (
        lambda i: f"{i % 12 or 12}:05 {'AM' if i % 24 < 12 else 'PM'}",
        lambda i: 3600 * (i % 24) + 300,
    ),
}


@pytest.mark.parametrize(("write", "value"), TIMES.values(), ids=TIMES)
def test_times_of_day_are_seconds(
    write: Callable[[int], str], value: Callable[[int], float]
) -> None:
    carried = carry(put("x.csv", labelled({"opened": [write(i) for i in range(ROWS)]})))
    assert carried.values("opened") == pytest.approx([value(i) for i in range(ROWS)])
    assert carried.fields["opened"]["kind"] == "numeric"


def test_truth_values_with_gaps_beside_times() -> None:
    member = [("False", "", "True", "False")[i % 4] for i in range(ROWS)]
    cells = {"member": member, "opened": [f"{i % 24:02d}:14:00" for i in range(ROWS)]}
    carried = carry(put("x.csv", labelled(cells)))
    assert carried.values("member") == [
        ("false", None, "true", "false")[i % 4] for i in range(ROWS)
    ]
    assert carried.fields["member"]["categories"] == ["false", "true"]
    assert carried.values("opened") == [3600 * (i % 24) + 840 for i in range(ROWS)]
    assert carried.names(1) == ["member is missing", "opened = 4440"]


def test_versions_are_told() -> None:
    cells = {
        "version": [f"1.{i % 3}.{i % 5}" for i in range(ROWS)],
        "n": [str(i % 5) for i in range(ROWS)],
    }
    carried = carry(put("x.csv", labelled(cells)))
    assert carried.data["categorical"] == ["version"]
    assert carried.values("version") == cells["version"]
