"""The rows of a dataset that lies in several files, each of which belongs to a split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.form import Form, Reading
from vitrine.data.readers.read import read_tables

# Stands for the column of the split, which no file has.
SPLIT = "split of the dataset"


@dataclass
class SplitFiles:
    """Files of a dataset, read as one table; what has no label is left out.

    Attributes:
        name: what messages call the dataset.
        files: the files of each of ``train``, ``validation`` and ``test`` that there is.
        label: the column with the label; None where rows have none.
        given: whether the table gets a column `SPLIT`.
        dropped: after reading, ``unlabelled_rows`` that were left out, where there were any.
    """

    name: str
    files: Mapping[str, Sequence[Path]]
    label: str | None
    given: bool
    dropped: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._files: list[Path] = []
        self._ends = np.zeros(0, dtype=np.int64)
        self._labelled = np.zeros(0, dtype=np.int64)

    def __str__(self) -> str:
        return self.name

    def read(
        self,
        columns: Sequence[str] | None,
        texts: Sequence[str] = (),
        form: Form | None = None,
        reading: Reading | None = None,
    ) -> pd.DataFrame:
        """Read the columns, in this order, `SPLIT` among them if it is asked for or all are.

        Args:
            columns: as for `read_table`.
            texts: as for `read_table`.
            form: as for `read_table`.
            reading: as for `read_table`.

        Raises:
            BadDataError: as `read_tables`; or the label is missing in all training or test rows.
        """
        inside = [name for name in columns if name != SPLIT] if columns is not None else None
        self._files = [path for paths in self.files.values() for path in paths]
        texts = [name for name in texts if name != SPLIT]
        frame, rows = read_tables(self._files, inside, texts, form, reading)
        self._ends = np.cumsum(rows)
        split_of = [split for split, paths in self.files.items() for _ in paths]
        splits = np.repeat(np.array(split_of, dtype=object), rows)
        labelled = np.ones(len(frame), dtype=bool)
        if self.label in frame:
            label = frame[self.label]
            labelled = (label.notna() & (label.astype("str").str.strip() != "")).to_numpy()
            self._check_labels(splits, labelled)
            if not labelled.all():
                self.dropped = {"unlabelled_rows": int((~labelled).sum())}
        self._labelled = np.flatnonzero(labelled)
        frame = frame.iloc[self._labelled].reset_index(drop=True) if self.dropped else frame
        if self.given:
            frame[SPLIT] = pd.Series(splits[self._labelled], dtype="str")
        return frame if columns is None else frame[list(columns)]

    def _check_labels(self, splits: np.ndarray, labelled: np.ndarray) -> None:
        with_labels = [split for split in self.files if labelled[splits == split].any()]
        for split in ("train", "test") if self.given else ():
            if split not in with_labels:
                advice = (
                    "State `data: {splits: {test: validation}}` to test on the validation split, "
                    "and validation rows are drawn from the training rows"
                    if split == "test" and "validation" in with_labels
                    else f"Name a split with labels in `data: {{splits: {{{split}: ...}}}}`, or "
                    "write `split: {kind: random, ...}`, which draws from all rows with labels"
                )
                raise BadDataError(
                    self.files[split][0],
                    f"The split {split} of {self.name} has no labels. {advice}.",
                    column=self.label,
                )
        if not with_labels:
            raise BadDataError(
                self._files[0], f"No row of {self.name} has a label.", column=self.label
            )

    def located(self, error: BadDataError) -> BadDataError:
        """The same error with the file and its row, where it names a row of the table."""
        if error.path is not self or error.row is None:
            return error
        row = int(self._labelled[error.row - 1])
        file = int(np.searchsorted(self._ends, row, side="right"))
        start = int(self._ends[file - 1]) if file else 0
        return BadDataError(self._files[file], error.what, row=row - start + 1, column=error.column)
