"""Shapley values: exact by enumeration, else estimated from pairs of coalitions."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vitrine.attribution.methods.shap import ShapSettings
from vitrine.attribution.shapley import gaussian_process, leverage, regression_msr
from vitrine.attribution.shapley.design import designed_pairs
from vitrine.attribution.shapley.exact import shapley_values
from vitrine.attribution.shapley.pairs import Estimate, Pairs
from vitrine.attribution.task import Task, trivial
from vitrine.games.game import Explanation, Strategy
from vitrine.games.sampling import MOST_ENUMERABLE, all_coalitions, paired_by_size

# Tolerance mode: the first round's share of the budget, and how much more each round draws.
FIRST_ROUND = 0.125
GROWTH = 1.5


@dataclass(frozen=True)
class Estimator:
    """A way to estimate Shapley values from pairs.

    Attributes:
        draw: takes players, pairs and a random stream; returns one coalition of each pair, bool
            [m, n]. The first rows are themselves a good, smaller choice.
        estimate: Shapley values from the evaluated pairs, in the order drawn.
    """

    draw: Callable[[int, int, np.random.Generator], np.ndarray]
    estimate: Callable[[Pairs], Estimate]


ESTIMATORS = {
    "leverage": Estimator(paired_by_size, leverage.estimate),
    "regression_msr": Estimator(paired_by_size, regression_msr.estimate),
    "gaussian_process": Estimator(designed_pairs, gaussian_process.estimate),
}


def strategies(task: Task) -> list[Strategy[Explanation]]:
    """One strategy per instance, with the `ShapSettings` of the task."""
    settings = task.settings_as(ShapSettings)
    return [
        shapley(
            int(n),
            task.stream(i),
            evaluations=settings.evaluations,
            estimator=settings.estimator,
            tolerance=settings.tolerance,
        )
        for i, n in enumerate(task.examples.lengths)
    ]


def shapley(
    players: int,
    rng: np.random.Generator,
    *,
    evaluations: int,
    estimator: str = "auto",
    tolerance: float = 0.0,
) -> Strategy[Explanation]:
    """Shapley values of one game. They sum to the full minus the empty coalition's value.

    Args:
        players: n, the number of players.
        rng: the random stream of an estimate.
        evaluations: most coalitions to evaluate, the empty and the full one included.
        estimator: ``exact``, a name in `ESTIMATORS`, or ``auto``: exact when all 2^n coalitions
            fit into ``evaluations``, else ``gaussian_process``.
        tolerance: stop once the largest standard error is at most this share of the values' range
            (largest minus smallest); 0 spends the whole budget.

    Raises:
        ValueError: when the budget is below n + 2 and enumeration does not fit either, or when
            exact values are requested and do not fit.
    """
    if players < 2:
        return (yield from trivial(players))
    affordable = players <= MOST_ENUMERABLE and 2**players <= evaluations
    if estimator == "exact" and not affordable:
        raise ValueError(
            f"exact Shapley values of {players} players need 2^{players} evaluations and "
            f"explanation.shap.evaluations allows {evaluations}: "
            + (f"set it to {2**players} or more, or " if players <= MOST_ENUMERABLE else "")
            + "set explanation.shap.estimator to auto"
        )
    if affordable and estimator in ("auto", "exact"):
        masks = all_coalitions(players)
        values = yield masks
        zero = np.zeros(players)
        exact = shapley_values(values, players)
        return Explanation(exact, zero, float(values[0]), float(values[-1]))
    if evaluations < players + 2:
        raise ValueError(
            f"{evaluations} evaluations are too few for {players} players: "
            f"set explanation.shap.evaluations to {players + 2} or more"
        )
    chosen = ESTIMATORS["gaussian_process" if estimator == "auto" else estimator]
    return (yield from estimated(players, evaluations, chosen, rng, tolerance))


def estimated(
    players: int,
    evaluations: int,
    estimator: Estimator,
    rng: np.random.Generator,
    tolerance: float = 0.0,
) -> Strategy[Explanation]:
    """Shapley values estimated within a budget, in one round or, with a tolerance, in several.

    Every round adds pairs to those of the rounds before, and all of them are used. An estimate
    whose model is refuted does not end the sampling.
    """
    base, full = yield np.array([[False] * players, [True] * players])
    half = estimator.draw(players, (evaluations - 2) // 2, rng)
    odd, seen = np.empty(0), np.array([base, full])
    result = Estimate(np.zeros(players), np.full(players, np.inf))
    for stop in rounds(len(half), players, tolerance):
        new = half[len(odd) : stop]
        values = yield np.concatenate([new, ~new])
        odd = np.append(odd, (values[: len(new)] - values[len(new) :]) / 2)
        seen = np.append(seen, values)
        pairs = Pairs(half[:stop], odd, (full - base) / 2, float(np.std(seen)))
        result = estimator.estimate(pairs)
        small = np.max(result.std_error) <= tolerance * np.ptp(result.values)
        if small and not result.refuted:
            break
    return Explanation(result.values, result.std_error, float(base), float(full))


def rounds(pairs: int, players: int, tolerance: float) -> list[int]:
    """After how many pairs to look at the standard errors, the last being ``pairs``."""
    if not tolerance:
        return [pairs]
    stops = []
    stop = max(players, math.ceil(FIRST_ROUND * pairs))
    while stop < pairs:
        stops.append(stop)
        stop = math.ceil(GROWTH * stop)
    return [*stops, pairs]
