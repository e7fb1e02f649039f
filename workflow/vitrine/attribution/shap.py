"""Shapley values: exact by enumeration, else by paired, stratified least squares."""

import math

import numpy as np

from vitrine.attribution.task import Task, trivial
from vitrine.games.game import Explanation, Strategy
from vitrine.games.sampling import all_coalitions, paired_by_size


def strategies(task: Task) -> list[Strategy[Explanation]]:
    """One strategy per instance, within ``evaluations`` of the settings."""
    return [
        shapley(int(n), task.settings["evaluations"], task.stream(i))
        for i, n in enumerate(task.examples.lengths)
    ]


def shapley(players: int, evaluations: int, rng: np.random.Generator) -> Strategy[Explanation]:
    """Shapley values of one game.

    Exact when all 2^n coalitions fit the budget; otherwise estimated (`estimate`). Either way the
    values sum to the full minus the empty coalition's value.

    Args:
        players: n, the number of players.
        evaluations: most coalitions to evaluate, the empty and the full one included.
        rng: the random stream of the estimate.

    Raises:
        ValueError: when the budget is below n + 2 and enumeration does not fit either.
    """
    if players < 2:
        return (yield from trivial(players))
    if players < 63 and 2**players <= evaluations:
        masks = all_coalitions(players)
        values = yield masks
        zero = np.zeros(players)
        return Explanation(exact(values, players), zero, float(values[0]), float(values[-1]))
    if evaluations < players + 2:
        raise ValueError(
            f"{evaluations} evaluations are too few for {players} players: "
            f"set explanation.shap.evaluations to {players + 2} or more"
        )
    return (yield from estimate(players, evaluations, rng))


def exact(values: np.ndarray, players: int) -> np.ndarray:
    """Shapley's formula over all coalitions.

    Args:
        values: float64 [2**players] in the order of `all_coalitions`.
        players: n.

    Returns:
        Shapley values float64 [n].
    """
    cube = values.reshape((2,) * players)
    size = np.array([bin(r).count("1") for r in range(2 ** (players - 1))])
    weight = np.array([1 / (players * math.comb(players - 1, s)) for s in range(players)])[size]
    # Axis -1 of the cube is player 0, the lowest binary digit.
    return np.array(
        [weight @ np.diff(cube, axis=players - 1 - player).ravel() for player in range(players)]
    )


def estimate(players: int, evaluations: int, rng: np.random.Generator) -> Strategy[Explanation]:
    """Least-squares Shapley values from paired coalitions (Covert & Lee 2021, Musco & Witter 2025).

    The Shapley values minimise the kernel-weighted squared error of an additive surrogate that is
    exact on the empty and the full coalition. A coalition and its complement enter together; then
    only half the difference of their values matters, and each pair is one observation of a
    regression through the origin. Standard errors are heteroscedasticity-robust (HC3), with the
    finite-population correction of drawing without replacement.
    """
    half, stands_for = paired_by_size(players, (evaluations - 2) // 2, rng)
    ends = np.array([[False] * players, [True] * players])
    values = yield np.concatenate([ends, half, ~half])
    base, full = values[:2]
    odd = (values[2 : 2 + len(half)] - values[2 + len(half) :]) / 2

    size = half.sum(axis=1)
    # Shapley kernel (n - 1) / (C(n, s) s (n - s)) times the pairs that each draw stands for.
    kernel = np.array(
        [(players - 1) / (float(math.comb(players, s)) * s * (players - s)) for s in size.tolist()]
    )
    weight = kernel * stands_for
    even_share = (full - base) / players
    design = half - size[:, None] / players
    response = odd - even_share * (size - players / 2)

    root = np.sqrt(weight)[:, None]
    inverse = np.linalg.pinv(root * design)
    coefficients = inverse @ (root[:, 0] * response)
    residual = root[:, 0] * (response - design @ coefficients)
    leverage = np.clip(np.einsum("ij,ji->i", root * design, inverse), 0.0, 1.0 - 1e-9)
    drawn_share = 1 / stands_for
    spread = (inverse * (residual / (1 - leverage))) ** 2 @ (1 - drawn_share)
    # With no more observations than players nothing is left over to judge the error by.
    known = len(half) >= players or bool(np.all(stands_for == 1))
    error = np.sqrt(spread) if known else np.full(players, np.nan)
    return Explanation(coefficients + even_share, error, float(base), float(full))
