"""The attribution methods and what is to be known of each before it is chosen."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from vitrine.attribution.task import Task
from vitrine.games.game import Explanation, Strategy


@dataclass(frozen=True)
class Method:
    """One method.

    Attributes:
        title: what pages call it.
        signed: whether negative values mean evidence against the target.
        gradients: whether it needs the model's gradients rather than only its outputs.
        cost: model evaluations per instance with n players.
    """

    title: str
    signed: bool
    gradients: bool
    cost: str


METHODS = {
    "shap": Method("SHAP (Shapley values)", True, False, "explanation.shap.evaluations"),
    "lime": Method("LIME", True, False, "explanation.lime.samples + 1"),
    "occlusion": Method("Leave-one-out occlusion", True, False, "n + 2"),
    "gradient": Method("Gradient x input", True, True, "2 and one backward pass"),
    "integrated_gradients": Method(
        "Integrated gradients",
        True,
        True,
        "2 and explanation.integrated_gradients.steps forward and backward passes",
    ),
    "rollout": Method("Attention rollout", False, False, "3"),
    "random": Method("Random ranking", True, False, "2"),
}


def strategies(method: str, task: Task) -> list[Strategy[Explanation]]:
    """One strategy per instance of the task, from the method's module ``vitrine.attribution.*``.

    A module is imported only when it is used, so that a method depends on its own code alone.

    Raises:
        KeyError: for a method that is not registered; names those that are.
    """
    if method not in METHODS:
        raise KeyError(f"unknown method {method!r}; there are {', '.join(METHODS)}")
    make: Callable[[Task], list[Strategy[Explanation]]] = importlib.import_module(
        f"vitrine.attribution.{method}"
    ).strategies
    return make(task)
