"""What readers of users' data share: the canonical table, and checks of its labels and splits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.read import read_table
from vitrine.data.readers.split_files import SplitFiles
from vitrine.data.splits import SPLITS

# A class needs a row in each split.
LEAST_ROWS = 3
_SHOWN_VALUES = 20


@dataclass(frozen=True)
class CanonicalTable:
    """A user's data in the form that the built-in sources have too.

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


@dataclass(frozen=True)
class Roles:
    """Names of a user's columns, for messages, and the class to detect.

    Attributes:
        label: column of the class.
        split: column of the split.
        id: column that names a row.
        positive: of two classes the one to detect.
    """

    label: str
    split: str | None = None
    id: str | None = None
    positive: str | None = None


def read_columns(
    place: Path | SplitFiles, columns: Sequence[str] | None, texts: Sequence[str]
) -> pd.DataFrame:
    """Read columns of a file, or of the files of a dataset on the Hub; see `read_table`."""
    if isinstance(place, SplitFiles):
        return place.read(columns, texts)
    return read_table(place, columns, texts)


def read_texts(place: Path | SplitFiles, names: Mapping[str, str | None]) -> pd.DataFrame:
    """Read columns as text and rename them.

    Args:
        place: the data.
        names: the user's name of each column by the canonical name; None for what is not there.
    """
    columns_by_name = {canonical: name for canonical, name in names.items() if name is not None}
    columns = list(columns_by_name.values())
    if len(set(columns)) < len(columns):
        raise BadDataError(place, f"One column has two roles: {', '.join(columns)}.")
    frame = read_columns(place, columns, columns)
    return frame.set_axis(list(columns_by_name), axis=1)


def classified(place: Path | SplitFiles, frame: pd.DataFrame, roles: Roles) -> CanonicalTable:
    """Check the columns ``label``, ``given`` and ``id``, and order the classes."""
    frame["label"] = frame["label"].str.strip()
    for row in np.flatnonzero(frame["label"].isna() | (frame["label"] == "")):
        raise BadDataError(place, "The label is missing.", row=int(row) + 1, column=roles.label)
    counts = frame["label"].value_counts()
    _check_classes(place, frame, counts, roles)
    if "id" in frame:
        for row in np.flatnonzero(frame["id"].duplicated()):
            raise BadDataError(
                place,
                f"`{frame['id'].iloc[row]}` stands above already; every row needs its own.",
                row=int(row) + 1,
                column=roles.id,
            )
        frame = frame.drop(columns="id")
    if "given" in frame:
        _check_splits(place, frame, roles)
    classes = sorted(counts.index)
    positive = roles.positive
    if positive is not None:
        if positive not in classes:
            raise BadDataError(
                place,
                f"No row is `{positive}` (data: positive); the classes are "
                f"{', '.join(classes[:_SHOWN_VALUES])}.",
                column=roles.label,
            )
        classes = [*(name for name in classes if name != positive), positive]
    return CanonicalTable(frame, classes, {})


def _check_classes(
    place: Path | SplitFiles, frame: pd.DataFrame, counts: pd.Series, roles: Roles
) -> None:
    if len(counts) < 2:
        raise BadDataError(
            place,
            f"There is one class only, `{counts.index[0]}`; a model needs two to tell apart.",
            column=roles.label,
        )
    for name in counts.index[counts < LEAST_ROWS]:
        raise BadDataError(
            place,
            f"The class `{name}` has {counts[name]} rows; it needs {LEAST_ROWS}, one for each "
            "split. Join it with another or leave it out.",
            row=int(np.flatnonzero(frame["label"] == name)[0]) + 1,
            column=roles.label,
        )


def _check_splits(place: Path | SplitFiles, frame: pd.DataFrame, roles: Roles) -> None:
    frame["given"] = frame["given"].str.strip().str.lower()
    for row in np.flatnonzero(~frame["given"].isin(SPLITS)):
        raise BadDataError(
            place,
            f"{frame['given'].iloc[row]!r} is none of {', '.join(SPLITS)}.",
            row=int(row) + 1,
            column=roles.split,
        )
    learned = set(frame["label"][frame["given"] == "train"])
    for row in np.flatnonzero(~frame["label"].isin(learned)):
        raise BadDataError(
            place,
            f"The class `{frame['label'].iloc[row]}` stands in no training row, so no model can "
            "learn it.",
            row=int(row) + 1,
            column=roles.label,
        )
    if not (frame["given"] == "test").any():
        raise BadDataError(place, "No row is of the split test.", column=roles.split)
