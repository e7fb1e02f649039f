"""Running a model over many ragged rows of players in batches of similar length."""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import numpy as np
import torch

from vitrine.data.examples import Examples
from vitrine.models.model import Model
from vitrine.models.packing import Tokens, batches_by_length, pack

log = logging.getLogger(__name__)

Apply = Callable[[Tokens, np.ndarray], np.ndarray]
T = TypeVar("T")


CPU_BATCH_BYTES = 8 * 2**20


def players_within(model: Model, megabytes: int) -> int:
    """How many players, padding included, a batch may hold to stay within a memory budget.

    Counts float32 activations of one block without gradients: the stream, its norm, queries, keys,
    values and the four-fold MLP (some 14 widths per token), plus the head's output when it scores
    a vocabulary. Attention patterns grow with the square of the length; a row of 256 players is
    assumed for them. On a CPU a batch whose stream leaves the cache is slower than two that stay
    in it, however much memory there is: 8 MiB of the stream's activations were the best or within
    5% of it for models of width 64 on rows of 16 to 60 players. A GPU is kept busy by batches that
    fill a good part of its memory: half of what is free is used, or ``megabytes`` if that is more.
    """
    shape = model.shape
    stream = 4 * 14 * shape.width * shape.tokens_per_player
    pattern = 4 * 3 * shape.heads * 256 * shape.tokens_per_player**2
    device = next(model.parameters()).device
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        megabytes = max(megabytes, free // 2**21)
    players: int = max(1024 // shape.tokens_per_player, megabytes * 2**20 // (stream + pattern))
    if device.type == "cpu":
        players = min(players, max(256, CPU_BATCH_BYTES // stream))
    return players


@torch.no_grad()
def run(
    model: Model,
    examples: Examples,
    members: np.ndarray,
    lengths: np.ndarray,
    apply: Apply,
    *,
    players: int,
    largest: int = 4096,
) -> np.ndarray:
    """Apply a model to ragged rows of players.

    Rows are sorted by length and packed, so a row costs its own players, not the longest row's.
    When memory runs out the batch is halved and tried again.

    Args:
        model: in evaluation mode.
        examples: where the players are.
        members: int64 [sum(lengths)], indices into ``examples.ids``, row after row.
        lengths: int64 [n].
        apply: runs the model on a batch; takes its tokens and row numbers, int64 [batch], and
            returns an array whose first axis is the batch.
        players: most players, padding included, in a batch (see `players_within`).
        largest: most rows in a batch.

    Returns:
        What ``apply`` gave, in the order of the rows.

    Raises:
        RuntimeError: when one row alone does not fit in memory.
    """
    device = next(model.parameters()).device
    places = rows_in(members, lengths)

    def work(rows: np.ndarray) -> np.ndarray:
        return apply(pack(examples, places(rows), lengths[rows]).to(device), rows)

    result: np.ndarray | None = None
    for rows, values in in_batches(batches_by_length(lengths, largest, players), work):
        if result is None:
            result = np.empty((len(lengths), *values.shape[1:]), dtype=values.dtype)
        result[rows] = values
    return np.empty(0) if result is None else result


def in_batches(
    batches: Iterable[np.ndarray], work: Callable[[np.ndarray], T]
) -> Iterator[tuple[np.ndarray, T]]:
    """Work on batches of rows, halving one for which memory does not suffice.

    Args:
        batches: arrays of row numbers.
        work: takes row numbers, int64 [batch].

    Yields:
        The row numbers of each batch or part of one, and what ``work`` gave for them.

    Raises:
        RuntimeError: when one row alone does not fit in memory.
    """
    for batch in batches:
        waiting = [batch]
        while waiting:
            rows = waiting.pop()
            try:
                values = work(rows)
            except (torch.OutOfMemoryError, MemoryError):
                if len(rows) == 1:
                    raise
                log.warning("out of memory with %d rows in a batch: halving it", len(rows))
                waiting += [rows[len(rows) // 2 :], rows[: len(rows) // 2]]
                continue
            yield rows, values


def rows_in(members: np.ndarray, lengths: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """The members of some of the rows that stand one after the other in ``members``.

    Args:
        members: int64 [sum(lengths)].
        lengths: int64 [n].

    Returns:
        A function of row numbers, int64 [m], that gives their members, row after row.
    """
    begins = np.cumsum(lengths) - lengths

    def chosen(rows: np.ndarray) -> np.ndarray:
        counts = lengths[rows]
        shift = np.repeat(begins[rows] - np.cumsum(counts) + counts, counts)
        values: np.ndarray = members[np.arange(len(shift)) + shift]
        return values

    return chosen


def logits(model: Model, examples: Examples, megabytes: int = 256) -> np.ndarray:
    """Logits of whole instances: float32 [n, classes or vocabulary]."""
    return run(
        model,
        examples,
        np.arange(len(examples.ids)),
        examples.lengths,
        lambda tokens, _: model(tokens).float().cpu().numpy(),
        players=players_within(model, megabytes),
        largest=256,
    )
