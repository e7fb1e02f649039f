"""All measures of all attributions of one instance, on shared coalitions."""

from collections.abc import Callable, Mapping

import numpy as np

from vitrine.games.game import Strategy
from vitrine.validation.faithfulness.ceiling import Ceiling, best_chain
from vitrine.validation.faithfulness.floor import random_rankings
from vitrine.validation.faithfulness.measure import (
    SCALES,
    Curve,
    DirectMeasure,
    Inputs,
    Measured,
    NormalisedMeasure,
)
from vitrine.validation.faithfulness.normalised import normalised
from vitrine.validation.faithfulness.ranking import levels
from vitrine.validation.faithfulness.settings import FaithfulnessSettings
from vitrine.validation.faithfulness.strategies import rescaled, together
from vitrine.validation.faithfulness.subsets import removed_subsets
from vitrine.validation.registry import FAITHFULNESS

Scale = Callable[[np.ndarray], np.ndarray]

# Measures of equal scale stay in their order.
DIRECT = sorted(
    (measure for measure in FAITHFULNESS.values() if isinstance(measure, DirectMeasure)),
    key=lambda measure: SCALES.index(measure.scale),
)
NORMALISED = [
    measure for measure in FAITHFULNESS.values() if isinstance(measure, NormalisedMeasure)
]


def measure_instance(
    attributions: Mapping[str, np.ndarray],
    settings: FaithfulnessSettings,
    scale: Scale | None,
    rng: np.random.Generator,
) -> Strategy[dict[str, dict[str, float]]]:
    """Every measure of every method.

    Args:
        attributions: method to float64 [players].
        settings: of the measures.
        scale: turns the game's log-odds into probabilities, for the measures of the scale
            ``output``; None leaves scores as they are, and measures of the scale ``log_odds`` out.
        rng: the random stream of the floor and of the subsets.

    Returns:
        Method to measures, by the names in the registry; the points of the curves are named by
        their percentage, ``deletion_0`` to ``deletion_100`` and ``insertion_0`` to
        ``insertion_100``. Undefined measures are left out. Facts of the instance itself, which hold
        for every method, are ``floor_...`` and ``ceiling_...`` of the AOPC that are normalised, and
        ``ceiling_settled``, 1 where no ceiling would move by a hundredth in a wider search.
    """
    players = len(next(iter(attributions.values())))
    # Drawn first, so that `vitrine.validation.faithfulness.tuning` can draw the same rankings.
    chance = random_rankings(players, settings.random_rankings, rng) if players > 1 else None
    subsets = removed_subsets(players, settings.subset_share, settings.subsets, rng)
    inputs = Inputs(settings.fractions, subsets)
    strategies: list[Strategy[dict[str, float]]] = [
        _direct(values, inputs, scale) for values in attributions.values()
    ]
    if chance is not None and NORMALISED:
        bounds = _bounds(np.array(list(attributions.values())), chance, inputs, settings)
        strategies.append(rescaled(bounds, scale) if scale else bounds)
    results = yield from together(strategies)
    of_methods = results[: len(attributions)]
    facts = results[len(attributions)] if len(results) > len(attributions) else {}
    return {
        method: {
            name: value
            for name, value in (measures | _normalised(measures, facts) | facts).items()
            if not np.isnan(value)
        }
        for method, measures in zip(attributions, of_methods, strict=True)
    }


def _direct(values: np.ndarray, inputs: Inputs, scale: Scale | None) -> Strategy[dict[str, float]]:
    """The measures of one attribution that need no other: first single values, then curves."""
    strategies: dict[str, Measured] = {}
    for measure in DIRECT:
        if measure.scale == "log_odds" and scale is None:
            continue
        strategy = measure.strategy(values, inputs)
        if measure.scale == "output" and scale is not None:
            strategy = rescaled(strategy, scale)
        strategies[measure.name] = strategy
    results = dict(zip(strategies, (yield from together(list(strategies.values()))), strict=True))
    measures = {name: value for name, value in results.items() if not isinstance(value, Curve)}
    for name, curve in results.items():
        if isinstance(curve, Curve):
            measures |= {name: curve.area} | curve.points()
    return measures


def _normalised(measures: dict[str, float], facts: dict[str, float]) -> dict[str, float]:
    """The normalised measures, by the floors and ceilings among the facts, which may be empty."""
    if not facts:
        return {}
    return {
        measure.name: normalised(
            measures[measure.aopc.name],
            facts[f"floor_{measure.aopc.name}"],
            facts[f"ceiling_{measure.aopc.name}"],
        )
        for measure in NORMALISED
    }


def _bounds(
    rankings: np.ndarray, chance: np.ndarray, inputs: Inputs, settings: FaithfulnessSettings
) -> Strategy[dict[str, float]]:
    """Floor and ceiling of every AOPC that is normalised.

    Args:
        rankings: float64 [methods, players], the attributions.
        chance: float64 [random rankings, players].
        inputs: of the measures.
        settings: of the measures.
    """
    players = chance.shape[1]
    sizes, weights = levels(inputs.fractions, players)
    competitors = np.vstack([rankings, chance])
    floors = [measure.aopc.strategy(row, inputs) for measure in NORMALISED for row in chance]
    ceilings: list[Strategy[Ceiling]] = [
        best_chain(
            measure.coalitions,
            measure.sign,
            sizes,
            weights,
            competitors,
            settings.ceiling_evaluations,
        )
        for measure in NORMALISED
    ]
    results = yield from together([*floors, *ceilings])
    (full,) = yield np.ones((1, players), dtype=bool)
    of_chance = np.reshape(results[: len(floors)], (len(NORMALISED), len(chance)))
    bests: list[Ceiling] = results[len(floors) :]
    facts = {
        f"floor_{measure.aopc.name}": float(np.mean(values))
        for measure, values in zip(NORMALISED, of_chance, strict=True)
    }
    facts |= {
        f"ceiling_{measure.aopc.name}": float(full - measure.sign * ceiling.cost)
        for measure, ceiling in zip(NORMALISED, bests, strict=True)
    }
    return facts | {"ceiling_settled": float(all(ceiling.converged for ceiling in bests))}
