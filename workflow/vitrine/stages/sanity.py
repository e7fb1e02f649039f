"""The part of the stage `robustness` that asks whether explanations depend on what was learned."""

import logging
from typing import Any

import numpy as np
import pandas as pd

from vitrine.attribution.registry import METHODS
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.session import Explainer, Played
from vitrine.models.model import Model
from vitrine.seeds import derive
from vitrine.validation.randomisation.randomisation import judge_similarities, randomised, schedule
from vitrine.validation.robustness.similarity import spearman_of_sizes

log = logging.getLogger(__name__)

# Which setting of a method is its budget, and how many model calls a unit costs.
BUDGETS = {
    name: (method.budget.setting, method.budget.calls)
    for name, method in METHODS.items()
    if method.budget is not None
}
# What tells whether a method passes: with all parts random (the last step of the cascade), and with
# the labels permuted.
CRITERIA = {"parameters": ("cascading", "embedding"), "labels": ("labels", "all")}


def randomise(
    explainer: Explainer,
    played: Played,
    permuted: Model,
    known: dict[str, list[np.ndarray]],
    evaluations: int,
    seed: int,
) -> pd.DataFrame:
    """Explain models that have not learned what the trained one has, and compare with it.

    Both sides use the same seed and the same number of model calls, so that what differs is the
    model. The random ranking, which reads no model, is left out.

    Args:
        explainer: of the study.
        played: the games of the trained model.
        permuted: a model that has learned permuted labels.
        known: the trained model's attributions by method, which serve where no budget is changed.
        evaluations: model calls per instance of the methods that have a budget; at least the
            players and two.
        seed: of the weights and the methods.

    Returns:
        ``kind, part, instance, method, value``: Spearman's correlation of the absolute values. The
        kind is ``cascading``, ``independent`` (see `schedule`) or ``labels``.
    """
    budget = max(evaluations, int(played.chosen.examples.lengths.max()) + 2)
    model = played.games.model
    methods = [name for name in known if name != "random"]
    settings = {name: dict(explainer.settings.get(name, {})) for name in methods}
    for name in BUDGETS.keys() & settings.keys():
        setting, calls = BUDGETS[name]
        settings[name][setting] = max(2, budget // calls)
    trained = {
        name: explainer(played, name, seed, settings[name]) if name in BUDGETS else known[name]
        for name in methods
    }

    def compared(kind: str, part: str, found: dict[str, list[np.ndarray]]) -> list[tuple]:
        return [
            (kind, part, int(instance), name, spearman_of_sizes(one, two))
            for name in methods
            for instance, one, two in zip(
                played.chosen.examples.instance, trained[name], found[name], strict=True
            )
        ]

    def explained(other: Model) -> dict[str, list[np.ndarray]]:
        theirs = explainer.games(other, played.chosen)
        return {name: explainer(theirs, name, seed, settings[name]) for name in methods}

    found: dict[tuple[str, ...], dict[str, list[np.ndarray]]] = {}
    rows = []
    for kind, part, names in schedule(model.shape):
        key = tuple(names)
        if key not in found:
            log.info("random weights in %s", ", ".join(names))
            found[key] = explained(randomised(model, names, derive(seed, "randomise", part)))
        rows += compared(kind, part, found[key])
    log.info("permuted labels")
    rows += compared(*CRITERIA["labels"], explained(permuted))
    columns = ["kind", "part", "instance", "method", "value"]
    return pd.DataFrame(rows, columns=columns).dropna(ignore_index=True)


def judge_sanity(
    compared: pd.DataFrame, bound: float, statistics: StatisticsSettings, seed: int
) -> dict[str, dict[str, Any]]:
    """Pass or fail of each method, by both criteria.

    Args:
        compared: the table of `randomise`.
        bound, statistics, seed: see
            `vitrine.validation.randomisation.randomisation.judge_similarities`.

    Returns:
        By criterion, ``parameters`` and ``labels``, and method.
    """
    results = {}
    for criterion, (kind, part) in CRITERIA.items():
        rows = compared[(compared["kind"] == kind) & (compared["part"] == part)]
        results[criterion] = {
            str(method): judge_similarities(
                own.to_numpy(), bound, statistics, derive(seed, "sanity")
            )
            for method, own in rows.groupby("method", sort=False)["value"]
        }
    return results
