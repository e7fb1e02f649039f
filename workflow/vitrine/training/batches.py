"""Training batches: whole instances for classifiers, windows of a history for recommenders."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from vitrine.data.examples import Examples
from vitrine.models.packing import Tokens, pack, pad
from vitrine.training.dropping import drop_tokens

BATCHES_SORTED_TOGETHER = 16


def shuffled(lengths: np.ndarray, size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Random batches of rows of similar length.

    Rows are shuffled, sorted by length within groups of some batches, cut, and the batches are
    shuffled again: little padding, and every epoch has other neighbours.

    Yields:
        int64 arrays of row numbers; together they hold every row once.
    """
    order = rng.permutation(len(lengths))
    batches = []
    for start in range(0, len(order), size * BATCHES_SORTED_TOGETHER):
        group = order[start : start + size * BATCHES_SORTED_TOGETHER]
        group = group[np.argsort(lengths[group], kind="stable")]
        batches += [group[i : i + size] for i in range(0, len(group), size)]
    for i in rng.permutation(len(batches)):
        yield batches[i]


def classifier_batches(
    examples: Examples, size: int, dropping: float, rng: np.random.Generator
) -> Iterator[tuple[Tokens, Tensor]]:
    """One epoch of instances with some tokens dropped, and their labels int64 [batch].

    Batches have instances of similar length before tokens are dropped.
    """
    for rows in shuffled(examples.lengths, size, rng):
        batch = examples.take(rows)
        mask = drop_tokens(batch.lengths, dropping, rng)
        lengths = np.add.reduceat(mask, batch.offsets[:-1]) * (batch.lengths > 0)
        yield pack(batch, np.flatnonzero(mask), lengths), torch.from_numpy(batch.labels)


def compact_batches(
    examples: Examples, size: int, dropping: float, rng: np.random.Generator
) -> Iterator[tuple[Tokens, Tensor]]:
    """As `classifier_batches`, with instances of similar length after tokens are dropped.

    There is little padding, which pays for large models; but whether an instance has lost tokens is
    not independent of the length of its batch.
    """
    mask = drop_tokens(examples.lengths, dropping, rng)
    lengths = np.add.reduceat(np.append(mask, 0), examples.offsets[:-1]) * (examples.lengths > 0)
    left = examples.left(np.flatnonzero(mask), lengths)
    for rows in shuffled(lengths, size, rng):
        batch = left.take(rows)
        all_tokens = np.arange(len(batch.ids))
        yield pack(batch, all_tokens, batch.lengths), torch.from_numpy(batch.labels)


def windows(examples: Examples, window: int) -> np.ndarray:
    """Number of windows that cover each history once: int64 [n].

    A window of so many items also needs the item after its last.
    """
    count: np.ndarray = -(-examples.lengths // (window + 1))
    return count


def reorder_ties(examples: Examples, rng: np.random.Generator) -> Examples:
    """The same histories with the items of the same second in a new random order.

    Their true order is unknown, so a model should not learn the order in the table.
    """
    if examples.times is None:
        return examples
    history = np.repeat(np.arange(len(examples)), examples.lengths)
    order = np.lexsort((rng.random(len(history)), examples.times, history))
    return replace(examples, ids=examples.ids[order], features=examples.features[order])


def history_batches(
    examples: Examples, size: int, window: int, dropping: float, rng: np.random.Generator
) -> Iterator[tuple[Tokens, Tensor]]:
    """One epoch of windows of the histories, cut at random positions, ties in random order.

    Each history gives as many windows as cover it once on average.

    Args:
        examples: whole histories.
        size: windows in a batch.
        window: maximum number of items in a window.
        dropping: probability that a window loses items.
        rng: the random stream.

    Yields:
        The windows and, int64 [batch, 1 + items], the id that follows each token in the whole
        history (the first of the window for the start token); -1 where there is no target: padding,
        and items outside the vocabulary.
    """
    examples = reorder_ties(examples, rng)
    user = np.repeat(np.arange(len(examples)), windows(examples, window))
    lengths = np.minimum(examples.lengths, window + 1)[user]
    slack = examples.lengths[user] - lengths + 1
    first = examples.offsets[user] + np.floor(rng.random(len(user)) * slack).astype(np.int64)
    for rows in shuffled(lengths, size, rng):
        counts = lengths[rows] - 1
        items = np.concatenate(
            [np.arange(start, start + n) for start, n in zip(first[rows], counts, strict=True)]
        )
        mask = drop_tokens(counts, dropping, rng)
        remaining = np.bincount(np.repeat(np.arange(len(rows)), counts)[mask], minlength=len(rows))
        items = items[mask]
        following, present = pad(items + 1, remaining)
        nexts = np.where(present, examples.ids[following], 0)
        targets = np.concatenate([examples.ids[first[rows]][:, None], nexts], axis=1)
        targets[targets == 0] = -1
        yield pack(examples, items, remaining), torch.from_numpy(targets)


def earlier_items(tokens: Tokens, targets: Tensor, has_target: Tensor) -> Tensor:
    """The items before a target in its window, which are no candidates when it is ranked.

    Args:
        tokens: a batch of windows.
        targets: int64 [batch, 1 + items], the item that follows each token.
        has_target: bool of the same shape, the n targets that count.

    Returns:
        int64 [n, items], 0 (which is never a target) in place of later items and of the target.
    """
    row, place = has_target.nonzero(as_tuple=True)
    ids = tokens.ids[row]
    before = torch.arange(ids.shape[1], device=ids.device) < place[:, None]
    return torch.where(before & (ids != targets[has_target][:, None]), ids, 0)
