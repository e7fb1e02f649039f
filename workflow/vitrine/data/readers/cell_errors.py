"""What is said of cells that may be read in several ways, or in none."""

import numpy as np
import pandas as pd

from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.numbers import Mark, Numbers, read_numbers


class EmptyColumnError(BadDataError):
    """All of a column is missing."""


class UndecidedError(BadDataError):
    """A column that may be read in several ways, of which the user must choose.

    Attributes:
        proposal: what to state: a key of the section ``data`` and its value for this column.
    """

    def __init__(
        self, place: object, what: str, *, row: int, column: str, proposal: tuple[str, str]
    ) -> None:
        """As `BadDataError`, with a proposal."""
        super().__init__(place, what, row=row, column=column)
        self.proposal = proposal


def other_mark(place: object, cells: pd.Series, wanted: pd.Series, decimal: Mark) -> BadDataError:
    """The error of a column of numbers with another decimal mark than the stated one."""
    row, cell = first(cells, wanted)
    name = str(cells.name)
    if decimal == ",":
        return BadDataError(
            place,
            f"{shown(cell)}: all of the column look like numbers with a decimal point, but the "
            "decimal mark is a comma (data: decimal). Write all numbers of the file with one mark, "
            "or list the column in `data: categorical`.",
            row=row,
            column=name,
        )
    return UndecidedError(
        place,
        f"{shown(cell)}: all of the column look like numbers with a decimal comma. State "
        '`data: {decimal: ","}`, or list the column in `data: categorical`.',
        row=row,
        column=name,
        proposal=("decimal", ","),
    )


def amounts(
    place: object, cells: pd.Series, real: pd.Series, numbers: Numbers, decimal: Mark
) -> UndecidedError:
    """The error of a column of numbers with groups, a sign of currency or per cent."""
    row, cell = first(cells, real[numbers.amounts])
    count = int(cells.isin(real[numbers.amounts]).sum())
    both = (
        f' `{cell}` may also be a number with a decimal comma: then state `data: {{decimal: ","}}`.'
        if decimal == "."
        and not np.isnan(read_numbers(pd.Series([cell], dtype="str"), ",").values[0])
        and "," in cell
        and not numbers.units
        else ""
    )
    return UndecidedError(
        place,
        f"{shown(cell)}: {count:,} cells look like numbers with groups of digits, a sign of "
        "currency or per cent. List the column in `data: numeric` to read numbers, or in "
        f"`data: categorical`.{both}",
        row=row,
        column=str(cells.name),
        proposal=("numeric", str(cells.name)),
    )


def infinite(place: object, row: int, column: str) -> BadDataError:
    """The error of a number that is not finite."""
    return BadDataError(
        place,
        "The number is not finite; leave the cell empty if it is unknown.",
        row=row,
        column=column,
    )


def first(cells: pd.Series, wanted: pd.Series) -> tuple[int, str]:
    """Row, counted from 1, and text of the first cell that is one of the wanted values."""
    row = int(np.flatnonzero(cells.isin(wanted))[0])
    return row + 1, str(cells.iloc[row])


def counted(cells: pd.Series) -> str:
    """How often cells have which text, with the verb that follows."""
    counts = cells.value_counts()
    return ", ".join(
        f"{count:,} cell{'' if count == 1 else 's'} {shown(word)}" for word, count in counts.items()
    ) + (" is" if len(cells) == 1 else " are")


def shown(cell: object) -> str:
    """A cell as messages show it."""
    return f"`{cell}`"
