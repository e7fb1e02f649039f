"""Faithfulness of every method's attributions, instance by instance."""

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd

from vitrine.games.evaluator import Evaluator
from vitrine.games.game import Strategy, play
from vitrine.validation.comprehensiveness import comprehensiveness
from vitrine.validation.deletion import area, deletion_curve
from vitrine.validation.sufficiency import sufficiency

log = logging.getLogger(__name__)


def measure_one(values: np.ndarray, fractions: Sequence[float]) -> Strategy[dict[str, float]]:
    """All measures of one attribution, float64 [players], by the names in the registry.

    The points of the deletion curve are named ``deletion_00`` to ``deletion_10``.
    """
    curve = yield from deletion_curve(values)
    measures = {
        "comprehensiveness": (yield from comprehensiveness(values, fractions)),
        "sufficiency": (yield from sufficiency(values, fractions)),
        "deletion_auc": area(curve),
    }
    points = {f"deletion_{step:02d}": float(value) for step, value in enumerate(curve)}
    return measures | points


def validate(
    attributions: pd.DataFrame,
    evaluator: Evaluator,
    instances: np.ndarray,
    split: str,
    fractions: Sequence[float],
) -> pd.DataFrame:
    """Measure the attributions of one split.

    All methods share the evaluator, so a coalition that several rankings lead to is evaluated once.

    Args:
        attributions: rows of that split, of any number of methods.
        evaluator: of the games of ``instances``, on the scale that is measured.
        instances: int64 [n], the instance of each game.
        split: the split's name.
        fractions: shares of the players for comprehensiveness and sufficiency.

    Returns:
        One row per instance, method and measure: ``split, instance, method, measure, value``.
    """
    place = {number: game for game, number in enumerate(instances.tolist())}
    keys, games, strategies = [], [], []
    for (method, instance), rows in attributions.groupby(["method", "instance"], sort=True):
        values = rows.sort_values("player")["value"].to_numpy()
        keys.append((split, instance, method))
        games.append(place[instance])
        strategies.append(measure_one(values, fractions))

    def evaluate(requests: Sequence[tuple[int, np.ndarray]]) -> list[np.ndarray]:
        return evaluator([(games[number], masks) for number, masks in requests])

    results = play(strategies, evaluate)
    log.info("%s: %d evaluations", split, evaluator.evaluations.sum())
    return pd.DataFrame(
        [
            (*key, measure, value)
            for key, measures in zip(keys, results, strict=True)
            for measure, value in measures.items()
        ],
        columns=["split", "instance", "method", "measure", "value"],
    )
