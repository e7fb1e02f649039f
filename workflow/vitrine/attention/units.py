"""Activations of hidden units: what single neurons between the two layers of an MLP respond to."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from vitrine.attention.maps import recorded
from vitrine.data.examples import Examples
from vitrine.models.inference import players_within
from vitrine.models.model import Model
from vitrine.models.packing import batches_by_length, pack


@torch.no_grad()
def telling_units(model: Model, examples: Examples, count: int, megabytes: int = 256) -> np.ndarray:
    """The units of each layer whose activation varies most over the tokens of all instances.

    Args:
        model: in evaluation mode.
        examples: n instances.
        count: units per layer.
        megabytes: memory budget of a batch.

    Returns:
        int64 [layers, count], the most varying first.
    """
    sums = squares = torch.zeros(())
    tokens = 0
    for _, lengths, hidden in _batches(model, examples, megabytes):
        there = torch.arange(hidden.shape[2])[None, :] <= torch.as_tensor(lengths)[:, None]
        flat = hidden.double() * there[:, None, :, None]
        sums = sums + flat.sum(dim=(0, 2))
        squares = squares + flat.square().sum(dim=(0, 2))
        tokens += int(there.sum())
    variance = squares / tokens - (sums / tokens).square()
    return variance.argsort(dim=-1, descending=True, stable=True)[:, :count].numpy()


@torch.no_grad()
def unit_activations(
    model: Model, examples: Examples, units: np.ndarray, megabytes: int = 256
) -> list[np.ndarray]:
    """Activations of some units on every token.

    Args:
        model: in evaluation mode.
        examples: n instances.
        units: int64 [layers, count].
        megabytes: memory budget of a batch.

    Returns:
        For each instance float32 [layers, count, T] with T = 1 + players, the start token first.
    """
    chosen = torch.as_tensor(units)
    result: dict[int, np.ndarray] = {}
    for rows, lengths, hidden in _batches(model, examples, megabytes):
        index = chosen[None, :, None, :].expand(len(hidden), -1, hidden.shape[2], -1)
        own = hidden.gather(-1, index).transpose(2, 3).numpy()
        for place, row in enumerate(rows):
            result[int(row)] = own[place, :, :, : 1 + int(lengths[place])].copy()
    return [result[row] for row in range(len(examples))]


def _batches(
    model: Model, examples: Examples, megabytes: int
) -> Iterator[tuple[np.ndarray, np.ndarray, Tensor]]:
    """Rows, their numbers of players, and hidden units: float32 [batch, layers, tokens, units]."""
    device = next(model.parameters()).device
    players = players_within(model, megabytes) // model.shape.layers
    for rows in batches_by_length(examples.lengths, 64, players):
        batch = examples.take(rows)
        tokens = pack(batch, np.arange(len(batch.ids)), batch.lengths).to(device)
        with recorded(model, model.hook_hidden) as seen:
            model(tokens)
        hidden = [model.by_player(layer.float(), tokens) for layer in seen]
        yield rows, batch.lengths, torch.stack(hidden, dim=1).cpu()
