"""Gradient x input on the players' embeddings (Shrikumar et al. 2016; Denil et al. 2014)."""

import numpy as np

from vitrine.attribution.gradients import factor_gradients
from vitrine.attribution.task import Task, evaluated_beside
from vitrine.data.examples import Examples
from vitrine.games.game import Explanation, Strategy
from vitrine.models.model import Model


def strategies(task: Task) -> list[Strategy[Explanation]]:
    """One strategy per instance."""
    values = gradient_times_input(task.model, task.examples, task.targets, task.value)
    return [evaluated_beside(instance) for instance in values]


def gradient_times_input(
    model: Model,
    examples: Examples,
    targets: np.ndarray,
    kind: str,
    megabytes: int = 256,
) -> list[np.ndarray]:
    """Attribution of each player: the gradient of the target's value times the player's embedding.

    It is taken as the derivative with respect to a factor on the embedding, at 1, which is the sum
    over the embedding's entries of gradient x entry.

    Args:
        model: in evaluation mode.
        examples: n instances.
        targets: int64 [n], explained class or item.
        kind: the value function, see `vitrine.games.values`.
        megabytes: memory budget; gradients keep the activations of all layers.

    Returns:
        float64 [players] for each instance.
    """
    return factor_gradients(model, examples, targets, kind, "gates", 1.0, megabytes)
