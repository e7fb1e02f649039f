"""Gradients of the target's value by factors on the players, for the methods that need them."""

from typing import Literal

import numpy as np
import torch

from vitrine.data.examples import Examples
from vitrine.games.values import target_value
from vitrine.models.inference import players_within
from vitrine.models.model import Model
from vitrine.models.packing import batches_by_length, pack


def factor_gradients(
    model: Model,
    examples: Examples,
    targets: np.ndarray,
    kind: str,
    factor: Literal["gates", "presence"],
    at: float,
    megabytes: int,
) -> list[np.ndarray]:
    """Derivative of the target's value by a factor on each player, where all have the same.

    Args:
        model: in evaluation mode.
        examples: n instances.
        targets: int64 [n], explained class or item.
        kind: the value function, see `vitrine.games.values`.
        factor: argument of `Model.forward`.
        at: its value for every player.
        megabytes: memory budget; gradients keep the activations of all layers.

    Returns:
        float64 [players] for each instance.
    """
    weight = next(model.parameters())
    players = players_within(model, megabytes) // (2 * model.shape.layers)
    result: dict[int, np.ndarray] = {}
    for rows in batches_by_length(examples.lengths, 256, players):
        batch = examples.take(rows)
        tokens = pack(batch, np.arange(len(batch.ids)), batch.lengths).to(weight.device)
        factors = torch.full(tokens.ids.shape, at, dtype=weight.dtype, device=weight.device)
        factors.requires_grad_()
        target = torch.from_numpy(targets[rows]).to(weight.device)
        value = target_value(model(tokens, **{factor: factors}), target, kind)
        (gradient,) = torch.autograd.grad(value.sum(), factors)
        for row, slopes, length in zip(rows, gradient.cpu().numpy(), batch.lengths, strict=True):
            result[int(row)] = slopes[:length].astype(np.float64)
    return [result[row] for row in range(len(examples))]
