"""An ``.npz`` file that is written array by array, so that it is never in memory as a whole."""

import zipfile
from pathlib import Path
from types import TracebackType

import numpy as np


class Archive:
    """A file in the format of `numpy.savez_compressed`, which ``numpy.load`` reads.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._file = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)

    def add(self, name: str, array: np.ndarray) -> None:
        """Append an array of numbers."""
        with self._file.open(f"{name}.npy", "w", force_zip64=True) as part:
            np.lib.format.write_array(part, np.asanyarray(array), allow_pickle=False)

    def __enter__(self) -> "Archive":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
