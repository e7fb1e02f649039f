"""A user's histories."""

from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.data.domains.sequence import SequenceData
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.canonical import CanonicalTable, read_texts
from vitrine.data.readers.split_files import SplitFiles

# A history needs an item to learn from and one more, then two that are held out.
LEAST_EVENTS = 4


def read(place: Path | SplitFiles, data: SequenceData) -> CanonicalTable:
    """Columns ``user, film, title, year, genres, rating, timestamp``; items are called films."""
    frame = _events(place, data)
    rows = len(frame)
    frame = frame.drop_duplicates(["user", "item", "timestamp"])
    repeated = rows - len(frame)
    events = frame.groupby("user")["item"].transform("size")
    users = frame["user"].nunique()
    frame = frame[events >= LEAST_EVENTS]
    if frame.empty:
        raise BadDataError(
            place,
            f"No user has {LEAST_EVENTS} events or more: one to learn from, one to predict, and "
            "one each for validation and test.",
            column=data.user,
        )
    dropped = {"repeated_events": repeated, "short_histories": users - frame["user"].nunique()}
    items, numbers = np.unique(frame["item"].to_numpy(dtype=str), return_inverse=True)
    names, accounts = np.unique(frame["user"].to_numpy(dtype=str), return_inverse=True)
    titles = frame["title"] if "title" in frame else frame["item"]
    first = titles.groupby(numbers).first()
    table = pd.DataFrame(
        {
            "user": _numbered(names)[accounts],
            "film": _numbered(items)[numbers],
            "title": first.to_numpy()[numbers],
            "year": pd.array([pd.NA] * len(frame), dtype="Int64"),
            "genres": "",
            "rating": frame["rating"].to_numpy(),
            "timestamp": frame["timestamp"].to_numpy(),
        }
    )
    return CanonicalTable(table, [], dropped)


def _events(place: Path | SplitFiles, data: SequenceData) -> pd.DataFrame:
    """The events with a checked time and rating; one without a rating has 1."""
    names = {
        "user": data.user,
        "item": data.item,
        "timestamp": data.timestamp,
        "title": data.title,
        "rating": data.rating,
    }
    frame = read_texts(place, names)
    for key in ("user", "item", "timestamp"):
        for row in np.flatnonzero(frame[key].isna() | (frame[key].str.strip() == "")):
            raise BadDataError(place, f"The {key} is missing.", row=int(row) + 1, column=names[key])
    frame["timestamp"] = _seconds(place, frame["timestamp"], data.timestamp)
    if "rating" in frame:
        ratings = pd.to_numeric(frame["rating"], errors="coerce")
        for row in np.flatnonzero(~np.isfinite(ratings)):
            raise BadDataError(
                place,
                f"{frame['rating'].iloc[row]!r} is no number.",
                row=int(row) + 1,
                column=data.rating,
            )
        frame["rating"] = ratings.astype(float)
    else:
        frame["rating"] = 1.0
    return frame


def _numbered(names: np.ndarray) -> np.ndarray:
    """Numbers of names: what they say where all are whole numbers, else 1, 2, ..."""
    try:
        numbers = names.astype(np.int64)
    except (ValueError, OverflowError):
        return np.arange(1, len(names) + 1)
    distinct = len(np.unique(numbers)) == len(names)
    return numbers if distinct and (numbers >= 0).all() else np.arange(1, len(names) + 1)


def _seconds(place: Path | SplitFiles, values: pd.Series, column: str) -> pd.Series:
    """Numbers, or dates in any usual form, as int64 seconds since 1970."""
    numbers = pd.to_numeric(values, errors="coerce")
    if np.isfinite(numbers).all():
        return numbers.astype(np.int64)
    times = pd.to_datetime(values, errors="coerce", utc=True, format="mixed")
    for row in np.flatnonzero(times.isna()):
        raise BadDataError(
            place,
            f"{values.iloc[row]!r} is neither a date nor a number of seconds.",
            row=int(row) + 1,
            column=column,
        )
    return times.dt.as_unit("s").astype(np.int64)
