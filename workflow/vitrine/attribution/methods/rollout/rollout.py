"""Attention rollout as an attribution: how much of each player is in the state that is read."""

import numpy as np

from vitrine.attention.maps import attention_maps, rollout_attribution
from vitrine.attribution.task import Task, evaluated_beside
from vitrine.games.game import Explanation, Strategy

# Maps of so many instances are in memory together.
AT_ONCE = 64


def strategies(task: Task) -> list[Strategy[Explanation]]:
    """One strategy per instance; the values are not negative and not on the target's scale."""
    count = len(task.examples)
    parts = (np.arange(at, min(at + AT_ONCE, count)) for at in range(0, count, AT_ONCE))
    return [
        evaluated_beside(rollout_attribution(*instance))
        for part in parts
        for instance in attention_maps(task.model, task.examples.take(part))
    ]
