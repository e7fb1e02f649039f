"""The baseline of images, and its game: pixels of removed patches become the mean pixel."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.data.domains.image.encoding import pixels_of
from vitrine.data.encoding import Encoding
from vitrine.evaluation.baselines.baseline import (
    Baseline,
    Candidate,
    DomainBaselines,
    Encode,
    Score,
    logistic,
)
from vitrine.games.inputs import Value, image_game


def _logistic(folder: Path, encoding: Encoding, _seed: int) -> Iterable[Candidate]:
    return logistic(folder, encoding, _pixels)


def _pixels(_train: pd.DataFrame, encoding: Encoding) -> Encode:
    mean, deviation = encoding.details["mean"], encoding.details["deviation"]
    return lambda rows: (pixels_of(rows) - mean) / deviation


def _game(
    _baseline: Candidate,
    score: Score,
    encoding: Encoding,
    row: pd.DataFrame,
    _target: int,
    _background: pd.DataFrame | None,
) -> tuple[Value, int]:
    names = row.filter(regex=r"^pixel_\d+$").columns
    patches = _patches(encoding.details["side"], encoding.details["patch"])
    game = image_game(
        lambda images: score(pd.DataFrame(images, columns=names)),
        pixels_of(row)[0],
        patches,
        encoding.details["mean"],
    )
    return game, int(patches.max()) + 1


def _patches(side: int, patch: int) -> np.ndarray:
    """The patch of each pixel, row by row: int64 [side * side]."""
    place = np.arange(side) // patch
    return (place[:, None] * (side // patch) + place).ravel()


BASELINES = DomainBaselines(
    name="image",
    order=4,
    baselines={"logistic": Baseline("Logistic regression on pixels", _logistic)},
    game=_game,
)
