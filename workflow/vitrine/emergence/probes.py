"""Linear probes with controls (Hewitt & Liang 2019, arXiv 1909.03368)."""

import numpy as np


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


def probe_with_control(
    states: np.ndarray, labels: np.ndarray, rng: np.random.Generator
) -> tuple[float, float]:
    """A probe's accuracy, and that of the same probe for labels that were shuffled among rows.

    The second says how much a probe of this size reads into noise.
    """
    return linear_probe(states, labels, rng), linear_probe(states, rng.permutation(labels), rng)
