"""Small prepared studies of every domain but histories."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.data.encoding import save_encoding
from vitrine.data.settings import StudyData, VocabularySettings
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.files import write_table

Columns = dict[str, Any]

OPTIONS = StatisticsSettings(bootstrap=100, confidence=0.95)


CLASSES = ["bad", "good"]


SIZES = {"train": 160, "validation": 60, "test": 60}


def texts(rng: np.random.Generator, n: int) -> Columns:
    good = rng.random(n) < 0.5
    filler = rng.choice(["the tea", "a box", "my dog"], n)
    return {
        "text": [f"{f} {'tasty' if g else 'stale'} now" for f, g in zip(filler, good, strict=True)],
        "label": np.where(good, "good", "bad"),
    }


def images(rng: np.random.Generator, n: int) -> Columns:
    good = rng.random(n) < 0.5
    pixels = rng.normal(size=(n, 16)) + good[:, None]
    return {f"pixel_{i:02d}": pixels[:, i] for i in range(16)} | {
        "label": np.where(good, "good", "bad")
    }


def rows(rng: np.random.Generator, n: int) -> Columns:
    income, home = rng.normal(size=n), rng.choice(["rent", "own"], n)
    good = income + 2 * (home == "own") > 1
    missing = rng.random(n) < 0.1
    return {
        "Home": home,
        "Income": np.where(missing, np.nan, income),
        "label": np.where(good, "good", "bad"),
    }


def study_data(players: int = 20, minimum_count: int = 1, size: int = 100) -> StudyData:
    """Settings for fitting the encoding of a built-in study, whatever its source."""
    return StudyData.model_construct(
        source="reviews",
        data=None,
        players=players,
        vocabulary=VocabularySettings(minimum_count=minimum_count, size=size),
    )


def make_study(
    folder: Path, domain: Any, draw: Callable[[np.random.Generator, int], Columns]
) -> None:
    settings = study_data()
    rng = np.random.default_rng(0)
    frames = {
        split: pd.DataFrame({"instance": range(n)} | draw(rng, n)) for split, n in SIZES.items()
    }
    save_encoding(folder, domain.fit("toy", frames["train"], CLASSES, settings))
    for split, frame in frames.items():
        write_table(folder / f"{split}.parquet", frame)
