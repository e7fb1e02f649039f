"""A model's predictions on a split: the table that is kept, and the metrics in training."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.data.encoding import Encoding
from vitrine.data.examples import Examples, load_examples, load_histories
from vitrine.evaluation.metrics import METRICS
from vitrine.evaluation.ranking import rank_held_out
from vitrine.models.inference import logits
from vitrine.models.model import Model
from vitrine.seeds import derive


@dataclass(frozen=True)
class Split:
    """A split to predict.

    Attributes:
        name: ``validation`` or ``test``.
        examples: its n instances.
        histories: recommenders: for each instance the vocabulary ids, int64, that are not ranked.
    """

    name: str
    examples: Examples
    histories: list[np.ndarray]


def load_split(data: Path, name: str, encoding: Encoding, model: Model | None = None) -> Split:
    """Read a split of a study's data folder as a model reads it, or as the study has it."""
    examples = load_examples(data, name, model.encode if model is not None else None)
    if encoding.task == "classification":
        return Split(name, examples, [])
    histories = load_histories(data, name)
    return Split(name, examples, [histories[number] for number in examples.instance.tolist()])


def probabilities(scores: np.ndarray) -> np.ndarray:
    """Softmax over the last axis, float64."""
    shifted = scores.astype(np.float64) - scores.max(axis=-1, keepdims=True)
    exponentials = np.exp(shifted)
    values: np.ndarray = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return values


def score(model: Model, split: Split, encoding: Encoding) -> dict[str, float]:
    """Every metric of the study's task, by name."""
    scores = logits(model, split.examples)
    labels = split.examples.labels
    outcome: tuple[np.ndarray, ...] = (
        (rank_held_out(scores, split.histories, labels).rank,)
        if encoding.task == "ranking"
        else (labels, probabilities(scores))
    )
    return {
        name: metric(*outcome) for name, metric in METRICS.items() if metric.task == encoding.task
    }


def predict(model: Model, split: Split, encoding: Encoding) -> pd.DataFrame:
    """Predictions, one row per instance.

    Returns:
        Classifiers: ``split, instance, label, predicted, probability_<class>...``. Recommenders:
        ``split, instance, label, predicted, rank, candidates, in_vocabulary``, where ``label`` and
        ``predicted`` are vocabulary entries and ``predicted`` is the best outside the history.
    """
    scores = logits(model, split.examples)
    labels = split.examples.labels
    frame = pd.DataFrame({"split": split.name, "instance": split.examples.instance})
    if encoding.task == "ranking":
        entries = np.array(encoding.vocabulary, dtype=object)
        ranking = rank_held_out(scores, split.histories, labels)
        return frame.assign(
            label=entries[labels],
            predicted=entries[ranking.predicted],
            rank=ranking.rank,
            candidates=ranking.candidates,
            in_vocabulary=labels > 0,
        )
    shares = probabilities(scores)
    classes = np.array(encoding.classes, dtype=object)
    return frame.assign(
        label=classes[labels],
        predicted=classes[shares.argmax(axis=1)],
        **{f"probability_{name}": shares[:, k] for k, name in enumerate(encoding.classes)},
    )


def some_of(split: Split, count: int, seed: int) -> Split:
    """At most ``count`` random instances of a split, in their order."""
    n = len(split.examples)
    rng = np.random.default_rng(derive(seed, "some", split.name))
    places = np.sort(rng.permutation(n)[:count])
    histories = [split.histories[i] for i in places] if split.histories else []
    return Split(split.name, split.examples.take(places), histories)
