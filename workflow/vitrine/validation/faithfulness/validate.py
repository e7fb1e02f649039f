"""Faithfulness of every method's attributions, instance by instance."""

import logging

import numpy as np
import pandas as pd

from vitrine.games.evaluator import Evaluator
from vitrine.games.game import play
from vitrine.seeds import derive
from vitrine.validation.faithfulness.instance import Scale, measure_instance
from vitrine.validation.faithfulness.settings import FaithfulnessSettings

log = logging.getLogger(__name__)

COLUMNS = ["split", "instance", "method", "measure", "value"]


def validate(
    attributions: pd.DataFrame,
    evaluator: Evaluator,
    instances: np.ndarray,
    split: str,
    settings: FaithfulnessSettings,
    scale: Scale | None,
    seed: int,
) -> pd.DataFrame:
    """Measure the attributions of one split.

    All methods and measures share the evaluator, so a coalition that several of them lead to is
    evaluated once.

    Args:
        attributions: rows of that split, of any number of methods.
        evaluator: of the games of ``instances``, on the scale of the attributions.
        instances: int64 [n], the instance of each game.
        split: the split's name.
        settings: of the measures.
        scale: turns the games' values into those that are shown, such as log-odds into
            probabilities; None where they are shown as they are.
        seed: base seed of the floor and the subsets.

    Returns:
        One row per instance, method and measure: ``split, instance, method, measure, value``.
    """
    tables = dict(list(attributions.groupby("instance")))
    strategies = []
    for instance in instances.tolist():
        values = {
            str(method): rows.sort_values("player")["value"].to_numpy()
            for method, rows in tables[instance].groupby("method", sort=True)
        }
        rng = np.random.default_rng(derive(seed, "validate", split, instance))
        strategies.append(measure_instance(values, settings, scale, rng))
    results = play(strategies, evaluator)
    requested, new = evaluator.requested.sum(), evaluator.evaluations.sum()
    log.info("%s: %d coalitions, %d of them evaluated before", split, requested, requested - new)
    return pd.DataFrame(
        [
            (split, instance, method, measure, value)
            for instance, methods in zip(instances.tolist(), results, strict=True)
            for method, measures in methods.items()
            for measure, value in measures.items()
        ],
        columns=COLUMNS,
    )
