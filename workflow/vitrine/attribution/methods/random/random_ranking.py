"""A random ranking: the floor that every method has to beat."""

from vitrine.attribution.task import Task, evaluated_beside
from vitrine.games.game import Explanation, Strategy


def strategies(task: Task) -> list[Strategy[Explanation]]:
    """One strategy per instance; independent standard normal values."""
    lengths = task.examples.lengths
    return [evaluated_beside(task.stream(i).standard_normal(int(n))) for i, n in enumerate(lengths)]
