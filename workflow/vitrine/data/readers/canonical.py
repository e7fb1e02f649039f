"""What readers of users' data share: the canonical table, and checks of its labels and splits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.data.own_data import OwnData
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.cells import truth_values, whole_numbers
from vitrine.data.readers.form import Reading
from vitrine.data.readers.numbers import read_numbers
from vitrine.data.readers.read import read_table
from vitrine.data.readers.split_files import SplitFiles
from vitrine.data.splits import SPLITS

# A class needs a row in each split.
LEAST_ROWS = 3
_SHOWN_VALUES = 20
# Of so many different numbers, labels are amounts if some have a fraction; of many more, always.
_MOST_CLASS_NUMBERS = 10
_MANY_CLASS_NUMBERS = 50
_OTHER_NAMES = {
    "val": "validation",
    "valid": "validation",
    "dev": "validation",
    "training": "train",
    "testing": "test",
}


@dataclass(frozen=True)
class CanonicalTable:
    """A user's data in the form that the built-in sources have too.

    Attributes:
        table: text: ``text``, ``label``; table: the fields, ``label``; both with ``given``, the
            split's name, where the data say so. Image: ``pixel_0`` ..., ``label``. Sequence:
            ``user``, ``film`` (number of the item), ``title``, ``year``, ``genres``, ``rating``,
            ``timestamp``.
        classes: names of the classes; of two, the second is the one to detect.
        reading: how the files were read, how many rows they have and which were left out.
    """

    table: pd.DataFrame
    classes: list[str]
    reading: Reading


@dataclass(frozen=True)
class Roles:
    """Names of a user's columns, for messages, and what is stated about classes.

    Attributes:
        label: column of the class.
        split: column of the split.
        id: column that names a row.
        positive: of two classes the one to detect.
        unlabelled: ``refuse`` or ``leave_out`` rows without a label.
        missing: words that mean an empty cell.
    """

    label: str
    split: str | None = None
    id: str | None = None
    positive: str | None = None
    unlabelled: str = "refuse"
    missing: Sequence[str] = ()


def read_columns(
    place: Path | SplitFiles,
    columns: Sequence[str] | None,
    texts: Sequence[str],
    data: OwnData,
    reading: Reading,
) -> pd.DataFrame:
    """Read columns of a file, or of the files of a dataset on the Hub; see `read_table`."""
    if isinstance(place, SplitFiles):
        return place.read(columns, texts, data.form, reading)
    return read_table(place, columns, texts, data.form, reading)


def read_texts(
    place: Path | SplitFiles, names: Mapping[str, str | None], data: OwnData, reading: Reading
) -> pd.DataFrame:
    """Read columns as text and rename them.

    Args:
        place: the data.
        names: the user's name of each column by the canonical name; None for what is not there.
        data: the section ``data``.
        reading: gets what was found out and left out.
    """
    columns_by_name = {canonical: name for canonical, name in names.items() if name is not None}
    columns = list(columns_by_name.values())
    if len(set(columns)) < len(columns):
        raise BadDataError(place, f"One column has two roles: {', '.join(columns)}.")
    frame = read_columns(place, columns, columns, data, reading)
    return frame.set_axis(list(columns_by_name), axis=1)


def classified(
    place: Path | SplitFiles, frame: pd.DataFrame, roles: Roles, reading: Reading
) -> CanonicalTable:
    """Check the columns ``label``, ``given`` and ``id``, and order the classes."""
    frame = _labelled(place, frame, roles, reading)
    counts = frame["label"].value_counts()
    _check_classes(place, frame, counts, roles)
    _note_alike(counts.index, reading)
    if "id" in frame:
        for row in np.flatnonzero(frame["id"].duplicated()):
            raise BadDataError(
                place,
                f"`{frame['id'].iloc[row]}` stands above already; every row needs its own.",
                row=_row(frame, row),
                column=roles.id,
            )
        frame = frame.drop(columns="id")
    if "given" in frame:
        _check_splits(place, frame, roles, reading)
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
    return CanonicalTable(frame.reset_index(drop=True), classes, reading)


def labels_of(labels: pd.Series, missing: Sequence[str] = ()) -> pd.Series:
    """Labels as the run reads them; NaN where there is none.

    They are trimmed; ``1`` and ``1.0`` are the same, and so are ``True`` and ``true``.
    """
    labels = labels.str.strip()
    return truth_values(whole_numbers(labels.mask(labels.isin(["", *missing]))))


def looks_like_amounts(labels: pd.Series) -> bool:
    """Whether labels are numbers of so many values that a regression is meant."""
    kinds = pd.Series(labels.dropna().unique(), dtype="str")
    values = read_numbers(kinds).values
    if len(kinds) <= _MOST_CLASS_NUMBERS or np.isnan(values).any():
        return False
    # Numbers of classes leave no gaps.
    gaps = len(kinds) > _MANY_CLASS_NUMBERS and values.max() - values.min() >= len(kinds)
    return bool((values % 1 != 0).any() or gaps)


def _row(frame: pd.DataFrame, place: "np.intp | int") -> int:
    """The row of the file, counted from 1, of a row of a table from which some are left out."""
    return int(frame.index.to_numpy()[place]) + 1


def _labelled(
    place: Path | SplitFiles, frame: pd.DataFrame, roles: Roles, reading: Reading
) -> pd.DataFrame:
    """The rows with a label, in canonical form."""
    frame["label"] = labels_of(frame["label"], roles.missing)
    missing = frame["label"].isna()
    if missing.all():
        raise BadDataError(place, "No row has a label.", column=roles.label)
    if not missing.any():
        return frame
    if roles.unlabelled == "refuse":
        row = int(np.flatnonzero(missing)[0])
        raise BadDataError(
            place,
            f"The label is missing, here and in {missing.sum() - 1:,} other rows. State `data: "
            "{unlabelled: leave_out}` to leave such rows out.",
            row=row + 1,
            column=roles.label,
        )
    reading.dropped["unlabelled_rows"] = int(missing.sum())
    return frame[~missing]


def _check_classes(
    place: Path | SplitFiles, frame: pd.DataFrame, counts: pd.Series, roles: Roles
) -> None:
    if len(counts) < 2:
        raise BadDataError(
            place,
            f"There is one class only, `{counts.index[0]}`; a model needs two to tell apart.",
            column=roles.label,
        )
    if looks_like_amounts(frame["label"]):
        raise BadDataError(
            place,
            f"The label looks like an amount: {len(counts):,} different numbers. Regression is not "
            "supported; group the values into classes, or name another column in `data: label`.",
            column=roles.label,
        )
    for name in counts.index[counts < LEAST_ROWS]:
        raise BadDataError(
            place,
            f"The class `{name}` has {counts[name]} rows; it needs {LEAST_ROWS}, one for each "
            "split. Join it with another or leave it out.",
            row=int(frame.index[frame["label"] == name][0]) + 1,
            column=roles.label,
        )


def _note_alike(names: Iterable[str], reading: Reading) -> None:
    """Tell of classes that may be one."""
    alike: dict[str, list[str]] = {}
    for name in sorted(names):
        alike.setdefault(name.casefold(), []).append(name)
    for several in alike.values():
        if len(several) > 1:
            shown = ", ".join(f"`{name}`" for name in several)
            reading.note(f"The classes {shown} differ in case only; are they one?")


def _check_splits(
    place: Path | SplitFiles, frame: pd.DataFrame, roles: Roles, reading: Reading
) -> None:
    written = frame["given"].str.strip().str.lower()
    frame["given"] = written.replace(_OTHER_NAMES)
    for row in np.flatnonzero(~frame["given"].isin(SPLITS)):
        raise BadDataError(
            place,
            f"{frame['given'].iloc[row]!r} is none of {', '.join(SPLITS)}.",
            row=_row(frame, row),
            column=roles.split,
        )
    for name in sorted({*written} & {*_OTHER_NAMES}):
        reading.note(f"The split `{name}` is taken as {_OTHER_NAMES[name]}.")
