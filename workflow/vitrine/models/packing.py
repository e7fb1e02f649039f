"""Packing ragged rows of players into the padded tensors that the transformer takes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vitrine.data.examples import Examples


@dataclass(frozen=True)
class Tokens:
    """A padded batch of players; padding stands at the end of each row.

    Attributes:
        ids: int64 [batch, players], vocabulary index.
        features: float32 [batch, players, k], numeric content (k may be 0).
        positions: int64 [batch, players], place of the player in its whole instance.
        present: bool [batch, players], False where a row is padded; None when nothing is.
    """

    ids: Tensor
    features: Tensor
    positions: Tensor
    present: Tensor | None

    def to(self, device: torch.device) -> "Tokens":
        """The same batch on another device."""
        present = None if self.present is None else self.present.to(device)
        return Tokens(
            self.ids.to(device), self.features.to(device), self.positions.to(device), present
        )


def pad(members: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lay ragged rows out as a matrix.

    Args:
        members: int64 [sum(lengths)], the rows one after the other.
        lengths: int64 [batch].

    Returns:
        The rows, int64 [batch, max(lengths)], padded with 0, and bool of the same shape that is
        True where a row has a member.
    """
    width = int(lengths.max(initial=0))
    present = np.arange(width) < lengths[:, None]
    rows = np.zeros(present.shape, dtype=np.int64)
    rows[present] = members
    return rows, present


def pack(examples: Examples, members: np.ndarray, lengths: np.ndarray) -> Tokens:
    """Gather players of ``examples`` into a batch.

    Args:
        examples: where the players are.
        members: int64 [sum(lengths)], indices into ``examples.ids``, row after row; a player that
            is not named is absent, the others keep their positions.
        lengths: int64 [batch], players in each row.
    """
    rows, present = pad(members, lengths)
    # np.take is several times faster here than indexing by a matrix.
    return Tokens(
        ids=torch.from_numpy(np.take(examples.ids, rows)),
        features=torch.from_numpy(np.take(examples.features, rows, axis=0)),
        positions=torch.from_numpy(np.take(examples.positions, rows)),
        present=None if present.all() else torch.from_numpy(present),
    )


def batches_by_length(lengths: np.ndarray, largest: int, players: int) -> Iterator[np.ndarray]:
    """Split rows into batches of similar length.

    Args:
        lengths: int64 [n], players in each row.
        largest: most rows in a batch.
        players: most players, padding included, in a batch; a longer row stands alone.

    Yields:
        int64 arrays of row numbers; together they hold every row once.
    """
    order = np.argsort(lengths, kind="stable")
    start = 0
    while start < len(order):
        stop = min(start + largest, len(order))
        # Rows are ascending, so the last row of a batch says what the padded batch costs.
        while stop - start > 1 and (stop - start) * (lengths[order[stop - 1]] + 1) > players:
            stop = start + max(1, (stop - start) // 2)
        yield order[start:stop]
        start = stop
