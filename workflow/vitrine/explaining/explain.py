"""Attributions of instances by one method, as tables."""

import logging

import numpy as np
import pandas as pd

from vitrine.attribution.registry import strategies
from vitrine.attribution.task import Task
from vitrine.explaining.session import InstanceGames
from vitrine.games.game import play
from vitrine.section import Section
from vitrine.seeds import derive

log = logging.getLogger(__name__)

DIAGNOSTICS = ["split", "instance", "method", "diagnostic", "value"]


def explain(
    session: InstanceGames, method: str, settings: Section | None, *, domain: str, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Explain instances with one method.

    Args:
        session: the games of the instances; values that their evaluator has are not computed again.
        method: name of the method.
        settings: the method's settings; None for a method without any.
        domain: the study's domain.
        seed: base seed.

    Returns:
        The attributions, one row per instance and player, with the columns ``split, instance,
        player, player_name, target, method, value, std_error, base_value, full_value,
        evaluations``; and the diagnostics, ``split, instance, method, diagnostic, value``.
    """
    games, evaluator, instances = session.games, session.evaluator, session.instances
    examples, split = instances.examples, instances.split
    task = Task(
        games.model,
        examples,
        instances.targets,
        domain,
        settings,
        derive(seed, method, split),
        games.kind,
    )
    before = evaluator.requested.copy()
    log.info("%s: %d instances of the %s split", method, len(examples), split)
    explanations = play(strategies(method, task), evaluator)
    evaluations = evaluator.requested - before
    log.info("%d evaluations", evaluations.sum())
    tables = [
        pd.DataFrame(
            {
                "split": split,
                "instance": examples.instance[i],
                "player": np.arange(len(explanation.values)),
                "player_name": instances.players[i],
                "target": instances.target_names[i],
                "method": method,
                "value": explanation.values,
                "std_error": explanation.std_error,
                "base_value": explanation.base_value,
                "full_value": explanation.full_value,
                "evaluations": evaluations[i],
            }
        )
        for i, explanation in enumerate(explanations)
    ]
    diagnostics = [
        (split, examples.instance[i], method, name, value)
        for i, explanation in enumerate(explanations)
        for name, value in explanation.diagnostics.items()
    ]
    return pd.concat(tables, ignore_index=True), pd.DataFrame(diagnostics, columns=DIAGNOSTICS)
