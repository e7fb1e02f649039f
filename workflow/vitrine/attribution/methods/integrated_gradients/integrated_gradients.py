"""Integrated gradients (Sundararajan, Taly & Yan 2017) along a path that lets all players appear.

The usual path scales embeddings up from zero. It suits neither these games nor these models: at its
start the players are still there and are attended to, which is not the empty coalition; and since
every block normalises its input, almost all change happens where the embeddings are nearly zero, so
that dozens of steps miss it. The path here is the game's own: all players become present together,
a player's presence being a factor on the attention that it gets and on its part in the state that
is read (`Model.forward`). It leads from the empty to the full coalition, so the values of a
game with absent players add up to the full minus the empty coalition's value, as Shapley values do.
"""

import numpy as np

from vitrine.attribution.gradients import factor_gradients
from vitrine.attribution.methods.integrated_gradients import IntegratedGradientsSettings
from vitrine.attribution.task import Task
from vitrine.data.examples import Examples
from vitrine.games.game import Explanation, Strategy
from vitrine.models.model import Model


def strategies(task: Task) -> list[Strategy[Explanation]]:
    """One strategy per instance, with the `IntegratedGradientsSettings` of the task."""
    steps = task.settings_as(IntegratedGradientsSettings).steps
    values = integrated_gradients(task.model, task.examples, task.targets, task.value, steps)
    return [_with_gap(instance) for instance in values]


def _with_gap(values: np.ndarray) -> Strategy[Explanation]:
    """Values float64 [players] with the diagnostic ``completeness_gap``.

    The gap is the sum of the values minus the full and plus the empty coalition's value. Steps
    that are too few open it, and so does a removal other than absence, which the path is about.
    """
    players = len(values)
    base, full = yield np.array([[False] * players, [True] * players])
    gap = float(values.sum() - (full - base))
    unknown = np.full(players, np.nan)
    return Explanation(values, unknown, float(base), float(full), {"completeness_gap": gap})


def integrated_gradients(
    model: Model,
    examples: Examples,
    targets: np.ndarray,
    kind: str,
    steps: int,
    megabytes: int = 256,
) -> list[np.ndarray]:
    """Integrated gradients of whole instances by Gauss-Legendre quadrature.

    Args:
        model: in evaluation mode.
        examples: n instances.
        targets: int64 [n], explained class or item.
        kind: the value function, see `vitrine.games.values`.
        steps: points on the path, each a forward and a backward pass.
        megabytes: memory budget; gradients keep the activations of all layers.

    Returns:
        float64 [players] for each instance.
    """
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    # From (-1, 1), where the weights sum to 2, to (0, 1). Players matter most when the first of
    # them appear, so the path's parameter is the square root of the presence.
    places, weights = (nodes + 1) / 2, weights / 2
    total = [np.zeros(length) for length in examples.lengths]
    for place, weight in zip(places, weights, strict=True):
        slopes = presence_gradients(model, examples, targets, kind, place**2, megabytes)
        total = [
            part + 2 * place * weight * slope for part, slope in zip(total, slopes, strict=True)
        ]
    return total


def presence_gradients(
    model: Model,
    examples: Examples,
    targets: np.ndarray,
    kind: str,
    presence: float,
    megabytes: int = 256,
) -> list[np.ndarray]:
    """Derivative of the target's value by the presence of each player, where all have the same.

    Args:
        model, examples, targets, kind, megabytes: see `integrated_gradients`.
        presence: in (0, 1].

    Returns:
        float64 [players] for each instance.
    """
    return factor_gradients(model, examples, targets, kind, "presence", presence, megabytes)
