"""Histories: the players are the items that a user met, in time order.

The model sees the last ``players`` items of the history before a target. A history without a
target is for training and stays whole. The one numeric content of an item is its rating. Columns
call items films, after the first study of this kind.

``Encoding.details``: ``rating_mean`` and ``rating_deviation`` over the training histories;
``ordered``, whether events at the same time keep the order of the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vitrine.data.encoding import CATALOG, Encoding, Players, vocabulary_of

if TYPE_CHECKING:
    from vitrine.data.settings import StudyData


def fit(study: str, train: pd.DataFrame, classes: list[str], settings: StudyData) -> Encoding:
    """Fit the vocabulary of items and the scale of the ratings on the training histories."""
    counts = Counter(str(film) for films in train["films"] for film in films)
    ratings = np.concatenate(train["ratings"].tolist())
    return Encoding(
        study=study,
        domain="sequence",
        task="ranking",
        classes=classes,
        vocabulary=vocabulary_of(
            counts, settings.vocabulary.minimum_count, settings.vocabulary.size
        ),
        players=settings.players,
        positions=settings.players,
        feature_width=1,
        feature_groups=1,
        details={
            "rating_mean": float(ratings.mean()),
            "rating_deviation": float(ratings.std()) or 1.0,
            "ordered": settings.data is not None,
        },
    )


def item_ids(histories: pd.Series, encoding: Encoding) -> list[np.ndarray]:
    """Turn lists of item numbers into int64 arrays of vocabulary ids (0 = unknown)."""
    index = {int(entry): i for i, entry in enumerate(encoding.vocabulary) if i > 0}
    return [
        np.array([index.get(int(film), 0) for film in films], dtype=np.int64) for films in histories
    ]


def encode(frame: pd.DataFrame, encoding: Encoding) -> Players:
    """Turn each history into the ids and scaled ratings of its items."""
    mean, deviation = encoding.details["rating_mean"], encoding.details["rating_deviation"]
    whole = frame["films"].map(len).to_numpy(dtype=np.int64)
    lengths = np.where(frame["target"].isna(), whole, np.minimum(whole, encoding.players))
    ids = item_ids(frame["films"], encoding)

    def last(lists: Iterable[np.ndarray]) -> np.ndarray:
        return np.concatenate([row[len(row) - n :] for row, n in zip(lists, lengths, strict=True)])

    ratings = last(frame["ratings"])
    return Players(
        lengths=lengths,
        ids=last(ids),
        features=((ratings - mean) / deviation).astype(np.float32)[:, None],
        truncated=whole - lengths,
        # Training draws another order of events at the same time where theirs is not known.
        times=None if encoding.details["ordered"] else last(frame["timestamps"]).astype(np.int64),
    )


def names(frame: pd.DataFrame, encoding: Encoding, folder: Path) -> list[list[str]]:
    """Title and year of the last items of each history."""
    titles = item_titles(folder)
    return [[titles[int(film)] for film in films[-encoding.players :]] for films in frame["films"]]


def item_titles(folder: Path) -> dict[int, str]:
    """Map item numbers to ``Title (Year)``; an item without a title is called by its number."""
    films = pd.read_parquet(Path(folder) / CATALOG)
    return {
        int(film): (
            f"film {film}" if pd.isna(title) else title if pd.isna(year) else f"{title} ({year})"
        )
        for film, title, year in zip(films["film"], films["title"], films["year"], strict=True)
    }
