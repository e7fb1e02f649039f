"""Calibration under feature removal: accuracy and confidence while random players are removed.

Every measure that removes players evaluates inputs that the model may not have been trained on. A
model that was trained on them loses accuracy with the information, and its confidence falls with
it; another model stays confident in wrong predictions (Hooker et al. 2019 raise the problem; the
comparison of confidence and accuracy is calibration, Guo et al. 2017, as a function of what is
removed). Random players are removed, not important ones: the question is about the inputs, not
about an explanation.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from vitrine.data.examples import Examples
from vitrine.evaluation.bootstrap import bootstrap, interval
from vitrine.evaluation.predict import Split, probabilities
from vitrine.evaluation.ranking import rank_held_out
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.games.removal import FeatureRemoval
from vitrine.models.inference import logits
from vitrine.models.model import Model

TOP = 10

COLUMNS = [
    *("split", "removed", "n", "accuracy", "accuracy_low", "accuracy_high"),
    *("confidence", "confidence_low", "confidence_high", "gap", "gap_low", "gap_high"),
]


def under_removal(
    model: Model,
    split: Split,
    removal: FeatureRemoval,
    shares: Sequence[float],
    statistics: StatisticsSettings,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Accuracy and confidence with random shares of the players removed.

    Classifiers: share of right predictions, and mean probability of the predicted class.
    Recommenders: share of held-out films among the first ten, and mean probability of the first
    ten together, films of the history left out. Of a calibrated model both are alike.

    Args:
        model: in evaluation mode.
        split: the instances; of histories those whose target is in the vocabulary count.
        removal: of the split's instances.
        shares: shares of each instance's players to remove, in [0, 1].
        statistics: of the intervals.
        rng: draws the players and the resamples.

    Returns:
        One row per share: ``split, removed, n, accuracy, confidence`` and ``gap``, confidence less
        accuracy, each with ``_low`` and ``_high``.
    """
    seed = int(rng.integers(2**62))
    # One order for all shares: what is gone at one share stays gone at the next.
    order = rng.random(len(split.examples.ids))
    rows = []
    for share in shares:
        correct, confidence = _predicted(model, split, without(removal, share, order))
        n = len(correct)
        columns = np.stack([correct, confidence, confidence - correct], axis=1)
        draws = bootstrap(_means_of(columns), n, statistics.bootstrap, seed)
        row: dict[str, Any] = {"split": split.name, "removed": float(share), "n": n}
        for place, name in enumerate(("accuracy", "confidence", "gap")):
            low, high = interval(draws[:, place], statistics.confidence)
            row |= {name: columns[:, place].mean(), f"{name}_low": low, f"{name}_high": high}
        rows.append(row)
    return pd.DataFrame(rows)[COLUMNS]


def _means_of(columns: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    return lambda weights: weights @ columns / len(columns)


def without(removal: FeatureRemoval, share: float, order: np.ndarray) -> Examples:
    """Instances without a share of their players, the others at their places.

    Args:
        removal: of n instances; of one with several draws the first is taken.
        share: share of the players to remove, rounded to the nearest count.
        order: float64 [total]; of each instance the players with the smallest numbers go.
    """
    examples = removal.examples
    lengths = examples.lengths
    gone = np.round(share * lengths).astype(np.int64)
    row = np.repeat(np.arange(len(examples)), lengths)
    place = np.empty(len(order), dtype=np.int64)
    place[np.lexsort((order, row))] = np.arange(len(order))
    left = np.flatnonzero(place - examples.offsets[row] >= gone[row])
    members = left - examples.offsets[row[left]]
    _, rows, sizes = next(removal.rows(np.arange(len(examples)), members, lengths - gone))
    # Substitutes came at no time.
    return replace(examples, times=None).left(rows, sizes)


def log_losses(
    model: Model, removal: FeatureRemoval, shares: Sequence[float], rng: np.random.Generator
) -> np.ndarray:
    """Log loss of the true class or the held-out film while random players are gone.

    A proper score: it is least for right and calibrated probabilities.

    Args:
        model: in evaluation mode.
        removal: of instances that have a label.
        shares: shares of the players to remove, in [0, 1].
        rng: draws the players.

    Returns:
        float64 [n], the mean over the shares.
    """
    order = rng.random(int(removal.examples.offsets[-1]))
    losses = []
    for share in shares:
        left = without(removal, share, order)
        scores = logits(model, left).astype(np.float64)
        of_label = scores[np.arange(len(scores)), left.labels]
        losses.append(np.logaddexp.reduce(scores, axis=1) - of_label)
    return np.mean(losses, axis=0)


def _predicted(model: Model, split: Split, left: Examples) -> tuple[np.ndarray, np.ndarray]:
    """Whether each prediction is right, and its confidence: float64 [n] each."""
    scores = logits(model, left)
    labels = left.labels
    if not model.shape.causal:
        shares = probabilities(scores)
        return (shares.argmax(axis=1) == labels).astype(np.float64), shares.max(axis=1)
    in_vocabulary = np.flatnonzero(labels > 0)
    histories = [split.histories[i] for i in in_vocabulary]
    scores = scores[in_vocabulary].astype(np.float64)
    ranks = rank_held_out(scores, histories, labels[in_vocabulary]).rank
    scores[:, 0] = -np.inf
    for row, history in enumerate(histories):
        scores[row, history] = -np.inf
    first = np.sort(probabilities(scores), axis=1)[:, -TOP:].sum(axis=1)
    return (ranks <= TOP).astype(np.float64), first
