"""Training batches: whole instances for classifiers, windows of a history for recommenders."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from vitrine.data.examples import Examples
from vitrine.models.packing import Tokens, pack, pad
from vitrine.training.dropping import drop_players

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
    """One epoch of instances with some players dropped, and their labels int64 [batch].

    Instances stand beside others that were as long before players were dropped.
    """
    for rows in shuffled(examples.lengths, size, rng):
        batch = examples.take(rows)
        kept = drop_players(batch.lengths, dropping, rng)
        lengths = np.add.reduceat(kept, batch.offsets[:-1]) * (batch.lengths > 0)
        yield pack(batch, np.flatnonzero(kept), lengths), torch.from_numpy(batch.labels)


def compact_batches(
    examples: Examples, size: int, dropping: float, rng: np.random.Generator
) -> Iterator[tuple[Tokens, Tensor]]:
    """As `classifier_batches`, beside others that are as long after players were dropped.

    Hardly anything is padded, which is worth it for large models; but whether an instance has lost
    players is no longer independent of its neighbours' length.
    """
    kept = drop_players(examples.lengths, dropping, rng)
    lengths = np.add.reduceat(np.append(kept, 0), examples.offsets[:-1]) * (examples.lengths > 0)
    left = examples.left(np.flatnonzero(kept), lengths)
    for rows in shuffled(lengths, size, rng):
        batch = left.take(rows)
        everyone = np.arange(len(batch.ids))
        yield pack(batch, everyone, batch.lengths), torch.from_numpy(batch.labels)


def windows(examples: Examples, players: int) -> np.ndarray:
    """How many windows it takes to see each history once: int64 [n].

    A window of ``players`` items also needs the item that follows its last.
    """
    return -(-examples.lengths // (players + 1))


def reorder_ties(examples: Examples, rng: np.random.Generator) -> Examples:
    """The same histories with the items of one second in another random order.

    Their order is not known, so a model should not learn the one that the table happens to have.
    """
    if examples.times is None:
        return examples
    history = np.repeat(np.arange(len(examples)), examples.lengths)
    order = np.lexsort((rng.random(len(history)), examples.times, history))
    return replace(examples, ids=examples.ids[order], features=examples.features[order])


def history_batches(
    examples: Examples, size: int, players: int, dropping: float, rng: np.random.Generator
) -> Iterator[tuple[Tokens, Tensor]]:
    """One epoch of windows of the histories, cut at random places, ties in random order.

    Each history gives as many windows as it takes to be seen once on average.

    Args:
        examples: whole histories.
        size: windows in a batch.
        players: most items in a window.
        dropping: probability that a window loses items.
        rng: the random stream.

    Yields:
        The windows and, int64 [batch, 1 + players], the id that follows each token in the whole
        history (the start token's is the window's first); -1 where nothing is to be learned:
        padding, and items outside the vocabulary.
    """
    examples = reorder_ties(examples, rng)
    user = np.repeat(np.arange(len(examples)), windows(examples, players))
    lengths = np.minimum(examples.lengths, players + 1)[user]
    slack = examples.lengths[user] - lengths + 1
    first = examples.offsets[user] + np.floor(rng.random(len(user)) * slack).astype(np.int64)
    for rows in shuffled(lengths, size, rng):
        seen = lengths[rows] - 1
        members = np.concatenate(
            [np.arange(start, start + n) for start, n in zip(first[rows], seen, strict=True)]
        )
        kept = drop_players(seen, dropping, rng)
        stay = np.bincount(np.repeat(np.arange(len(rows)), seen)[kept], minlength=len(rows))
        members = members[kept]
        following, present = pad(members + 1, stay)
        nexts = np.where(present, examples.ids[following], 0)
        targets = np.concatenate([examples.ids[first[rows]][:, None], nexts], axis=1)
        targets[targets == 0] = -1
        yield pack(examples, members, stay), torch.from_numpy(targets)


def seen_before(tokens: Tokens, targets: Tensor, learned: Tensor) -> Tensor:
    """The items that a target's window holds before it, which are no candidates when it is ranked.

    Args:
        tokens: a batch of windows.
        targets: int64 [batch, 1 + players], the item that follows each token.
        learned: bool of the same shape, the n targets that count.

    Returns:
        int64 [n, players], 0 (which is never a target) in place of other items and of the target.
    """
    row, place = learned.nonzero(as_tuple=True)
    ids = tokens.ids[row]
    before = torch.arange(ids.shape[1], device=ids.device) < place[:, None]
    return torch.where(before & (ids != targets[learned][:, None]), ids, 0)
