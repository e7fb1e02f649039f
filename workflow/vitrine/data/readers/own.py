"""A user's own data, brought into the canonical tables that the built-in sources have too."""

import importlib
from pathlib import Path
from typing import cast

from vitrine.data.domains.registry import READING
from vitrine.data.own_data import OwnData
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.canonical import CanonicalTable
from vitrine.data.readers.split_files import SPLIT, SplitFiles


def read_own(data: OwnData, files: SplitFiles | None = None) -> CanonicalTable:
    """Read a user's data as the section ``data`` of a study describes them.

    Args:
        data: the section.
        files: the files of a dataset on the Hub; None for ``data: file``.

    Raises:
        BadDataError: the data cannot be used; names file, row and column, and what would help.
    """
    read = importlib.import_module(READING[data.domain]).read
    if files is None:
        return cast(CanonicalTable, read(Path(str(data.file)), data))
    if files.given and "split" in type(data).model_fields:
        data = data.model_copy(update={"split": SPLIT})
    try:
        canonical: CanonicalTable = read(files, data)
    except BadDataError as error:
        raise files.located(error) from None
    canonical.reading.dropped |= files.dropped
    return canonical
