"""A user's tables."""

from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.data.domains.table import TableData
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.canonical import CanonicalTable, Roles, classified, read_columns
from vitrine.data.readers.split_files import SPLIT, SplitFiles

# Text in so few cells among numbers is taken for a mistake in them.
_MISTAKES = 0.1


def read(place: Path | SplitFiles, data: TableData) -> CanonicalTable:
    """The fields, ``label`` and, where the data state splits, ``given``."""
    texts = [name for name in (data.label, data.split, data.id) if name is not None]
    frame = read_columns(place, None, [*texts, *data.categorical])
    for key in ("label", "split", "id", "drop", "numeric", "categorical"):
        stated = getattr(data, key)
        names = stated if isinstance(stated, list) else [stated]
        for name in names:
            if name is not None and name not in frame:
                raise BadDataError(
                    place,
                    f"There is no column `{name}` ({key}). The file has: "
                    f"{', '.join(str(column) for column in frame if column != SPLIT)}.",
                )
    columns = Roles(data.label, data.split, data.id, data.positive)
    roles = {data.label: "label", data.split: "given", data.id: "id"}
    fields = [str(name) for name in frame if name not in (*roles, *data.drop)]
    reserved = {"label", "given", "id", "instance"} & set(fields)
    if reserved:
        raise BadDataError(place, f"Rename the column `{sorted(reserved)[0]}`: the name is taken.")
    if not fields:
        raise BadDataError(place, "There is no column beside the label to decide by.")
    for name in fields:
        frame[name] = _field(place, frame[name], data)
    roles.pop(None, None)
    return classified(place, frame[[*fields, *roles]].rename(columns=roles), columns)


def _field(place: Path | SplitFiles, values: pd.Series, data: TableData) -> pd.Series:
    """A column as text or as finite numbers."""
    name = str(values.name)
    if not values.notna().any():
        raise BadDataError(
            place, "All of it is missing; list the column in `data: drop`.", column=name
        )
    if name in data.categorical:
        return values.mask(values == "")
    if pd.api.types.is_bool_dtype(values):
        return values.map({True: "true", False: "false"})
    if pd.api.types.is_numeric_dtype(values):
        return _finite(place, values)
    if not pd.api.types.is_string_dtype(values):
        if values.map(lambda value: isinstance(value, dict | np.ndarray | bytes)).any():
            raise BadDataError(
                place, "Neither numbers nor text; list the column in `data: drop`.", column=name
            )
        # Dates and the like count as numbers: seconds since 1970.
        times = pd.to_datetime(values, errors="coerce", utc=True)
        return times.dt.as_unit("s").astype("int64").where(values.notna()).astype("Float64")
    numbers = pd.to_numeric(values, errors="coerce")
    wrong = np.flatnonzero(values.notna() & numbers.isna())
    share = len(wrong) / values.notna().sum()
    if not len(wrong):
        return _finite(place, numbers)
    if name in data.numeric or share <= _MISTAKES:
        raise BadDataError(
            place,
            f"{values.iloc[wrong[0]]!r} is no number, as {1 - share:.1%} of the column are. "
            "Correct it, leave it empty, or list the column in `data: categorical`.",
            row=int(wrong[0]) + 1,
            column=name,
        )
    return values


def _finite(place: Path | SplitFiles, numbers: pd.Series) -> pd.Series:
    infinite = np.flatnonzero(np.isinf(numbers.to_numpy(dtype=float, na_value=np.nan)))
    for row in infinite:
        raise BadDataError(
            place,
            "The number is not finite; leave the cell empty if it is unknown.",
            row=int(row) + 1,
            column=str(numbers.name),
        )
    return numbers
