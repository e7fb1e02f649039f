"""Linear probes with controls (Hewitt & Liang 2019, arXiv 1909.03368)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Random labellings by type; their mean is the control, since a single one may be easy or hard.
LABELLINGS = 3


@dataclass(frozen=True)
class ProbeAccuracy:
    """Accuracies of a linear probe on held-out rows.

    Attributes:
        accuracy: on the true labels.
        shuffled: on labels that were shuffled among the rows, which cannot be predicted.
        by_type: on random labels that depend on the type of a row (see `labels_of_types` and
            `labels_of_mixtures`), which a probe can only memorise.
    """

    accuracy: float
    shuffled: float
    by_type: float

    @property
    def selectivity(self) -> float:
        """By how much the probe predicts the property better than it memorises."""
        return self.accuracy - self.by_type


def probe(
    states: np.ndarray,
    labels: np.ndarray,
    by_type: Sequence[np.ndarray],
    rng: np.random.Generator,
) -> ProbeAccuracy:
    """Probe states for labels, and the same states for control labels.

    Args:
        states: float [n, width].
        labels: int64 [n], from 0.
        by_type: random labellings of the rows by their types, int64 [n] each.
        rng: divides the rows and shuffles labels.
    """
    accuracy = linear_probe(states, labels, rng)
    shuffled = linear_probe(states, rng.permutation(labels), rng)
    controls = [linear_probe(states, random, rng) for random in by_type]
    return ProbeAccuracy(accuracy, shuffled, float(np.mean(controls)))


def linear_probe(
    states: np.ndarray, labels: np.ndarray, rng: np.random.Generator, ridge: float = 1e-3
) -> float:
    """Share of held-out labels that a linear map of the states predicts.

    The map is the least-squares one to one-hot labels, with an intercept and a small ridge (a
    share of the mean variance of the states); half of the rows are fitted, half are predicted.

    Args:
        states: float [n, width].
        labels: int64 [n], from 0.
        rng: divides the rows.
        ridge: the share.
    """
    order = rng.permutation(len(states))
    fitted, held_out = order[: len(order) // 2], order[len(order) // 2 :]
    mean = states[fitted].mean(axis=0)
    x = np.concatenate([states - mean, np.ones((len(states), 1))], axis=1)
    targets = np.eye(int(labels.max()) + 1)[labels]
    gram = x[fitted].T @ x[fitted]
    gram[:-1, :-1] += ridge * np.trace(gram[:-1, :-1]) / max(states.shape[1], 1) * np.eye(
        states.shape[1]
    ) + 1e-9 * np.eye(states.shape[1])
    weights = np.linalg.solve(gram, x[fitted].T @ targets[fitted])
    return float(((x[held_out] @ weights).argmax(axis=1) == labels[held_out]).mean())


def labels_of_types(
    types: np.ndarray, labels: np.ndarray, rng: np.random.Generator
) -> list[np.ndarray]:
    """Control tasks: every type of row gets a fixed random label.

    Args:
        types: int64 [n], of each row.
        labels: int64 [n], the true labels; random ones are drawn from among them.
        rng: the random stream.

    Returns:
        `LABELLINGS` arrays int64 [n].
    """
    kinds, types = np.unique(types, return_inverse=True)
    return [rng.choice(labels, len(kinds))[types] for _ in range(LABELLINGS)]


def labels_of_mixtures(
    types: np.ndarray, offsets: np.ndarray, labels: np.ndarray, rng: np.random.Generator
) -> list[np.ndarray]:
    """Control tasks for rows that are made of many parts.

    Every type of part gets a fixed random number, and a row the class of its mean: the rows with
    the lowest means get the first class, as many rows as have it, and so on. The labels are then
    random functions of what the rows consist of, with the class frequencies of the true labels.

    Args:
        types: int64 [total], of each part.
        offsets: int64 [n + 1], where the parts of each row begin.
        labels: int64 [n], the true labels.
        rng: the random stream.

    Returns:
        `LABELLINGS` arrays int64 [n].
    """
    kinds, types = np.unique(types, return_inverse=True)
    row = np.repeat(np.arange(len(labels)), np.diff(offsets))
    count = np.maximum(np.diff(offsets), 1)
    labellings = []
    for _ in range(LABELLINGS):
        numbers = rng.standard_normal(len(kinds))[types]
        means = np.bincount(row, numbers, len(labels)) / count
        random = np.empty_like(labels)
        random[np.argsort(means, kind="stable")] = np.sort(labels)
        labellings.append(random)
    return labellings
