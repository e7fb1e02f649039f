"""LIME: a weighted linear surrogate around the whole instance (Ribeiro, Singh & Guestrin 2016)."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from vitrine.attribution.task import Task, trivial
from vitrine.games.game import Explanation, Strategy

RIDGE = 1.0


@dataclass(frozen=True)
class Neighbourhood:
    """How LIME draws and weighs coalitions in a domain.

    Attributes:
        draw: "size" removes a uniformly drawn number of players (1..n), as LIME does for text;
            "coin" keeps each player with probability one half, as it does for images.
        distance: from the whole instance: "cosine" (times ``scale``) or "euclidean".
        scale: factor of the cosine distance.
        width: kernel width; for "euclidean" it is multiplied by the square root of the players.
    """

    draw: Literal["size", "coin"]
    distance: Literal["cosine", "euclidean"]
    scale: float
    width: float


NEIGHBOURHOODS = {
    "text": Neighbourhood("size", "cosine", 100.0, 25.0),
    "sequence": Neighbourhood("size", "cosine", 100.0, 25.0),
    "image": Neighbourhood("coin", "cosine", 1.0, 0.25),
    "table": Neighbourhood("coin", "euclidean", 1.0, 0.75),
}


def strategies(task: Task) -> list[Strategy[Explanation]]:
    """One strategy per instance, with ``samples`` of the settings."""
    neighbourhood = NEIGHBOURHOODS[task.domain]
    return [
        lime(int(n), task.settings["samples"], neighbourhood, task.stream(i))
        for i, n in enumerate(task.examples.lengths)
    ]


def lime(
    players: int, samples: int, neighbourhood: Neighbourhood, rng: np.random.Generator
) -> Strategy[Explanation]:
    """LIME's attribution of one game: the ridge weights of the local surrogate.

    Args:
        players: n, the number of players.
        samples: coalitions drawn, the full one included.
        neighbourhood: how the domain draws and weighs them.
        rng: the random stream.

    Returns:
        An explanation whose diagnostics hold ``local_r2`` (weighted R^2 of the surrogate),
        ``surrogate_value`` (its value for the whole instance) and ``effective_samples``
        (Kish's (sum w)^2 / sum w^2).
    """
    if players < 2:
        return (yield from trivial(players))
    masks = draw(players, samples, neighbourhood, rng)
    answers = yield np.concatenate([np.zeros((1, players), dtype=bool), masks])
    base, values = answers[0], answers[1:]
    weights = kernel(masks, neighbourhood)
    coefficients, intercept = ridge(masks.astype(np.float64), values, weights)
    predicted = masks @ coefficients + intercept
    mean = np.average(values, weights=weights)
    scatter = weights @ (values - mean) ** 2 if np.ptp(values) > 0 else 0.0
    diagnostics = {
        "local_r2": float(1 - weights @ (values - predicted) ** 2 / scatter) if scatter else 1.0,
        "surrogate_value": float(predicted[0]),
        "effective_samples": float(weights.sum() ** 2 / (weights**2).sum()),
    }
    unknown = np.full(players, np.nan)
    return Explanation(coefficients, unknown, float(base), float(values[0]), diagnostics)


def draw(
    players: int, samples: int, neighbourhood: Neighbourhood, rng: np.random.Generator
) -> np.ndarray:
    """Coalitions bool [samples, players]; the first is the full one."""
    if neighbourhood.draw == "coin":
        masks = rng.random((samples, players)) < 0.5
    else:
        removed = rng.integers(1, players + 1, size=(samples, 1))
        masks = rng.random((samples, players)).argsort(axis=1) >= removed
    masks[0] = True
    return masks


def kernel(masks: np.ndarray, neighbourhood: Neighbourhood) -> np.ndarray:
    """LIME's weights sqrt(exp(-d^2 / width^2)) for bool [m, players], float64 [m]."""
    players = masks.shape[1]
    present = masks.sum(axis=1)
    if neighbourhood.distance == "cosine":
        # The cosine of a binary vector with the vector of ones is sqrt(present / players).
        distance = neighbourhood.scale * (1 - np.sqrt(present / players))
        width = neighbourhood.width
    else:
        distance = np.sqrt(players - present)
        width = neighbourhood.width * np.sqrt(players)
    return np.sqrt(np.exp(-(distance**2) / width**2))


def ridge(design: np.ndarray, values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Weighted ridge regression with a free intercept.

    Args:
        design: float64 [m, players].
        values: float64 [m].
        weights: float64 [m].

    Returns:
        Coefficients float64 [players] and the intercept.
    """
    centre = np.average(design, axis=0, weights=weights)
    mean = np.average(values, weights=weights)
    x = design - centre
    gram = x.T @ (weights[:, None] * x) + RIDGE * np.eye(design.shape[1])
    coefficients = np.linalg.solve(gram, x.T @ (weights * (values - mean)))
    return coefficients, float(mean - centre @ coefficients)
