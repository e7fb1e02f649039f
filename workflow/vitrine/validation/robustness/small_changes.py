"""Small changes of an instance that should not change its explanation much.

Text and histories lose one player, and the others close up. Images get Gaussian noise on every
pixel. Of tables one numeric field moves within its training range.
"""

from dataclasses import replace

import numpy as np

from vitrine.data.encoding import Encoding
from vitrine.data.examples import Examples


def changed(
    examples: Examples, encoding: Encoding, size: float, rng: np.random.Generator
) -> tuple[Examples, list[np.ndarray]]:
    """Instances with a small change each.

    Args:
        examples: n instances.
        encoding: of the study.
        size: images: deviation of the noise, in deviations of the training pixels. Tables:
            deviation of the field's move, as a share of the training rows that it passes.
        rng: the random stream.

    Returns:
        The changed instances, and for each the players that are left, int64, by their places in
        the given instance.
    """
    if encoding.domain == "image":
        noise = size * rng.standard_normal(examples.features.shape)
        features = (examples.features + noise).astype(np.float32)
        return replace(examples, features=features), _all(examples)
    if encoding.domain == "table":
        return replace(examples, features=_moved(examples, encoding, size, rng)), _all(examples)
    return _one_dropped(examples, rng)


def _all(examples: Examples) -> list[np.ndarray]:
    return [np.arange(n) for n in examples.lengths]


def _one_dropped(examples: Examples, rng: np.random.Generator) -> tuple[Examples, list[np.ndarray]]:
    left = []
    for n in examples.lengths.tolist():
        # An instance of one player would be nothing without it.
        gone = rng.integers(n) if n > 1 else -1
        left.append(np.flatnonzero(np.arange(n) != gone))
    rows = np.concatenate(
        [offset + kept for offset, kept in zip(examples.offsets, left, strict=False)]
    )
    lengths = np.array([len(kept) for kept in left])
    closed = [_closed(examples.positions[examples.rows(i)], kept) for i, kept in enumerate(left)]
    return replace(examples.left(rows, lengths), positions=np.concatenate(closed)), left


def _closed(places: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Places of the players that are left, int64 [kept], as if the others had never been there."""
    sizes = np.diff(places, append=places[-1:] + 1)
    begins = np.cumsum(sizes[kept]) - sizes[kept]
    return places[:1].repeat(len(kept)) + begins


def _moved(
    examples: Examples, encoding: Encoding, size: float, rng: np.random.Generator
) -> np.ndarray:
    """Features in which one numeric, known field of each instance has moved."""
    fields = encoding.details["fields"]
    bins = np.array([len(field.get("edges", [0])) - 1 for field in fields])
    names = {field["name"] for field in fields if field["kind"] == "numeric"}
    known = np.array([entry in names for entry in encoding.vocabulary])
    features = examples.features.copy()
    for i in range(len(examples)):
        rows = np.arange(examples.offsets[i], examples.offsets[i + 1])
        numeric = rows[known[examples.ids[rows]]]
        if len(numeric) == 0:
            continue
        row = rng.choice(numeric)
        count = bins[examples.positions[row]]
        # The piecewise-linear code of a value sums to its place among the quantiles.
        place = features[row].sum() + size * count * rng.standard_normal()
        features[row, :count] = np.clip(place - np.arange(count), 0.0, 1.0)
    return features
