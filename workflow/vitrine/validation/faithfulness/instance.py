"""All measures of all attributions of one instance, on shared coalitions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from vitrine.games.game import Strategy
from vitrine.validation.faithfulness.ceiling import Ceiling, best_chain
from vitrine.validation.faithfulness.comprehensiveness import comprehensiveness
from vitrine.validation.faithfulness.deletion import area, deletion_curve, shares_of
from vitrine.validation.faithfulness.faithfulness_correlation import faithfulness_correlation
from vitrine.validation.faithfulness.floor import random_rankings
from vitrine.validation.faithfulness.infidelity import relative_infidelity
from vitrine.validation.faithfulness.insertion import insertion_curve
from vitrine.validation.faithfulness.normalised import normalised
from vitrine.validation.faithfulness.ranking import levels
from vitrine.validation.faithfulness.strategies import rescaled, together
from vitrine.validation.faithfulness.subsets import removed_subsets
from vitrine.validation.faithfulness.sufficiency import sufficiency

Scale = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Settings:
    """How faithfulness is measured; the configuration says what each value means."""

    fractions: Sequence[float]
    random_rankings: int
    ceiling_evaluations: int
    subsets: int
    subset_share: float

    @classmethod
    def of_params(cls, params: Any) -> "Settings":
        """From the parameters of a rule, which have the names of the attributes."""
        return cls(**{each.name: params[each.name] for each in fields(cls)})


def measure_instance(
    attributions: Mapping[str, np.ndarray],
    settings: Settings,
    scale: Scale | None,
    rng: np.random.Generator,
) -> Strategy[dict[str, dict[str, float]]]:
    """Every measure of every method.

    Faithfulness correlation and infidelity are taken on the scale of the game, on which the
    attributions are made; the others on ``scale`` where there is one, and comprehensiveness and
    sufficiency on both.

    Args:
        attributions: method to float64 [players].
        settings: of the measures.
        scale: turns the game's log-odds into probabilities; None leaves scores as they are.
        rng: the random stream of the floor and of the subsets.

    Returns:
        Method to measures, by the names in the registry; the points of the curves are named by
        their percentage, ``deletion_0`` to ``deletion_100`` and ``insertion_0`` to
        ``insertion_100``. Undefined measures are left out. Facts of the instance itself, which hold
        for every method, are ``floor_...`` and ``ceiling_...`` of both AOPC, and
        ``ceiling_settled``, 1 where neither ceiling would move by a hundredth in a wider search.
    """
    players = len(next(iter(attributions.values())))
    # First, since whoever knows the stream knows them too.
    chance = random_rankings(players, settings.random_rankings, rng) if players > 1 else None
    subsets = removed_subsets(players, settings.subset_share, settings.subsets, rng)
    strategies: list[Strategy] = [
        _measure_one(values, settings.fractions, subsets, scale) for values in attributions.values()
    ]
    if chance is not None:
        known = np.array(list(attributions.values()))
        bounds = _bounds(known, chance, settings)
        strategies.append(rescaled(bounds, scale) if scale else bounds)
    results = yield from together(strategies)
    own = results[: len(attributions)]
    facts = results[-1] if chance is not None else {}
    for measures in own:
        for name in ("comprehensiveness", "sufficiency"):
            if facts:
                measures[f"normalised_{name}"] = normalised(
                    measures[name], facts[f"floor_{name}"], facts[f"ceiling_{name}"]
                )
    return {
        method: {name: value for name, value in (measures | facts).items() if not np.isnan(value)}
        for method, measures in zip(attributions, own, strict=True)
    }


def _measure_one(
    values: np.ndarray, fractions: Sequence[float], subsets: np.ndarray, scale: Scale | None
) -> Strategy[dict[str, float]]:
    """The measures of one attribution that need no other."""
    shown = {
        "comprehensiveness": comprehensiveness(values, fractions),
        "sufficiency": sufficiency(values, fractions),
        "deletion": deletion_curve(values, fractions),
        "insertion": insertion_curve(values, fractions),
    }
    own: dict[str, Strategy] = {
        "faithfulness_correlation": faithfulness_correlation(values, subsets),
        "infidelity": relative_infidelity(values, subsets),
    }
    if scale:
        shown = {name: rescaled(strategy, scale) for name, strategy in shown.items()}
        own["comprehensiveness_log_odds"] = comprehensiveness(values, fractions)
        own["sufficiency_log_odds"] = sufficiency(values, fractions)
    strategies = shown | own
    results = dict(zip(strategies, (yield from together(list(strategies.values()))), strict=True))
    for name in ("deletion", "insertion"):
        curve = results.pop(name)
        results[f"{name}_auc"] = area(curve, fractions, len(values))
        results |= {
            f"{name}_{100 * share:g}": float(value)
            for share, value in zip(shares_of(fractions), curve, strict=True)
        }
    return results


def _bounds(
    known: np.ndarray, chance: np.ndarray, settings: Settings
) -> Strategy[dict[str, float]]:
    """Floor and ceiling of both AOPC for float64 [rankings, players]."""
    fractions = settings.fractions
    count, players = chance.shape
    sizes, weights = levels(fractions, players)
    everyone = np.vstack([known, chance])
    budget = settings.ceiling_evaluations
    floors = [measure(row, fractions) for measure in _AOPC.values() for row in chance]
    ceilings: list[Strategy[Ceiling]] = [
        best_chain(lambda sets: ~sets, 1.0, sizes, weights, everyone, budget),
        best_chain(lambda sets: sets, -1.0, sizes, weights, everyone, budget),
    ]
    *drawn, comprehensive, sufficient = yield from together([*floors, *ceilings])
    (full,) = yield np.ones((1, players), dtype=bool)
    return {
        "floor_comprehensiveness": float(np.mean(drawn[:count])),
        "floor_sufficiency": float(np.mean(drawn[count:])),
        "ceiling_comprehensiveness": float(full - comprehensive.cost),
        "ceiling_sufficiency": float(full + sufficient.cost),
        "ceiling_settled": float(comprehensive.settled and sufficient.settled),
    }


_AOPC = {"comprehensiveness": comprehensiveness, "sufficiency": sufficiency}
