"""What a method explains: instances, model, targets and settings."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from vitrine.data.examples import Examples
from vitrine.games.game import Explanation, Strategy
from vitrine.models.model import Model
from vitrine.section import Section
from vitrine.seeds import derive

S = TypeVar("S", bound=Section)


@dataclass(frozen=True)
class Task:
    """Instances to explain with one method.

    Attributes:
        model: in evaluation mode.
        examples: n instances of one split.
        targets: int64 [n], explained class or item.
        domain: the study's domain (``text``, ``image``, ``sequence`` or ``table``).
        settings: the method's own settings; None for a method without any.
        seed: base seed; every instance has a stream of its own (`stream`).
        value: the value function of the games, see `vitrine.games.values`; ``score`` for items.
    """

    model: Model
    examples: Examples
    targets: np.ndarray
    domain: str
    settings: Section | None
    seed: int
    value: str = "log_odds"

    def settings_as(self, kind: type[S]) -> S:
        """The settings as those of a method.

        Raises:
            TypeError: they are of another class.
        """
        if not isinstance(self.settings, kind):
            raise TypeError(f"the task needs {kind.__name__}, not {self.settings!r}")
        return self.settings

    def stream(self, place: int) -> np.random.Generator:
        """The random stream of the instance at ``place``, the same in whatever company it is."""
        return np.random.default_rng(derive(self.seed, int(self.examples.instance[place])))


def evaluated_beside(values: np.ndarray) -> Strategy[Explanation]:
    """An explanation whose values need no coalitions, with the game's empty and full value.

    Args:
        values: float64 [players].
    """
    players = len(values)
    base, full = yield np.array([[False] * players, [True] * players])
    unknown = np.full(players, np.nan)
    return Explanation(values, unknown, float(base), float(full))


def trivial(players: int) -> Strategy[Explanation]:
    """The explanation of a game of no player, or of one player, who gets everything."""
    base, full = yield np.array([[False] * players, [True] * players])
    values = np.full(players, full - base)
    return Explanation(values, np.zeros(players), float(base), float(full))
