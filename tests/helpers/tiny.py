"""Small models, instances and games that tests share."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from vitrine.data.examples import Examples
from vitrine.models.transformer import Architecture, Transformer

# Several test processes share the machine, and models this small gain nothing from more threads.
torch.set_num_threads(1)

Value = Callable[[np.ndarray], np.ndarray]
"""A game: masks bool [m, players] to values float64 [m]."""


def architecture(**changes: Any) -> Architecture:
    """A small classifier over words; `recommender` gives the causal sibling."""
    shape: dict[str, Any] = {
        "layers": 2,
        "heads": 2,
        "width": 16,
        "vocabulary": 30,
        "features": 2,
        "feature_groups": 1,
        "positions": 12,
        "relative": 0,
        "outputs": 3,
        "causal": False,
        "readout": "mean",
        "dropout": 0.0,
    }
    return Architecture(**(shape | changes))


def recommender() -> Architecture:
    return architecture(positions=0, relative=12, outputs=0, causal=True, readout="last")


def model(shape: Architecture, seed: int = 0) -> Transformer:
    torch.manual_seed(seed)
    return Transformer(shape).eval()


def examples(lengths: list[int], features: int = 2, seed: int = 0) -> Examples:
    """Instances of the given lengths with random contents."""
    rng = np.random.default_rng(seed)
    total = sum(lengths)
    return Examples(
        instance=np.arange(100, 100 + len(lengths)),
        ids=rng.integers(1, 30, total),
        features=rng.standard_normal((total, features)).astype(np.float32),
        positions=np.concatenate([np.arange(n) for n in lengths]),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        labels=rng.integers(0, 3, len(lengths)),
    )


def random_game(players: int, seed: int = 0) -> Value:
    """A nonlinear game with interactions of every order: bool [m, n] -> float64 [m]."""
    rng = np.random.default_rng(seed)
    first = rng.standard_normal((players, 8))
    second = rng.standard_normal(8)

    def value(masks: np.ndarray) -> np.ndarray:
        return np.asarray(np.tanh(masks.astype(np.float64) @ first / np.sqrt(players)) @ second)

    return value


def unanimity(players: int, seed: int) -> tuple[Value, np.ndarray]:
    """A sum of games that pay when a whole group is present, and its Shapley values.

    Each group's payment is shared alike by its members (Shapley 1953).
    """
    rng = np.random.default_rng(seed)
    values = np.zeros(players)
    groups = []
    for _ in range(6):
        size = int(rng.integers(1, min(players, 5) + 1))
        members = rng.choice(players, size, replace=False)
        pays = float(rng.standard_normal())
        values[members] += pays / size
        groups.append((members, pays))

    def value(masks: np.ndarray) -> np.ndarray:
        return np.asarray(sum(pays * masks[:, members].all(axis=1) for members, pays in groups))

    return value, values
