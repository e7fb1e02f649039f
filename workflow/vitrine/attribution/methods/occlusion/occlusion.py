"""Leave-one-out occlusion: what the target loses when one player goes (Zeiler & Fergus 2014)."""

import numpy as np

from vitrine.attribution.task import Task
from vitrine.games.game import Explanation, Strategy


def strategies(task: Task) -> list[Strategy[Explanation]]:
    """One strategy per instance."""
    return [occlusion(int(n)) for n in task.examples.lengths]


def occlusion(players: int) -> Strategy[Explanation]:
    """v(N) - v(N without i) for each player i, with n + 2 evaluations."""
    masks = np.ones((players + 2, players), dtype=bool)
    masks[0] = False
    masks[np.arange(2, players + 2), np.arange(players)] = False
    values = yield masks
    base, full = values[:2]
    unknown = np.full(players, np.nan)
    return Explanation(full - values[2:], unknown, float(base), float(full))
