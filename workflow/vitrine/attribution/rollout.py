"""Attention rollout as an attribution: how much of each player is in the state that is read."""

from vitrine.attention.maps import attention_maps, rollout_attribution
from vitrine.attribution.task import Task, given
from vitrine.games.game import Explanation, Strategy


def strategies(task: Task) -> list[Strategy[Explanation]]:
    """One strategy per instance; the values are not negative and not on the target's scale."""
    maps = attention_maps(task.model, task.examples)
    return [given(rollout_attribution(*instance)) for instance in maps]
