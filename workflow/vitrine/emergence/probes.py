"""Linear probes with controls (Hewitt & Liang 2019, arXiv 1909.03368)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Random labellings by type whose mean is the control: a single one may be easy or hard by luck.
LABELLINGS = 3


@dataclass(frozen=True)
class Told:
    """Shares of held-out labels that a linear probe tells.

    Attributes:
        labels: of the true ones.
        shuffled: of labels that were shuffled among the rows, where there is nothing to be told.
        by_type: of random labels that depend on what a row is (see `labels_of_types` and
            `labels_of_mixtures`), which a probe can only memorise.
    """

    labels: float
    shuffled: float
    by_type: float

    @property
    def selectivity(self) -> float:
        """How much better the probe is at the property than at memorising."""
        return self.labels - self.by_type


def probe(
    states: np.ndarray,
    labels: np.ndarray,
    by_type: Sequence[np.ndarray],
    rng: np.random.Generator,
) -> Told:
    """Probe states for labels, and the same states for labels that mean nothing.

    Args:
        states: float [n, width].
        labels: int64 [n], from 0.
        by_type: random labellings of the rows by their types, int64 [n] each.
        rng: divides the rows and shuffles labels.
    """
    told = linear_probe(states, labels, rng)
    shuffled = linear_probe(states, rng.permutation(labels), rng)
    controls = [linear_probe(states, random, rng) for random in by_type]
    return Told(told, shuffled, float(np.mean(controls)))


def linear_probe(
    states: np.ndarray, labels: np.ndarray, rng: np.random.Generator, ridge: float = 1e-3
) -> float:
    """Share of held-out labels that a linear map of the states tells.

    The map is the least-squares one to one-hot labels, with an intercept and a small ridge (a
    share of the mean variance of the states); half of the rows are learned, half are told.

    Args:
        states: float [n, width].
        labels: int64 [n], from 0.
        rng: divides the rows.
        ridge: the share.
    """
    order = rng.permutation(len(states))
    learned, told = order[: len(order) // 2], order[len(order) // 2 :]
    mean = states[learned].mean(axis=0)
    x = np.concatenate([states - mean, np.ones((len(states), 1))], axis=1)
    targets = np.eye(int(labels.max()) + 1)[labels]
    gram = x[learned].T @ x[learned]
    gram[:-1, :-1] += ridge * np.trace(gram[:-1, :-1]) / max(states.shape[1], 1) * np.eye(
        states.shape[1]
    ) + 1e-9 * np.eye(states.shape[1])
    weights = np.linalg.solve(gram, x[learned].T @ targets[learned])
    return float(((x[told] @ weights).argmax(axis=1) == labels[told]).mean())


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
    known, types = np.unique(types, return_inverse=True)
    return [rng.choice(labels, len(known))[types] for _ in range(LABELLINGS)]


def labels_of_mixtures(
    types: np.ndarray, offsets: np.ndarray, labels: np.ndarray, rng: np.random.Generator
) -> list[np.ndarray]:
    """Control tasks for rows that are made of many parts.

    Every type of part gets a fixed random number, and a row the class of its mean: the lowest means
    get the first class, as many rows as there are of it, and so on. Rows are then labelled at
    random, but by what they are made of, as often with each class as the true labels are.

    Args:
        types: int64 [total], of each part.
        offsets: int64 [n + 1], where the parts of each row begin.
        labels: int64 [n], the true labels.
        rng: the random stream.

    Returns:
        `LABELLINGS` arrays int64 [n].
    """
    known, types = np.unique(types, return_inverse=True)
    row = np.repeat(np.arange(len(labels)), np.diff(offsets))
    count = np.maximum(np.diff(offsets), 1)
    found = []
    for _ in range(LABELLINGS):
        numbers = rng.standard_normal(len(known))[types]
        means = np.bincount(row, numbers, len(labels)) / count
        random = np.empty_like(labels)
        random[np.argsort(means, kind="stable")] = np.sort(labels)
        found.append(random)
    return found
