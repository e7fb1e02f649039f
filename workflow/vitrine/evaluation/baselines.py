"""Classical baselines: what a model of an afternoon reaches on the same splits.

They are fitted on the training split, their settings chosen on validation by the metric that also
chooses the transformers; the test split is only measured.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.data.domains.image import pixels_of
from vitrine.data.domains.text import fold, words_of
from vitrine.data.encoding import Encoding, load_encoding
from vitrine.data.examples import class_indices, load_examples, load_histories
from vitrine.evaluation.markov import MarkovChain, popularity
from vitrine.evaluation.metrics import METRICS
from vitrine.evaluation.ranking import rank_held_out
from vitrine.evaluation.summary import summarise
from vitrine.seeds import derive

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


def fit_baselines(
    folder: Path, metric: str, statistics: dict[str, Any], seed: int
) -> dict[str, Any]:
    """Fit the baselines that suit a study's data and measure them on validation and test.

    Args:
        folder: the study's data folder, as written by the stage ``prepare``.
        metric: the metric on validation that chooses a baseline's settings.
        statistics: ``bootstrap`` (number of resamples) and ``confidence``.
        seed: base seed of the fits and the resamples.

    Returns:
        ``study``, ``task`` and ``baselines``: for each its ``title``, the chosen ``settings`` and
        ``metrics`` as in ``summarise``.
    """
    encoding = load_encoding(folder)
    baselines = {}
    for name, (title, _) in BASELINES[encoding.domain].items():
        best = fit_baseline(folder, name, metric, seed)
        predictions = pd.concat([best.predict(split).assign(split=split) for split in MEASURED])
        summary = summarise(predictions, encoding.task, encoding.classes, statistics, seed)
        baselines[name] = {
            "title": title,
            "settings": best.settings,
            "metrics": summary["metrics"],
        }
    return {"study": encoding.study, "task": encoding.task, "baselines": baselines}


def fit_baseline(folder: Path, name: str, metric: str, seed: int) -> Candidate:
    """Fit one baseline of a study and choose its settings on validation.

    Args:
        folder: the study's data folder.
        name: in `BASELINES` of the study's domain.
        metric: the metric on validation that chooses the settings.
        seed: base seed of the fits.
    """
    encoding = load_encoding(folder)
    _, candidates = BASELINES[encoding.domain][name]
    fits = candidates(Path(folder), encoding, derive(seed, "baseline", name))
    return _choose(fits, encoding, metric)


def _choose(candidates: Iterable[Candidate], encoding: Encoding, metric: str) -> Candidate:
    """The candidate that is best on validation; of equals the first."""
    sign = 1 if METRICS[metric].higher_is_better else -1

    def quality(candidate: Candidate) -> float:
        predictions = candidate.predict("validation")
        if encoding.task == "ranking":
            return sign * METRICS[metric](predictions["rank"].to_numpy())
        labels = class_indices(predictions["label"], encoding)
        columns = [f"probability_{name}" for name in encoding.classes]
        return sign * METRICS[metric](labels, predictions[columns].to_numpy())

    return max(candidates, key=quality)


def _read(folder: Path) -> dict[str, pd.DataFrame]:
    return {split: pd.read_parquet(folder / f"{split}.parquet") for split in ("train", *MEASURED)}


Encode = Callable[[pd.DataFrame], Any]
"""Rows with the columns of the prepared tables to what a scikit-learn model takes."""


def _classifiers(
    models: Iterable[tuple[dict[str, Any], Any]],
    encode: Encode,
    frames: dict[str, pd.DataFrame],
    encoding: Encoding,
) -> Iterable[Candidate]:
    """Fit scikit-learn classifiers on the training split.

    One thread, since on so few rows threads that wait for each other cost more than they bring.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    inputs = {split: encode(frame) for split, frame in frames.items()}
    columns = [f"probability_{name}" for name in encoding.classes]

    def candidate(settings: dict[str, Any], model: Any) -> Candidate:
        with threadpool_limits(1):
            model.fit(inputs["train"], frames["train"]["label"])
        order = [list(model.classes_).index(name) for name in encoding.classes]

        def probabilities(rows: Any) -> np.ndarray:
            with threadpool_limits(1):
                return model.predict_proba(rows)[:, order]

        def predict(split: str) -> pd.DataFrame:
            return pd.DataFrame(probabilities(inputs[split]), columns=columns).assign(
                label=frames[split]["label"].to_numpy()
            )

        return Candidate(settings, predict, lambda rows: probabilities(encode(rows)))

    return (candidate(settings, model) for settings, model in models)


def _logistic(folder: Path, encoding: Encoding, _seed: int) -> Iterable[Candidate]:
    from sklearn.linear_model import LogisticRegression

    frames = _read(folder)
    encode = LINEAR_INPUTS[encoding.domain](frames["train"], encoding)
    models = (({"C": c}, LogisticRegression(C=c, max_iter=5000)) for c in INVERSE_PENALTIES)
    return _classifiers(models, encode, frames, encoding)


