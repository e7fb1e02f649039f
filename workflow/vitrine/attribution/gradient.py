"""Gradient x input on the players' embeddings (Shrikumar et al. 2016; Denil et al. 2014)."""

import numpy as np
import torch

from vitrine.attribution.task import Task, given
from vitrine.data.examples import Examples
from vitrine.games.game import Explanation, Strategy
from vitrine.games.values import target_value
from vitrine.models.inference import players_within
from vitrine.models.packing import batches_by_length, pack
from vitrine.models.transformer import Transformer


def strategies(task: Task) -> list[Strategy[Explanation]]:
    """One strategy per instance."""
    values = gradient_times_input(task.model, task.examples, task.targets, task.value)
    return [given(instance) for instance in values]


def gradient_times_input(
    model: Transformer,
    examples: Examples,
    targets: np.ndarray,
    kind: str,
    megabytes: int = 256,
) -> list[np.ndarray]:
    """Attribution of each player: the gradient of the target's value times the player's embedding.

    It is taken as the derivative with respect to a factor on the embedding, at 1, which is the sum
    over the embedding's entries of gradient x entry.

    Args:
        model: in evaluation mode.
        examples: n instances.
        targets: int64 [n], explained class or item.
        kind: the value function, see `vitrine.games.values`.
        megabytes: memory budget; gradients keep the activations of all layers.

    Returns:
        float64 [players] for each instance.
    """
    device = next(model.parameters()).device
    players = players_within(model, megabytes) // (2 * model.shape.layers)
    result: dict[int, np.ndarray] = {}
    for rows in batches_by_length(examples.lengths, 256, players):
        batch = examples.take(rows)
        tokens = pack(batch, np.arange(len(batch.ids)), batch.lengths).to(device)
        gates = torch.ones(tokens.ids.shape, device=device, requires_grad=True)
        target = torch.from_numpy(targets[rows]).to(device)
        total = target_value(model(tokens, gates), target, kind).sum()
        (gradient,) = torch.autograd.grad(total, gates)
        for row, values, length in zip(rows, gradient.cpu().numpy(), batch.lengths, strict=True):
            result[int(row)] = values[:length].astype(np.float64)
    return [result[row] for row in range(len(examples))]
