"""What a column of cells is: numbers, dates, times of day or categories. Nothing is lost unsaid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from vitrine.data.readers.arrow_types import LARGEST_WHOLE, described
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.cell_errors import (
    EmptyColumnError,
    UndecidedError,
    amounts,
    counted,
    first,
    infinite,
    other_mark,
    shown,
)
from vitrine.data.readers.dates import read_dates, read_times
from vitrine.data.readers.form import MISSING_WORDS, Reading
from vitrine.data.readers.numbers import Mark, Numbers, read_numbers
from vitrine.data.readers.variety import check_variety

# A column with a larger share of numbers is one of numbers with mistakes, until the user says else.
_MOST = 0.5
_TRUTH = {"true", "false"}


@dataclass(frozen=True)
class Columns:
    """What the section ``data`` states about the columns.

    Attributes:
        numeric: columns of numbers, in whatever form.
        categorical: columns of categories, whatever they look like.
        dates: the formats of columns of dates.
        missing: words that mean an empty cell in every column.
        decimal: the decimal mark.
    """

    numeric: Sequence[str] = ()
    categorical: Sequence[str] = ()
    dates: Mapping[str, str] = field(default_factory=dict)
    missing: Sequence[str] = ()
    decimal: Mark = "."


def interpreted(place: object, values: pd.Series, columns: Columns, reading: Reading) -> pd.Series:
    """A column as numbers (float64 or int64), dates (datetime64[us]) or categories (str).

    Args:
        place: the file, for messages.
        values: a column as `read_table` gives it.
        columns: what is stated.
        reading: gets notes of cells that are taken for missing, and of codes.

    Raises:
        UndecidedError: a mix of numbers and text, amounts with signs or groups, or dates that
            may be day first or month first, and nothing is stated.
        BadDataError: all of it is missing, it is nested, infinite or not of the stated kind, or the
            conversion would lose its variety.
    """
    name = str(values.name)
    if pd.api.types.is_object_dtype(values):
        raise BadDataError(
            place,
            f"Neither numbers nor text but {described(values)}; list the column in `data: drop`.",
            column=name,
        )
    if not pd.api.types.is_string_dtype(values):
        return _typed(place, values, columns)
    cells = values.str.strip()
    if not cells.eq(values).where(values.notna(), True).all():
        reading.note("Blanks around cells are cut.")
    cells = cells.mask(cells == "")
    stated = cells.isin(list(columns.missing))
    if stated.any():
        reading.note(f"`{name}`: {counted(cells[stated])} missing, as stated.")
        cells = cells.mask(stated)
    _check_present(place, cells)
    if name in columns.categorical:
        return cells
    result = _decided(place, cells, columns, reading)
    present = cells[result.notna()]
    check_variety(
        place,
        present.str.lower().nunique()
        if pd.api.types.is_string_dtype(result)
        else present.nunique(),
        result.nunique(),
        column=name,
    )
    return result


def whole_numbers(labels: pd.Series) -> pd.Series:
    """Texts of which all are whole numbers in one form, so that ``1`` and ``1.0`` are the same."""
    present = labels.dropna().unique()
    numbers = read_numbers(pd.Series(present, dtype="str"))
    plain = ~np.isnan(numbers.values) & ~numbers.amounts & ~numbers.codes
    if not len(present) or not plain.all() or (numbers.values % 1 != 0).any():
        return labels
    # Zero is added since -0 and 0 are the same.
    forms = (f"{each + 0.0:.0f}" for each in numbers.values)
    return labels.map(dict(zip(present, forms, strict=True)))


def truth_values(labels: pd.Series) -> pd.Series:
    """Texts of which all are ``true`` or ``false`` in some case, in lower case."""
    lower = labels.str.lower()
    return lower if {*lower.dropna()} <= _TRUTH else labels


def _typed(place: object, values: pd.Series, columns: Columns) -> pd.Series:
    """A column that has a type in the file."""
    name = str(values.name)
    _check_present(place, values)
    if columns.missing and not pd.api.types.is_datetime64_any_dtype(values):
        words = read_numbers(pd.Series(list(columns.missing), dtype="str")).values
        values = values.mask(values.isin(words[~np.isnan(words)]))
    if name in columns.categorical:
        if pd.api.types.is_datetime64_any_dtype(values):
            return values.map(lambda each: each.isoformat(), "ignore").astype("str")
        return values.map(_written, "ignore").astype("str")
    if pd.api.types.is_datetime64_any_dtype(values):
        return values
    return _finite(place, values)


def _written(number: float) -> str:
    """The shortest text that gives the number again, without a fraction if it has none."""
    return f"{number:.0f}" if number % 1 == 0 else repr(float(number))


def _check_present(place: object, values: pd.Series) -> None:
    if not values.notna().any():
        raise EmptyColumnError(
            place,
            "All of it is missing; list the column in `data: drop`.",
            column=str(values.name),
        )


def _decided(place: object, cells: pd.Series, columns: Columns, reading: Reading) -> pd.Series:
    name = str(cells.name)
    codes, unique = pd.factorize(cells)
    kinds = pd.Series(unique, dtype="str")
    counts = pd.Series(np.bincount(codes[codes >= 0], minlength=len(kinds)))
    words = kinds.isin(MISSING_WORDS)
    real = kinds[~words].reset_index(drop=True)
    weights = counts[~words].to_numpy()
    if not len(real):
        return cells
    if {*real.str.lower()} <= _TRUTH:
        cells = cells.where(cells.isin(kinds[words]) | cells.isna(), cells.str.lower())
    converted = _converted(place, cells, real, weights, columns, reading)
    if converted is None:
        if words.any():
            found = cells[cells.isin(kinds[words])]
            reading.note(
                f"`{name}`: {counted(found)} a category; list the word in `data: missing` if it "
                "means an empty cell."
            )
        return cells
    if words.any():
        found = cells[cells.isin(kinds[words])]
        reading.note(f"`{name}`: {counted(found)} missing.")
    places = np.full(len(kinds) + 1, -1)
    places[:-1][~words.to_numpy()] = np.arange(len(real))
    places = places[codes]
    values = converted[np.maximum(places, 0)]
    result = pd.Series(values, index=cells.index, name=name).where(places >= 0)
    whole = pd.api.types.is_float_dtype(result) and (result % 1 == 0).all()
    return result.astype("int64") if whole and (result.abs() < LARGEST_WHOLE).all() else result


def _converted(
    place: object,
    cells: pd.Series,
    real: pd.Series,
    weights: np.ndarray,
    columns: Columns,
    reading: Reading,
) -> np.ndarray | None:
    """The distinct values as numbers or dates; None if they are categories."""
    name = str(cells.name)
    if name in columns.dates:
        return _as_stated(place, cells, real, columns.dates[name])
    numbers = read_numbers(real, columns.decimal)
    if name in columns.numeric:
        return _as_numbers(place, cells, real, numbers)
    found = ~np.isnan(numbers.values)
    total = weights.sum()
    if found.all() and not numbers.amounts.any():
        if numbers.codes.any():
            code = real[numbers.codes].iloc[0]
            reading.note(
                f"`{name}`: {shown(code)} has a leading zero or more than 15 digits, so the "
                "column is read as categories; list it in `data: numeric` to read numbers."
            )
            return None
        return _checked_finite(place, cells, real, numbers.values)
    if found.all():
        raise amounts(place, cells, real, numbers, columns.decimal)
    otherwise = ~np.isnan(read_numbers(real, "," if columns.decimal == "." else ".").values)
    if otherwise.all():
        raise other_mark(place, cells, real[~found], columns.decimal)
    share = weights[found].sum() / total
    if weights[found | otherwise].sum() >= _MOST * total:
        row, cell = first(cells, real[~found])
        raise UndecidedError(
            place,
            f"{shown(cell)} is no number, as {share:.1%} of the column are. Correct it, list the "
            "word in `data: missing` if it means an empty cell, or list the column in "
            "`data: categorical`.",
            row=row,
            column=name,
            proposal=("categorical", name),
        )
    return _as_dates(place, cells, real, weights, reading)


def _as_dates(
    place: object, cells: pd.Series, real: pd.Series, weights: np.ndarray, reading: Reading
) -> np.ndarray | None:
    """The distinct values as dates or as seconds of the day; None if they are neither."""
    name = str(cells.name)
    dates = read_dates(real)
    times = read_times(real)
    if len(dates.readings) > 1:
        row, cell = first(cells, real)
        raise UndecidedError(
            place,
            f"{shown(cell)} may be day first or month first, and so may all rows of the column. "
            f"State `data: {{dates: {{{name}: day first}}}}`, or `month first`, or a format.",
            row=row,
            column=name,
            proposal=("dates", "day first"),
        )
    if dates.found.all() and dates.readings[0] != "year":
        reading.note(f"`{name}`: dates, the {dates.readings[0]} first.")
    if not dates.readings and weights[dates.looks].sum() >= _MOST * weights.sum():
        row, cell = first(cells, real[dates.looks])
        raise UndecidedError(
            place,
            f"{shown(cell)} looks like a date, but neither day first nor month first fits all "
            "dates of the column, or their years have two digits. State the format, such as "
            f'`data: {{dates: {{{name}: "%d/%m/%y"}}}}`, correct them, or list the column in '
            "`data: categorical`.",
            row=row,
            column=name,
            proposal=("categorical", name),
        )
    for found, values in ((dates.found, dates.values), (~np.isnan(times), times)):
        if found.all():
            return values
        if weights[found].sum() >= _MOST * weights.sum():
            row, cell = first(cells, real[~found])
            raise UndecidedError(
                place,
                f"{shown(cell)} is no date or time, as most of the column are. Correct it, list "
                "the word in `data: missing`, or list the column in `data: categorical`.",
                row=row,
                column=name,
                proposal=("categorical", name),
            )
    return None


def _as_stated(place: object, cells: pd.Series, real: pd.Series, form: str) -> np.ndarray:
    dates = read_dates(real, form)
    if not dates.found.all():
        row, cell = first(cells, real[~dates.found])
        raise BadDataError(
            place,
            f"{shown(cell)} is no date of the format {form} (data: dates).",
            row=row,
            column=str(cells.name),
        )
    return dates.values


def _as_numbers(place: object, cells: pd.Series, real: pd.Series, numbers: Numbers) -> np.ndarray:
    """Numbers in whatever form, of a column that is stated to be numeric."""
    wrong = np.isnan(numbers.values)
    if wrong.any():
        row, cell = first(cells, real[wrong])
        raise BadDataError(
            place,
            f"{shown(cell)} is no number. Correct it, leave it empty, list the word in "
            "`data: missing`, or list the column in `data: categorical`.",
            row=row,
            column=str(cells.name),
        )
    if len(numbers.units) > 1:
        raise BadDataError(
            place,
            f"The numbers have different units: {', '.join(sorted(numbers.units))}.",
            column=str(cells.name),
        )
    return _checked_finite(place, cells, real, numbers.values)


def _checked_finite(
    place: object, cells: pd.Series, real: pd.Series, values: np.ndarray
) -> np.ndarray:
    if np.isinf(values).any():
        raise infinite(place, first(cells, real[np.isinf(values)])[0], str(cells.name))
    return values


def _finite(place: object, numbers: pd.Series) -> pd.Series:
    for row in np.flatnonzero(np.isinf(numbers.to_numpy(dtype=float, na_value=np.nan))):
        raise infinite(place, int(row) + 1, str(numbers.name))
    return numbers
