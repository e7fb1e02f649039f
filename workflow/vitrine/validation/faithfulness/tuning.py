"""A normalised measure of one instance's explanations by several settings of a method."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vitrine.games.game import Strategy
from vitrine.validation.faithfulness.ceiling import best_chain
from vitrine.validation.faithfulness.floor import random_rankings
from vitrine.validation.faithfulness.instance import Scale
from vitrine.validation.faithfulness.measure import Inputs
from vitrine.validation.faithfulness.measures.normalised_comprehensiveness import MEASURE
from vitrine.validation.faithfulness.normalised import normalised
from vitrine.validation.faithfulness.ranking import levels
from vitrine.validation.faithfulness.settings import FaithfulnessSettings
from vitrine.validation.faithfulness.strategies import rescaled, together


def scores(
    candidates: Sequence[np.ndarray],
    settings: FaithfulnessSettings,
    scale: Scale | None,
    rng: np.random.Generator,
) -> Strategy[np.ndarray]:
    """Normalised comprehensiveness of several attributions of one instance.

    Args:
        candidates: float64 [players] each.
        settings: of the measure.
        scale: turns the game's log-odds into probabilities; None leaves scores as they are.
        rng: the random stream that the instance has in its validation.

    Returns:
        float64 [candidates], NaN where no ranking does better than chance. The ceiling is that of
        a search from these attributions.
    """
    players = len(candidates[0])
    if players < 2:
        return np.full(len(candidates), np.nan)
    chance = random_rankings(players, settings.random_rankings, rng)
    strategy = _scores(candidates, chance, settings)
    return (yield from rescaled(strategy, scale) if scale else strategy)


def _scores(
    candidates: Sequence[np.ndarray], chance: np.ndarray, settings: FaithfulnessSettings
) -> Strategy[np.ndarray]:
    count, players = len(candidates), chance.shape[1]
    rankings = [*candidates, *chance]
    inputs = Inputs(settings.fractions, np.zeros((0, players), dtype=bool))
    sizes, weights = levels(settings.fractions, players)
    search = best_chain(
        MEASURE.coalitions,
        MEASURE.sign,
        sizes,
        weights,
        np.array(rankings),
        settings.ceiling_evaluations,
    )
    strategies: list[Strategy[Any]] = [MEASURE.aopc.strategy(row, inputs) for row in rankings]
    *reached, best = yield from together([*strategies, search])
    (full,) = yield np.ones((1, players), dtype=bool)
    floor = float(np.mean(reached[count:]))
    ceiling = float(full - MEASURE.sign * best.cost)
    return np.array([normalised(value, floor, ceiling) for value in reached[:count]])
