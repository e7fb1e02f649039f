"""Small changes of instances that several domains share; see `Domain.small_change`."""

from dataclasses import replace

import numpy as np

from vitrine.data.examples import Examples


def all_players(examples: Examples) -> list[np.ndarray]:
    """The places of the players of each instance, int64."""
    return [np.arange(n) for n in examples.lengths]


def add_noise(
    examples: Examples, size: float, rng: np.random.Generator
) -> tuple[Examples, list[np.ndarray]]:
    """Add Gaussian noise of deviation ``size`` to all numeric contents."""
    noise = size * rng.standard_normal(examples.features.shape)
    features = (examples.features + noise).astype(np.float32)
    return replace(examples, features=features), all_players(examples)


def drop_one_player(
    examples: Examples, rng: np.random.Generator
) -> tuple[Examples, list[np.ndarray]]:
    """Remove one random player from each instance of two or more; the others close up."""
    remaining = []
    for n in examples.lengths.tolist():
        # An instance of one player would be nothing without it.
        dropped = rng.integers(n) if n > 1 else -1
        remaining.append(np.flatnonzero(np.arange(n) != dropped))
    rows = np.concatenate(
        [offset + places for offset, places in zip(examples.offsets, remaining, strict=False)]
    )
    lengths = np.array([len(places) for places in remaining])
    closed = [
        _closed_up(examples.positions[examples.rows(i)], places)
        for i, places in enumerate(remaining)
    ]
    return replace(examples.left(rows, lengths), positions=np.concatenate(closed)), remaining


def _closed_up(places: np.ndarray, remaining: np.ndarray) -> np.ndarray:
    """Places of the remaining players, int64 [remaining], as if the others had never been there."""
    sizes = np.diff(places, append=places[-1:] + 1)
    begins = np.cumsum(sizes[remaining]) - sizes[remaining]
    values: np.ndarray = places[:1].repeat(len(remaining)) + begins
    return values
