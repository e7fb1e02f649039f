"""What the baselines of all domains share: fitted candidates, classifiers and recommenders."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.data.encoding import Encoding
from vitrine.data.examples import load_examples, load_histories
from vitrine.evaluation.ranking import rank_held_out
from vitrine.games.inputs import Value

MEASURED = ("validation", "test")
INVERSE_PENALTIES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


@dataclass(frozen=True)
class Candidate:
    """One fitted setting of a baseline."""

    settings: dict[str, Any]
    predict: Callable[[str], pd.DataFrame]
    """Split name to a frame of predictions, as ``summarise`` takes them."""
    score: Callable[[Any], np.ndarray]
    """Instances that need be in no split to float64 [n, outputs]. Classifiers take a frame with the
    columns of the prepared tables and give probabilities of the classes; recommenders take a list
    of histories, int64 vocabulary ids, and give scores of the vocabulary."""


Fit = Callable[[Path, Encoding, int], Iterable[Candidate]]
"""Takes a study's data folder, its encoding and a seed; yields a candidate for each setting."""


@dataclass(frozen=True)
class Baseline:
    """A classical model that suits a domain."""

    title: str
    fit: Fit
    trivial: bool = False
    """Whether it ignores the instance: a model that is no better has learned nothing to explain."""


Score = Callable[[pd.DataFrame], np.ndarray]
"""Rows with columns of the prepared tables to the explained value of a classifier, float64 [n]."""

MakeGame = Callable[
    [Candidate, Score, Encoding, pd.DataFrame, int, pd.DataFrame | None], tuple[Value, int]
]
"""Takes a baseline, its score of the target, the encoding, a row of a prepared table, the target
and background rows; gives the value function of masks and the number of players."""


@dataclass(frozen=True)
class DomainBaselines:
    """The baselines of a domain.

    Attributes:
        name: of the domain.
        order: place in lists.
        baselines: by their names in ``evaluation.json``.
        game: makes the game of an instance for one of them.
    """

    name: str
    order: int
    baselines: dict[str, Baseline]
    game: MakeGame


Encode = Callable[[pd.DataFrame], Any]
"""Rows with the columns of the prepared tables to what a scikit-learn model takes."""


def read_splits(folder: Path) -> dict[str, pd.DataFrame]:
    """The prepared tables of a study, by split."""
    return {split: pd.read_parquet(folder / f"{split}.parquet") for split in ("train", *MEASURED)}


def class_frequencies(folder: Path, encoding: Encoding, _seed: int) -> Iterable[Candidate]:
    """The frequencies of the classes in the training split, whatever the instance."""
    frames = read_splits(folder)
    shares = frames["train"]["label"].value_counts(normalize=True)
    row = np.array([shares.get(name, 0.0) for name in encoding.classes])
    columns = [f"probability_{name}" for name in encoding.classes]

    def score(rows: Any) -> np.ndarray:
        return np.tile(row, (len(rows), 1))

    def predict(split: str) -> pd.DataFrame:
        frame = frames[split]
        return pd.DataFrame(score(frame), columns=columns).assign(label=frame["label"].to_numpy())

    yield Candidate({}, predict, score)


def classifiers(
    models: Iterable[tuple[dict[str, Any], Any]],
    encode: Encode,
    frames: dict[str, pd.DataFrame],
    encoding: Encoding,
) -> Iterable[Candidate]:
    """Fit scikit-learn classifiers on the training split.

    One thread, since on so few rows threads that wait for each other cost more than they bring.
    """
    from threadpoolctl import threadpool_limits

    inputs = {split: encode(frame) for split, frame in frames.items()}
    columns = [f"probability_{name}" for name in encoding.classes]

    def candidate(settings: dict[str, Any], model: Any) -> Candidate:
        with threadpool_limits(1):
            model.fit(inputs["train"], frames["train"]["label"])
        order = [list(model.classes_).index(name) for name in encoding.classes]

        def probabilities(rows: Any) -> np.ndarray:
            with threadpool_limits(1):
                values: np.ndarray = model.predict_proba(rows)[:, order]
                return values

        def predict(split: str) -> pd.DataFrame:
            return pd.DataFrame(probabilities(inputs[split]), columns=columns).assign(
                label=frames[split]["label"].to_numpy()
            )

        return Candidate(settings, predict, lambda rows: probabilities(encode(rows)))

    return (candidate(settings, model) for settings, model in models)


def logistic(
    folder: Path, encoding: Encoding, inputs: Callable[[pd.DataFrame, Encoding], Encode]
) -> Iterable[Candidate]:
    """Logistic regressions with several penalties.

    Args:
        folder: the study's data folder.
        encoding: of the study.
        inputs: fits on the training table what a linear model takes of rows.
    """
    from sklearn.linear_model import LogisticRegression

    frames = read_splits(folder)
    encode = inputs(frames["train"], encoding)
    models = (({"C": c}, LogisticRegression(C=c, max_iter=5000)) for c in INVERSE_PENALTIES)
    return classifiers(models, encode, frames, encoding)


def recommenders(
    models: Iterable[tuple[dict[str, Any], Callable[[Sequence[np.ndarray]], np.ndarray]]],
    folder: Path,
) -> Iterable[Candidate]:
    """Rank held-out items by functions from n histories to scores [n, vocabulary]."""
    histories = {split: list(load_histories(folder, split).values()) for split in MEASURED}
    targets = {split: load_examples(folder, split).labels for split in MEASURED}

    def candidate(
        settings: dict[str, Any], score: Callable[[Sequence[np.ndarray]], np.ndarray]
    ) -> Candidate:
        def predict(split: str) -> pd.DataFrame:
            ranking = rank_held_out(score(histories[split]), histories[split], targets[split])
            return pd.DataFrame({"rank": ranking.rank})

        return Candidate(settings, predict, score)

    return (candidate(settings, score) for settings, score in models)
