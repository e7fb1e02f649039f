"""The attribution methods by name, and how to run one.

Light: the configuration and the Snakefile import it. A method's code is imported when it runs, so
that a method depends on its own code alone.
"""

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from vitrine.attribution.method import Method
from vitrine.hints import nearest
from vitrine.registry import discover

if TYPE_CHECKING:
    from vitrine.attribution.task import Task
    from vitrine.games.game import Explanation, Strategy

METHODS: dict[str, Method] = discover("vitrine.attribution.methods", Method, "METHOD")

# The random ranking, which every method has to beat.
(FLOOR,) = (name for name, method in METHODS.items() if method.is_floor)


def method(name: str) -> Method:
    """The descriptor of a method.

    Raises:
        KeyError: for a method that is not registered; names the nearest and all that are.
    """
    if name not in METHODS:
        raise KeyError(
            f"unknown method {name!r}. {nearest(name, list(METHODS))}There are {', '.join(METHODS)}"
        )
    return METHODS[name]


def strategies(name: str, task: "Task") -> "list[Strategy[Explanation]]":
    """One strategy per instance of the task, from the method's implementation.

    Args:
        name: of the method.
        task: what to explain; its settings are those of the method.

    Raises:
        KeyError: as `method`.
    """
    make: Callable[[Task], list[Strategy[Explanation]]] = importlib.import_module(
        method(name).implementation
    ).strategies
    return make(task)
