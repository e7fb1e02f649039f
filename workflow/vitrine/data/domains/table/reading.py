"""A user's tables."""

from pathlib import Path

from vitrine.data.domains.table import TableData, column_of
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.canonical import CanonicalTable, Roles, classified, read_columns
from vitrine.data.readers.cells import Columns, interpreted
from vitrine.data.readers.form import Reading
from vitrine.data.readers.read import missing_column
from vitrine.data.readers.split_files import SPLIT, SplitFiles

_KEYS = ("label", "split", "id", "drop", "numeric", "categorical", "dates")


def read(place: Path | SplitFiles, data: TableData) -> CanonicalTable:
    """The fields, ``label`` and, where the data state splits, ``given``."""
    reading = Reading()
    roles = {data.label: "label", data.split: "given", data.id: "id"}
    roles.pop(None, None)
    frame = read_columns(place, None, [str(name) for name in roles], data, reading)
    names = [str(name) for name in frame]
    for key in _KEYS:
        stated = getattr(data, key)
        for name in stated if isinstance(stated, list | dict) else [stated]:
            if name is not None and name not in names:
                shown = [each for each in names if each != SPLIT]
                raise missing_column(place, name, shown, key)
    fields = [name for name in names if name not in (*roles, *data.drop)]
    if not fields:
        raise BadDataError(place, "There is no column beside the label to decide by.")
    columns = columns_of(data)
    for name in fields:
        frame[name] = interpreted(place, frame[name], columns, reading)
    renamed = {name: column_of(name) for name in fields} | roles
    return classified(
        place,
        frame[[*fields, *roles]].rename(columns=renamed),
        Roles(data.label, data.split, data.id, data.positive, data.unlabelled, data.missing),
        reading,
    )


def columns_of(data: TableData) -> Columns:
    """What the section states about the columns."""
    return Columns(data.numeric, data.categorical, data.dates, data.missing, data.decimal)
