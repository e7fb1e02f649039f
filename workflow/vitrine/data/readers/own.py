"""A user's own data, brought into the canonical tables that the shipped sources have too."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.pictures import read_arrays, read_encoded, read_folder
from vitrine.data.readers.read import read_table
from vitrine.data.rows import SPLIT, Rows
from vitrine.data.splits import SPLITS

# A class needs a row in each split; a history a film to learn from and one more, then two held out.
LEAST_ROWS = 3
LEAST_EVENTS = 4
# Text in so few cells among numbers is taken for a mistake in them.
_MISTAKES = 0.1
_SHOWN_VALUES = 20


@dataclass(frozen=True)
class Own:
    """The canonical table of a user's data.

    Attributes:
        table: text: ``text``, ``label``; table: the fields, ``label``; both with ``given``, the
            split's name, where the data say so. Image: ``pixel_0`` ..., ``label``. Sequence:
            ``user``, ``film`` (number of the item), ``title``, ``year``, ``genres``, ``rating``,
            ``timestamp``.
        classes: names of the classes; of two, the second is the one to detect.
        dropped: what was left out, and how many of it.
    """

    table: pd.DataFrame
    classes: list[str]
    dropped: dict[str, int]


def read_own(data: Mapping[str, Any], rows: Rows | None = None) -> Own:
    """Read a user's data as the block ``data`` of a study describes them.

    Args:
        data: the block.
        rows: the rows of a dataset on the Hub; None for ``data: file``.

    Raises:
        BadDataError: the data cannot be used; names file, row and column, and what would help.
    """
    reader = _READERS[data["domain"]]
    if rows is None:
        return reader(Path(data["file"]), data)
    try:
        own = reader(rows, {**data, "split": SPLIT} if rows.given else data)
    except BadDataError as error:
        raise rows.placed(error) from None
    return Own(own.table, own.classes, own.dropped | rows.dropped)


def _read(path: Path | Rows, columns: Sequence[str] | None, texts: Sequence[str]) -> pd.DataFrame:
    if isinstance(path, Rows):
        return path.read(columns, texts)
    return read_table(path, columns, texts)


def _text(path: Path | Rows, data: Mapping[str, Any]) -> Own:
    named = {"text": data["text"], "label": data["label"], "given": data["split"], "id": data["id"]}
    frame = _read_named(path, named)
    for row in np.flatnonzero(frame["text"].str.strip() == ""):
        raise BadDataError(path, "The text is empty.", row=int(row) + 1, column=data["text"])
    return _classified(path, frame, data)


def _table(path: Path | Rows, data: Mapping[str, Any]) -> Own:
    texts = [data[key] for key in ("label", "split", "id") if data[key] is not None]
    frame = _read(path, None, [*texts, *data["categorical"]])
    for key in ("label", "split", "id", "drop", "numeric", "categorical"):
        names = data[key] if isinstance(data[key], list) else [data[key]]
        for name in names:
            if name is not None and name not in frame:
                raise BadDataError(
                    path,
                    f"There is no column `{name}` ({key}). The file has: "
                    f"{', '.join(str(column) for column in frame if column != SPLIT)}.",
                )
    roles = {data["label"]: "label", data["split"]: "given", data["id"]: "id"}
    fields = [name for name in frame if name not in (*roles, *data["drop"])]
    reserved = {"label", "given", "id", "instance"} & set(fields)
    if reserved:
        raise BadDataError(path, f"Rename the column `{sorted(reserved)[0]}`: the name is taken.")
    if not fields:
        raise BadDataError(path, "There is no column beside the label to decide by.")
    for name in fields:
        frame[name] = _field(path, frame[name], data)
    roles.pop(None, None)
    return _classified(path, frame[[*fields, *roles]].rename(columns=roles), data)


def _field(path: Path | Rows, values: pd.Series, data: Mapping[str, Any]) -> pd.Series:
    """A column as text or as finite numbers."""
    name = str(values.name)
    if not values.notna().any():
        raise BadDataError(
            path, "All of it is missing; list the column in `data: drop`.", column=name
        )
    if name in data["categorical"]:
        return values.mask(values == "")
    if pd.api.types.is_bool_dtype(values):
        return values.map({True: "true", False: "false"})
    if pd.api.types.is_numeric_dtype(values):
        return _finite(path, values)
    if not pd.api.types.is_string_dtype(values):
        if values.map(lambda value: isinstance(value, dict | np.ndarray | bytes)).any():
            raise BadDataError(
                path, "Neither numbers nor text; list the column in `data: drop`.", column=name
            )
        # Dates and the like count as numbers: seconds since 1970.
        times = pd.to_datetime(values, errors="coerce", utc=True)
        return times.dt.as_unit("s").astype("int64").where(values.notna()).astype("Float64")
    numbers = pd.to_numeric(values, errors="coerce")
    wrong = np.flatnonzero(values.notna() & numbers.isna())
    share = len(wrong) / values.notna().sum()
    if not len(wrong):
        return _finite(path, numbers)
    if name in data["numeric"] or share <= _MISTAKES:
        raise BadDataError(
            path,
            f"{values.iloc[wrong[0]]!r} is no number, as {1 - share:.1%} of the column are. "
            "Correct it, leave it empty, or list the column in `data: categorical`.",
            row=int(wrong[0]) + 1,
            column=name,
        )
    return values


def _finite(path: Path | Rows, numbers: pd.Series) -> pd.Series:
    infinite = np.flatnonzero(np.isinf(numbers.to_numpy(dtype=float, na_value=np.nan)))
    for row in infinite:
        raise BadDataError(
            path,
            "The number is not finite; leave the cell empty if it is unknown.",
            row=int(row) + 1,
            column=str(numbers.name),
        )
    return numbers


def _read_named(path: Path | Rows, named: Mapping[str, str | None]) -> pd.DataFrame:
    """Columns of text under names of ours."""
    wanted = {ours: theirs for ours, theirs in named.items() if theirs is not None}
    columns = list(wanted.values())
    if len(set(columns)) < len(columns):
        raise BadDataError(path, f"One column has two roles: {', '.join(columns)}.")
    frame = _read(path, columns, columns)
    return frame.set_axis(list(wanted), axis=1)


def _classified(path: Path | Rows, frame: pd.DataFrame, data: Mapping[str, Any]) -> Own:
    """Check labels, splits and ids, and order the classes."""
    frame["label"] = frame["label"].str.strip()
    for row in np.flatnonzero(frame["label"].isna() | (frame["label"] == "")):
        raise BadDataError(path, "The label is missing.", row=int(row) + 1, column=data["label"])
    counts = frame["label"].value_counts()
    if len(counts) < 2:
        raise BadDataError(
            path,
            f"There is one class only, `{counts.index[0]}`; a model needs two to tell apart.",
            column=data["label"],
        )
    for name in counts.index[counts < LEAST_ROWS]:
        raise BadDataError(
            path,
            f"The class `{name}` has {counts[name]} rows; it needs {LEAST_ROWS}, one for each "
            "split. Join it with another or leave it out.",
            row=int(np.flatnonzero(frame["label"] == name)[0]) + 1,
            column=data["label"],
        )
    if "id" in frame:
        for row in np.flatnonzero(frame["id"].duplicated()):
            raise BadDataError(
                path,
                f"`{frame['id'].iloc[row]}` stands above already; every row needs its own.",
                row=int(row) + 1,
                column=data["id"],
            )
        frame = frame.drop(columns="id")
    if "given" in frame:
        _check_splits(path, frame, data)
    classes = sorted(counts.index)
    positive = data["positive"]
    if positive is not None:
        if positive not in classes:
            raise BadDataError(
                path,
                f"No row is `{positive}` (data: positive); the classes are "
                f"{', '.join(classes[:_SHOWN_VALUES])}.",
                column=data["label"],
            )
        classes = [*(name for name in classes if name != positive), positive]
    return Own(frame, classes, {})


def _check_splits(path: Path | Rows, frame: pd.DataFrame, data: Mapping[str, Any]) -> None:
    frame["given"] = frame["given"].str.strip().str.lower()
    for row in np.flatnonzero(~frame["given"].isin(SPLITS)):
        raise BadDataError(
            path,
            f"{frame['given'].iloc[row]!r} is none of {', '.join(SPLITS)}.",
            row=int(row) + 1,
            column=data["split"],
        )
    known = set(frame["label"][frame["given"] == "train"])
    for row in np.flatnonzero(~frame["label"].isin(known)):
        raise BadDataError(
            path,
            f"The class `{frame['label'].iloc[row]}` stands in no training row, so no model can "
            "learn it.",
            row=int(row) + 1,
            column=data["label"],
        )
    if not (frame["given"] == "test").any():
        raise BadDataError(path, "No row is of the split test.", column=data["split"])


def _sequence(path: Path | Rows, data: Mapping[str, Any]) -> Own:
    named = {key: data[key] for key in ("user", "item", "timestamp", "title", "rating")}
    frame = _read_named(path, named)
    for key in ("user", "item", "timestamp"):
        for row in np.flatnonzero(frame[key].isna() | (frame[key].str.strip() == "")):
            raise BadDataError(path, f"The {key} is missing.", row=int(row) + 1, column=data[key])
    frame["timestamp"] = _seconds(path, frame["timestamp"], data["timestamp"])
    if "rating" in frame:
        ratings = pd.to_numeric(frame["rating"], errors="coerce")
        for row in np.flatnonzero(~np.isfinite(ratings)):
            raise BadDataError(
                path,
                f"{frame['rating'].iloc[row]!r} is no number.",
                row=int(row) + 1,
                column=data["rating"],
            )
        frame["rating"] = ratings.astype(float)
    else:
        frame["rating"] = 1.0
    rows = len(frame)
    frame = frame.drop_duplicates(["user", "item", "timestamp"])
    repeated = rows - len(frame)
    events = frame.groupby("user")["item"].transform("size")
    users = frame["user"].nunique()
    frame = frame[events >= LEAST_EVENTS]
    if frame.empty:
        raise BadDataError(
            path,
            f"No user has {LEAST_EVENTS} events or more: one to learn from, one to predict, and "
            "one each for validation and test.",
            column=data["user"],
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
    return Own(table, [], dropped)


def _numbered(names: np.ndarray) -> np.ndarray:
    """Numbers of names: what they say where all are whole numbers, else 1, 2, ..."""
    try:
        numbers = names.astype(np.int64)
    except (ValueError, OverflowError):
        return np.arange(1, len(names) + 1)
    distinct = len(np.unique(numbers)) == len(names)
    return numbers if distinct and (numbers >= 0).all() else np.arange(1, len(names) + 1)


def _seconds(path: Path | Rows, values: pd.Series, column: str) -> pd.Series:
    """Numbers, or dates in any usual form, as int64 seconds since 1970."""
    numbers = pd.to_numeric(values, errors="coerce")
    if np.isfinite(numbers).all():
        return numbers.astype(np.int64)
    times = pd.to_datetime(values, errors="coerce", utc=True, format="mixed")
    for row in np.flatnonzero(times.isna()):
        raise BadDataError(
            path,
            f"{values.iloc[row]!r} is neither a date nor a number of seconds.",
            row=int(row) + 1,
            column=column,
        )
    return times.dt.as_unit("s").astype(np.int64)


def _image(path: Path | Rows, data: Mapping[str, Any]) -> Own:
    given = {}
    if isinstance(path, Rows):
        image, label = data["image"], data["label"]
        rows = path.read([image, label, *([SPLIT] if path.given else [])], [label])
        pixels = read_encoded(path, rows[image], data["size"], data["patch"])
        labels = rows[label].tolist()
        given = {"given": rows[SPLIT]} if path.given else {}
    else:
        read = read_folder if path.is_dir() else read_arrays
        pixels, labels = read(path, data["size"], data["patch"])
    columns = [f"pixel_{place}" for place in range(pixels.shape[1])]
    frame = pd.DataFrame(pixels, columns=columns).assign(label=labels, **given)
    frame["label"] = frame["label"].astype("str")
    return _classified(path, frame, {"label": data["label"], "split": SPLIT, "positive": None})


_READERS: Mapping[str, Callable[[Any, Mapping[str, Any]], Own]] = {
    "text": _text,
    "table": _table,
    "sequence": _sequence,
    "image": _image,
}