def _tfidf(train: pd.DataFrame, encoding: Encoding) -> Encode:
    """TF-IDF of words and pairs of words that stand in at least two training texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    pattern = encoding.details["word_pattern"]
    vectorizer = TfidfVectorizer(
        tokenizer=lambda text: [fold(word) for word in words_of(text, pattern)],
        token_pattern=None,
        lowercase=False,
        ngram_range=(1, 2),
        min_df=2,
        sublinear_tf=True,
    ).fit(train["text"])
    return lambda rows: vectorizer.transform(rows["text"])


def _pixels(_train: pd.DataFrame, encoding: Encoding) -> Encode:
    mean, deviation = encoding.details["mean"], encoding.details["deviation"]
    return lambda rows: (pixels_of(rows) - mean) / deviation


def _one_hot(train: pd.DataFrame, encoding: Encoding) -> Encode:
    """Categories one-hot; numbers scaled, with the median and a mark where one is missing."""
    fields = encoding.details["fields"]

    def filled(rows: pd.DataFrame, field: dict[str, Any]) -> pd.Series:
        return rows[field["name"]].fillna(field["median"]).astype(float)

    numeric = [filled(train, field) for field in fields if field["kind"] == "numeric"]
    scale = {values.name: (values.mean(), values.std() or 1.0) for values in numeric}

    def encode(rows: pd.DataFrame) -> np.ndarray:
        columns: list[np.ndarray] = []
        for field in fields:
            name = field["name"]
            if field["kind"] == "categorical":
                columns += [(rows[name] == value).to_numpy() for value in field["categories"]]
            else:
                mean, deviation = scale[name]
                columns.append(((filled(rows, field) - mean) / deviation).to_numpy())
            columns.append(rows[name].isna().to_numpy())
        return np.column_stack(columns).astype(float)

    return encode


LINEAR_INPUTS = {"text": _tfidf, "image": _pixels, "table": _one_hot}


def _boosted_trees(folder: Path, encoding: Encoding, seed: int) -> Iterable[Candidate]:
    from sklearn.ensemble import HistGradientBoostingClassifier

    frames = _read(folder)
    fields = encoding.details["fields"]
    types = {
        field["name"]: float
        if field["kind"] == "numeric"
        else pd.CategoricalDtype(field["categories"])
        for field in fields
    }
    models = (
        (
            {"learning_rate": rate, "max_iter": rounds, "max_leaf_nodes": leaves},
            HistGradientBoostingClassifier(
                learning_rate=rate,
                max_iter=rounds,
                max_leaf_nodes=leaves,
                categorical_features="from_dtype",
                early_stopping=False,
                random_state=seed % 2**32,
            ),
        )
        for leaves in (4, 8, 16)
        for rate, rounds in ((0.05, 100), (0.05, 200), (0.05, 400))
    )
    return _classifiers(models, lambda rows: rows[list(types)].astype(types), frames, encoding)


def _recommenders(
    models: Iterable[tuple[dict[str, Any], Callable[[Sequence[np.ndarray]], np.ndarray]]],
    folder: Path,
) -> Iterable[Candidate]:
    """Rank held-out films by functions from n histories to scores [n, vocabulary]."""
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


def _popularity(folder: Path, encoding: Encoding, _seed: int) -> Iterable[Candidate]:
    training = list(load_histories(folder, "train").values())
    share = popularity(training, len(encoding.vocabulary))
    return _recommenders([({}, lambda histories: np.tile(share, (len(histories), 1)))], folder)


def _markov(folder: Path, encoding: Encoding, _seed: int) -> Iterable[Candidate]:
    training = list(load_histories(folder, "train").values())
    chains = (
        MarkovChain(training, len(encoding.vocabulary), reach, backward, last, prior)
        for reach, backward in ((1, 0.0), (10, 0.0), (10, 0.5))
        for last in (1, 10)
        for prior in (10.0, 100.0)
    )
    return _recommenders(((chain.settings, chain.scores) for chain in chains), folder)


Fit = Callable[[Path, Encoding, int], Iterable[Candidate]]
BASELINES: dict[str, dict[str, tuple[str, Fit]]] = {
    "text": {"tfidf_logistic": ("TF-IDF and logistic regression", _logistic)},
    "image": {"logistic": ("Logistic regression on pixels", _logistic)},
    "sequence": {
        "popularity": ("Popularity", _popularity),
        "markov": ("Item-to-item Markov chain", _markov),
    },
    "table": {
        "logistic": ("Logistic regression", _logistic),
        "boosted_trees": ("Gradient-boosted trees", _boosted_trees),
    },
}
