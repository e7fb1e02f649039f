"""Attention maps from the model's hook points, and their rollout."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from vitrine.data.examples import Examples
from vitrine.models.inference import players_within
from vitrine.models.model import Model
from vitrine.models.packing import batches_by_length, pack


@contextmanager
def recorded(model: Model, hook: str) -> Iterator[list[Tensor]]:
    """Collect the outputs of the hook points with this name, one per layer, in order."""
    outputs: list[Tensor] = []

    def collect(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        outputs.append(output.detach())

    points = [module for name, module in model.named_modules() if name.endswith(hook)]
    if not points:
        raise KeyError(f"the model has no hook point {hook!r}")
    handles = [module.register_forward_hook(collect) for module in points]
    try:
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def attention_maps(
    model: Model, examples: Examples, megabytes: int = 256
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Attention maps of whole instances.

    Args:
        model: in evaluation mode.
        examples: n instances.
        megabytes: memory budget of a batch.

    Returns:
        For each instance the maps, float32 [layers, heads, T, T] with T = 1 + features (the start
        token first; rows attend, columns are attended to), and the readout weights of the final
        states, float32 [T].
    """
    device = next(model.parameters()).device
    tokens_per_batch = players_within(model, megabytes) // model.shape.layers
    result: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for rows in batches_by_length(examples.lengths, 64, tokens_per_batch):
        batch = examples.take(rows)
        tokens = pack(batch, np.arange(len(batch.ids)), batch.lengths).to(device)
        with recorded(model, "hook_pattern") as patterns:
            model(tokens)
        stacked = torch.stack(patterns, dim=1).float()
        maps = model.maps_by_player(stacked, tokens).cpu().numpy()
        weights = model.readout_weights(tokens).cpu().numpy()
        for place, row in enumerate(rows):
            size = 1 + int(batch.lengths[place])
            result[int(row)] = (maps[place, :, :, :size, :size].copy(), weights[place, :size])
    return [result[row] for row in range(len(examples))]


def rollout(maps: np.ndarray) -> np.ndarray:
    """Attention rollout (Abnar & Zuidema 2020): attention traced through all layers.

    Heads are averaged, the residual stream has half of the weight in every layer, and the layers
    are multiplied.

    Args:
        maps: float [layers, heads, T, T], rows summing to 1.

    Returns:
        float [T, T], rows summing to 1: how much of each input token is in each final state.
    """
    size = maps.shape[-1]
    total = np.eye(size, dtype=maps.dtype)
    for layer in maps.mean(axis=1):
        total = (0.5 * layer + 0.5 * np.eye(size, dtype=maps.dtype)) @ total
    return total


def rollout_attribution(maps: np.ndarray, readout: np.ndarray) -> np.ndarray:
    """Rollout of the state that is read out, without the start token: float64 [features]."""
    shares: np.ndarray = (readout @ rollout(maps))[1:].astype(np.float64)
    return shares
