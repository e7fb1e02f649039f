"""Activations of hidden units: the neurons between the two layers of an MLP."""

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
def high_variance_units(
    model: Model, examples: Examples, count: int, megabytes: int = 256
) -> np.ndarray:
    """The units of each layer with the highest variance over the tokens of all instances.

    Args:
        model: in evaluation mode.
        examples: n instances.
        count: units per layer.
        megabytes: memory budget of a batch.

    Returns:
        int64 [layers, count], the highest variance first.
    """
    sums = squares = torch.zeros(())
    tokens = 0
    for _, lengths, hidden in _batches(model, examples, megabytes):
        present = torch.arange(hidden.shape[2])[None, :] <= torch.as_tensor(lengths)[:, None]
        flat = hidden.double() * present[:, None, :, None]
        sums = sums + flat.sum(dim=(0, 2))
        squares = squares + flat.square().sum(dim=(0, 2))
        tokens += int(present.sum())
    variance = squares / tokens - (sums / tokens).square()
    order = variance.argsort(dim=-1, descending=True, stable=True)
    units: np.ndarray = order[:, :count].numpy()
    return units


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
        For each instance float32 [layers, count, T] with T = 1 + features, the start token first.
    """
    chosen = torch.as_tensor(units)
    result: dict[int, np.ndarray] = {}
    for rows, lengths, hidden in _batches(model, examples, megabytes):
        index = chosen[None, :, None, :].expand(len(hidden), -1, hidden.shape[2], -1)
        activations = hidden.gather(-1, index).transpose(2, 3).numpy()
        for place, row in enumerate(rows):
            result[int(row)] = activations[place, :, :, : 1 + int(lengths[place])].copy()
    return [result[row] for row in range(len(examples))]


def _batches(
    model: Model, examples: Examples, megabytes: int
) -> Iterator[tuple[np.ndarray, np.ndarray, Tensor]]:
    """Rows, their lengths, and hidden units: float32 [batch, layers, tokens, units]."""
    device = next(model.parameters()).device
    tokens_per_batch = players_within(model, megabytes) // model.shape.layers
    for rows in batches_by_length(examples.lengths, 64, tokens_per_batch):
        batch = examples.take(rows)
        tokens = pack(batch, np.arange(len(batch.ids)), batch.lengths).to(device)
        with recorded(model, model.hook_hidden) as outputs:
            model(tokens)
        hidden = [model.by_player(layer.float(), tokens) for layer in outputs]
        yield rows, batch.lengths, torch.stack(hidden, dim=1).cpu()
