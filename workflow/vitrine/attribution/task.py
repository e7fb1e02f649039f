"""What a method is asked to explain."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vitrine.data.examples import Examples
from vitrine.games.game import Explanation, Strategy
from vitrine.models.model import Model
from vitrine.seeds import derive


@dataclass(frozen=True)
class Task:
    """Instances to explain with one method.

    Attributes:
        model: in evaluation mode.
        examples: n instances of one split.
        targets: int64 [n], explained class or item.
        domain: the study's domain (``text``, ``image``, ``sequence`` or ``table``).
        settings: the method's own settings from the configuration.
        seed: base seed; every instance has a stream of its own (`stream`).
        value: the value function of the games, see `vitrine.games.values`; ``score`` for items.
    """

    model: Model
    examples: Examples
    targets: np.ndarray
    domain: str
    settings: dict[str, Any]
    seed: int
    value: str = "log_odds"

    def stream(self, place: int) -> np.random.Generator:
        """The random stream of the instance at ``place``, the same in whatever company it is."""
        return np.random.default_rng(derive(self.seed, int(self.examples.instance[place])))


def given(values: np.ndarray) -> Strategy[Explanation]:
    """Values that need no coalitions, float64 [players], beside the game's empty and full value."""
    players = len(values)
    base, full = yield np.array([[False] * players, [True] * players])
    unknown = np.full(players, np.nan)
    return Explanation(values, unknown, float(base), float(full))


def trivial(players: int) -> Strategy[Explanation]:
    """The game of nobody, or of one player who gets everything."""
    base, full = yield np.array([[False] * players, [True] * players])
    values = np.full(players, full - base)
    return Explanation(values, np.zeros(players), float(base), float(full))
