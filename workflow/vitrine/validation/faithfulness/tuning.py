"""Normalised comprehensiveness of one instance's explanations by several settings of a method."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vitrine.games.game import Strategy
from vitrine.validation.faithfulness.ceiling import best_chain
from vitrine.validation.faithfulness.comprehensiveness import comprehensiveness
from vitrine.validation.faithfulness.floor import random_rankings
from vitrine.validation.faithfulness.instance import Scale, Settings
from vitrine.validation.faithfulness.normalised import normalised
from vitrine.validation.faithfulness.ranking import levels
from vitrine.validation.faithfulness.strategies import rescaled, together


def scores(
    candidates: Sequence[np.ndarray],
    settings: Settings,
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
    found = _scores(candidates, chance, settings)
    return (yield from rescaled(found, scale) if scale else found)


def _scores(
    candidates: Sequence[np.ndarray], chance: np.ndarray, settings: Settings
) -> Strategy[np.ndarray]:
    rankings = [*candidates, *chance]
    sizes, weights = levels(settings.fractions, chance.shape[1])
    search = best_chain(
        lambda sets: ~sets, 1.0, sizes, weights, np.array(rankings), settings.ceiling_evaluations
    )
    reached: list[Strategy[Any]] = [comprehensiveness(row, settings.fractions) for row in rankings]
    *own, best = yield from together([*reached, search])
    (full,) = yield np.ones((1, chance.shape[1]), dtype=bool)
    floor = float(np.mean(own[len(candidates) :]))
    ceiling = float(full - best.cost)
    return np.array([normalised(value, floor, ceiling) for value in own[: len(candidates)]])
