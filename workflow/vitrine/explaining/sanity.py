"""Sanity checks (randomisation): do explanations depend on what the model has learned?"""

import logging
from typing import Any

import pandas as pd

from vitrine.attribution.registry import METHODS
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.robustness import Attributions, RobustnessChecks
from vitrine.models.model import Model
from vitrine.seeds import derive
from vitrine.validation.randomisation.randomisation import judge_similarities, randomised, schedule
from vitrine.validation.robustness.similarity import spearman_of_sizes

log = logging.getLogger(__name__)

LEARNED = 0.75
COLUMNS = ["kind", "part", "instance", "method", "value"]
# What tells whether a method passes: with all parts random (the last step of the cascade), and with
# the labels permuted.
CRITERIA = {"parameters": ("cascading", "embedding"), "labels": ("labels", "all")}


def randomise(checks: RobustnessChecks, permuted: Model, evaluations: int) -> pd.DataFrame:
    """Explain models that have not learned what the trained one has, and compare with it.

    Both sides use the same seed and the same number of model calls, so that what differs is the
    model. The random ranking, which reads no model, is left out. Attributions that exist serve
    where no budget is changed.

    Args:
        checks: the instances, their games and attributions.
        permuted: a model that has learned permuted labels.
        evaluations: model calls per instance of the methods that have a budget; at least the
            players and two.

    Returns:
        ``kind, part, instance, method, value``: Spearman's correlation of the absolute values. The
        kind is ``cascading``, ``independent`` (see `schedule`) or ``labels``.
    """
    explainer, games = checks.explainer, checks.games
    seed, model = explainer.seed, games.games.model
    budget = max(evaluations, int(games.instances.examples.lengths.max()) + 2)
    settings = {
        name: METHODS[name].limited(explainer.methods[name], budget)
        for name in explainer.model_methods
    }
    trained = {
        name: explainer.values(games, name, settings=settings[name])
        if METHODS[name].budget
        else checks.attributions[name]
        for name in settings
    }

    def compared(kind: str, part: str, other: Attributions) -> list[tuple[Any, ...]]:
        return [
            (kind, part, int(instance), name, spearman_of_sizes(first, second))
            for name in settings
            for instance, first, second in zip(
                games.instances.examples.instance, trained[name], other[name], strict=True
            )
        ]

    def explained(other: Model) -> Attributions:
        theirs = explainer.session.play(games.instances, model=other)
        return {name: explainer.values(theirs, name, settings=settings[name]) for name in settings}

    by_parts: dict[tuple[str, ...], Attributions] = {}
    rows = []
    for kind, part, names in schedule(model.shape):
        parts = tuple(names)
        if parts not in by_parts:
            log.info("random weights in %s", ", ".join(names))
            by_parts[parts] = explained(randomised(model, names, derive(seed, "randomise", part)))
        rows += compared(kind, part, by_parts[parts])
    log.info("permuted labels")
    rows += compared(*CRITERIA["labels"], explained(permuted))
    return pd.DataFrame(rows, columns=COLUMNS).dropna(ignore_index=True)


def judge_sanity(
    correlations: pd.DataFrame,
    bound: float,
    learned: float,
    statistics: StatisticsSettings,
    seed: int,
) -> dict[str, dict[str, Any]]:
    """Pass or fail of each method, by both criteria.

    Args:
        correlations: the table of `randomise`.
        bound: see `judge_similarities`.
        learned: share of the permuted labels that the control model has learned. Below `LEARNED`
            its explanations say nothing of what a model learns, so nothing follows from them.
        statistics: of the intervals.
        seed: of the resamples.

    Returns:
        By criterion, ``parameters`` and ``labels``, and method.
    """
    results = {}
    for criterion, (kind, part) in CRITERIA.items():
        rows = correlations[(correlations["kind"] == kind) & (correlations["part"] == part)]
        results[criterion] = {
            str(method): judge_similarities(
                values.to_numpy(), bound, statistics, derive(seed, "sanity")
            )
            for method, values in rows.groupby("method", sort=False)["value"]
        }
    if learned < LEARNED:
        for judged in results["labels"].values():
            judged["outcome"] = "inconclusive"
    return results
