"""The losses of every test item at every measurement of every training run, in one file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vitrine.files import atomic

STEPS = "steps"  # the name of the steps in the file, beside those of the metrics


@dataclass(frozen=True)
class ItemLosses:
    """Losses by metric; 0 is the optimum of each.

    Attributes:
        steps: int64 [measurements], from 0 on.
        values: metric to float32 [seeds, measurements, items]. All seeds have the same items in
            the same order, and the mean over items is 0 where the metric is at its optimum. Tasks
            that do not predict symbols have none.
    """

    steps: np.ndarray
    values: dict[str, np.ndarray]

    def save(self, path: Path) -> None:
        """Write an ``.npz`` file with the steps and an array per metric."""
        arrays: dict[str, Any] = {STEPS: self.steps, **self.values}
        with atomic(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, **arrays)

    @classmethod
    def load(cls, path: Path) -> "ItemLosses":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            values = {name: arrays[name] for name in arrays.files if name != STEPS}
            return cls(arrays[STEPS], values)


def stack(steps: Sequence[int], runs: Sequence[Sequence[Mapping[str, np.ndarray]]]) -> ItemLosses:
    """The losses of several training runs.

    Args:
        steps: of the measurements.
        runs: for every seed and measurement the losses by metric, float [items].
    """
    metrics = runs[0][0]
    return ItemLosses(
        np.asarray(steps, dtype=np.int64),
        {
            name: np.array([[losses[name] for losses in run] for run in runs], dtype=np.float32)
            for name in metrics
        },
    )
