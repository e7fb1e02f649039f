"""A user's histories."""

from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.data.domains.sequence import SequenceData
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.canonical import CanonicalTable, labels_of, read_columns
from vitrine.data.readers.cells import Columns, interpreted
from vitrine.data.readers.form import Reading
from vitrine.data.readers.split_files import SplitFiles
from vitrine.data.readers.variety import check_variety

# A history needs an item to learn from and one more, then two that are held out.
LEAST_EVENTS = 4
# Numbers above these are no seconds since 1970 but parts of them.
_PARTS = ((1e17, 1e9, "nanoseconds"), (1e14, 1e6, "microseconds"), (1e11, 1e3, "milliseconds"))


def read(place: Path | SplitFiles, data: SequenceData) -> CanonicalTable:
    """The events that belong to histories long enough; items are called films.

    Columns ``user``, ``film``, ``title``, ``year``, ``genres``, ``rating``, ``timestamp`` (seconds
    since 1970, float64) and ``order``, the row in the file, which decides between equal times.
    """
    reading = Reading()
    frame = _events(place, data, reading)
    rows = len(frame)
    frame = frame.drop_duplicates(["user", "item", "timestamp"])
    reading.dropped["repeated_events"] = rows - len(frame)
    events = frame.groupby("user")["item"].transform("size")
    long = frame[events >= LEAST_EVENTS]
    reading.dropped["events_of_short_histories"] = len(frame) - len(long)
    if long.empty:
        raise BadDataError(
            place,
            f"No user has {LEAST_EVENTS} events or more: one to learn from, one to predict, and "
            "one each for validation and test.",
            column=data.user,
        )
    short = frame["user"].nunique() - long["user"].nunique()
    if short:
        reading.note(f"{short:,} users with fewer than {LEAST_EVENTS} events are left out.")
    return CanonicalTable(_canonical(place, long, data), [], reading)


def _canonical(place: Path | SplitFiles, frame: pd.DataFrame, data: SequenceData) -> pd.DataFrame:
    items, numbers = np.unique(frame["item"].to_numpy(dtype=str), return_inverse=True)
    names, accounts = np.unique(frame["user"].to_numpy(dtype=str), return_inverse=True)
    if len(items) < 2:
        raise BadDataError(
            place, f"There is one item only, `{items[0]}`; nothing can be ranked.", column=data.item
        )
    titles = frame["title"] if "title" in frame else frame["item"]
    _check_titles(place, frame, titles, data)
    first = titles.groupby(numbers).first()
    return pd.DataFrame(
        {
            "user": _numbered(names)[accounts],
            "film": _numbered(items)[numbers],
            "title": first.to_numpy()[numbers],
            "year": pd.array([pd.NA] * len(frame), dtype="Int64"),
            "genres": "",
            "rating": frame["rating"].to_numpy(),
            "timestamp": frame["timestamp"].to_numpy(),
            "order": frame.index.to_numpy(),
        }
    )


def _check_titles(
    place: Path | SplitFiles, frame: pd.DataFrame, titles: pd.Series, data: SequenceData
) -> None:
    """An item with two titles would be called by one of them for no reason."""
    first = titles.groupby(frame["item"]).transform("first")
    for row in np.flatnonzero(titles.notna() & (titles != first)):
        raise BadDataError(
            place,
            f"The item `{frame['item'].iloc[row]}` is called `{titles.iloc[row]}` here and "
            f"`{first.iloc[row]}` above; a title is the same in all rows of an item. Name another "
            "column in `data: title`, or none.",
            row=int(frame.index.to_numpy()[row]) + 1,
            column=data.title,
        )


def _events(place: Path | SplitFiles, data: SequenceData, reading: Reading) -> pd.DataFrame:
    """The events with a checked time and rating; one without a rating has 1."""
    names = {"user": data.user, "item": data.item, "title": data.title}
    texts = [name for name in names.values() if name is not None]
    others = [name for name in (data.timestamp, data.rating) if name is not None]
    if len({*texts, *others}) < len(texts) + len(others):
        raise BadDataError(place, f"One column has two roles: {', '.join(texts + others)}.")
    raw = read_columns(place, [*texts, *others], texts, data, reading)
    frame = pd.DataFrame(
        {key: labels_of(raw[name]) for key, name in names.items() if name is not None}
    )
    for key in ("user", "item"):
        for row in np.flatnonzero(frame[key].isna()):
            raise BadDataError(place, f"The {key} is missing.", row=int(row) + 1, column=names[key])
    frame["timestamp"] = _seconds(place, raw[data.timestamp], data, reading)
    frame["rating"] = 1.0 if data.rating is None else _ratings(place, raw[data.rating], reading)
    return frame


def _ratings(place: Path | SplitFiles, values: pd.Series, reading: Reading) -> pd.Series:
    columns = Columns(numeric=[str(values.name)])
    ratings = interpreted(place, values, columns, reading)
    for row in np.flatnonzero(ratings.isna()):
        raise BadDataError(
            place, "The rating is missing.", row=int(row) + 1, column=str(values.name)
        )
    if not pd.api.types.is_numeric_dtype(ratings):
        raise BadDataError(place, "The ratings are no numbers.", column=str(values.name))
    return ratings.astype("float64")


def _numbered(names: np.ndarray) -> np.ndarray:
    """Numbers of names: what they say where all are whole numbers, else 1, 2, ..."""
    try:
        numbers = names.astype(np.int64)
    except (ValueError, OverflowError):
        return np.arange(1, len(names) + 1)
    distinct = len(np.unique(numbers)) == len(names)
    return numbers if distinct and (numbers >= 0).all() else np.arange(1, len(names) + 1)


def _many_digits(values: pd.Series) -> bool:
    """Whether all cells are micro- or nanoseconds since 1970, which elsewhere would be codes."""
    if not pd.api.types.is_string_dtype(values):
        return False
    return bool(values.dropna().str.strip().str.fullmatch(r"[1-9]\d{15,18}").all())


def _seconds(
    place: Path | SplitFiles, values: pd.Series, data: SequenceData, reading: Reading
) -> pd.Series:
    """Numbers, or dates in any usual form, as float64 seconds since 1970."""
    name = str(values.name)
    dates = {} if data.date_format is None else {name: data.date_format}
    numeric = [name] if _many_digits(values) else []
    times = interpreted(place, values, Columns(dates=dates, numeric=numeric), reading)
    for row in np.flatnonzero(times.isna()):
        raise BadDataError(place, "The timestamp is missing.", row=int(row) + 1, column=name)
    if pd.api.types.is_datetime64_any_dtype(times):
        seconds = times.astype("datetime64[us]").astype("int64") / 1e6
    elif pd.api.types.is_numeric_dtype(times):
        seconds = times.astype("float64")
        for least, parts, called in _PARTS:
            if (seconds.abs() > least).all():
                reading.note(f"`{name}`: numbers of {called} since 1970.")
                seconds = seconds / parts
                break
    else:
        raise BadDataError(
            place,
            f"{times.iloc[0]!r} is neither a date nor a number of seconds.",
            row=1,
            column=name,
        )
    check_variety(place, times.nunique(), seconds.nunique(), column=name)
    return seconds
