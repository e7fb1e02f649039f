"""Small square images: the players are patches, read row by row.

``Encoding.details``: ``side`` and ``patch`` in pixels; ``mean`` and ``deviation`` of all pixels of
the training images, by which pixels are centred and scaled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vitrine.data.domains.image import ImageData
from vitrine.data.encoding import UNKNOWN, Encoding, Players

if TYPE_CHECKING:
    from vitrine.data.settings import StudyData

DEFAULT_PATCH = 2


def pixels_of(frame: pd.DataFrame) -> np.ndarray:
    """Columns ``pixel_00``, ``pixel_01``, ... as float64 [n, pixels], row by row of the image."""
    return frame.filter(regex=r"^pixel_\d+$").to_numpy(dtype=np.float64)


def fit(study: str, train: pd.DataFrame, classes: list[str], settings: StudyData) -> Encoding:
    """Fit mean and deviation of the pixels; the number of players follows from the image."""
    pixels = pixels_of(train)
    side = round(pixels.shape[1] ** 0.5)
    patch = settings.data.patch if isinstance(settings.data, ImageData) else DEFAULT_PATCH
    patches = (side // patch) ** 2
    return Encoding(
        study=study,
        domain="image",
        task="classification",
        classes=classes,
        vocabulary=[UNKNOWN, "patch"],
        players=patches,
        positions=patches,
        feature_width=patch**2,
        feature_groups=1,
        details={
            "side": side,
            "patch": patch,
            "mean": float(pixels.mean()),
            "deviation": float(pixels.std()) or 1.0,
        },
    )


def encode(frame: pd.DataFrame, encoding: Encoding) -> Players:
    """Turn each image into its patches; the features are the patch's pixels, row by row."""
    side, patch = encoding.details["side"], encoding.details["patch"]
    pixels = (pixels_of(frame) - encoding.details["mean"]) / encoding.details["deviation"]
    grid = side // patch
    n = len(frame)
    patches = pixels.reshape(n, grid, patch, grid, patch).transpose(0, 1, 3, 2, 4)
    return Players(
        lengths=np.full(n, grid**2, dtype=np.int64),
        ids=np.ones(n * grid**2, dtype=np.int64),
        features=patches.reshape(-1, patch**2).astype(np.float32),
        truncated=np.zeros(n, dtype=np.int64),
    )


def names(frame: pd.DataFrame, encoding: Encoding) -> list[list[str]]:
    """The place of each patch, counted from 1."""
    grid = encoding.details["side"] // encoding.details["patch"]
    places = [f"row {r}, column {c}" for r in range(1, grid + 1) for c in range(1, grid + 1)]
    return [places] * len(frame)
