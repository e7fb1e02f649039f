"""Games whose Shapley values are known in closed form, and that a smooth prior gets wrong.

Each function draws a game from a random stream: v(S) of some players S, without a trained model.
This module needs only NumPy, so that it can be used in an environment for other packages.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Value = Callable[[np.ndarray], np.ndarray]
"""A game: masks bool [m, players] to values float64 [m]."""

# Trees of `trees`, and how many splits lead to each of their leaves.
TREES, DEPTH = 8, 5
# How many times the others the first player of `dominating` is.
DOMINANCE = 1e5


@dataclass(frozen=True)
class KnownGame:
    """A game and its Shapley values.

    Attributes:
        value: masks bool [m, n] to values float64 [m].
        shapley: float64 [n].
    """

    value: Value
    shapley: np.ndarray


def parity(players: int, rng: np.random.Generator) -> KnownGame:
    """1 if an even number of the members of a set is absent, else -1; the set has an odd size."""
    size = 2 * int(rng.integers(3, (players + 1) // 2)) + 1
    return _parity(_subset(players, size, rng))


def unanimity(players: int, rng: np.random.Generator) -> KnownGame:
    """1 if all members of a set of random size are present."""
    return _unanimity(_subset(players, int(rng.integers(2, players + 1)), rng))


def unanimity_but_two(players: int, rng: np.random.Generator) -> KnownGame:
    """1 if all members of a set of all but two players are present."""
    return _unanimity(_subset(players, players - 2, rng))


def voting(players: int, rng: np.random.Generator) -> KnownGame:
    """1 if the weights of the present players exceed half of all weights."""
    weights = rng.integers(1, 11, players)
    quota = int(weights.sum()) // 2 + 1
    return KnownGame(lambda masks: (masks @ weights >= quota) * 1.0, _votes(weights, quota))


def airport(players: int, rng: np.random.Generator) -> KnownGame:
    """The largest cost of the present players."""
    costs = rng.exponential(size=players)
    order = np.argsort(costs)
    steps = np.diff(costs[order], prepend=0.0) / np.arange(players, 0, -1)
    shapley = np.empty(players)
    shapley[order] = np.cumsum(steps)
    return KnownGame(lambda masks: np.max(masks * costs, axis=1), shapley)


def glove(players: int, rng: np.random.Generator) -> KnownGame:
    """Pairs of a left and a right glove; every player has one glove."""
    return _gloves(_subset(players, int(rng.integers(1, players)), rng))


def one_left_glove(players: int, rng: np.random.Generator) -> KnownGame:
    """The glove game in which one player has a left glove and all others a right one."""
    return _gloves(_subset(players, 1, rng))


def _gloves(left: np.ndarray) -> KnownGame:
    players = len(left)
    counts = int(left.sum()), players - int(left.sum())

    def worth(a: int, b: int) -> float:
        return float(min(a, b))

    shapley = np.where(left, _of_class(counts, worth, 0), _of_class(counts, worth, 1))
    return KnownGame(
        lambda masks: np.minimum(masks @ left.astype(int), masks @ (~left).astype(int)) * 1.0,
        shapley,
    )


def threshold(players: int, rng: np.random.Generator) -> KnownGame:
    """1 if at least k members of a set are present (k of n)."""
    size = int(rng.integers(3, players + 1))
    members, k = _subset(players, size, rng), int(rng.integers(2, size))
    return KnownGame(lambda masks: (masks @ members.astype(int) >= k) * 1.0, members / size)


def additive_parity(players: int, rng: np.random.Generator) -> KnownGame:
    """An additive game and the parity of seven players."""
    return _sum(_additive(rng.standard_normal(players)), _parity(_subset(players, 7, rng)))


def additive_high_parity(players: int, rng: np.random.Generator) -> KnownGame:
    """An additive game and the parity of all but one player, for an even number of players."""
    odd = players - 1 + players % 2
    return _sum(_additive(rng.standard_normal(players)), _parity(_subset(players, odd, rng)))


def dominating(players: int, rng: np.random.Generator) -> KnownGame:
    """A game of trees, and a player that is `DOMINANCE` times as large as the others."""
    weights = np.zeros(players)
    weights[rng.integers(players)] = DOMINANCE
    return _sum(_additive(weights), trees(players, rng))


def trees(players: int, rng: np.random.Generator) -> KnownGame:
    """A sum of random decision trees that split on whether a player is present."""
    leaves: list[tuple[np.ndarray, float]] = []
    for _ in range(TREES):
        _grow(np.zeros(players, dtype=np.int64), DEPTH, rng, leaves)
    present = np.array([signs > 0 for signs, _ in leaves])
    absent = np.array([signs < 0 for signs, _ in leaves])
    worth = np.array([value for _, value in leaves])
    shapley = np.zeros(players)
    for inside, outside, value in zip(present, absent, worth, strict=True):
        p, a = int(inside.sum()), int(outside.sum())
        if p:
            shapley += inside * value / (p * math.comb(p + a, p))
        if a:
            shapley -= outside * value / (a * math.comb(p + a, a))

    def value_of(masks: np.ndarray) -> np.ndarray:
        bits = masks.astype(np.float64)
        failed = (1 - bits) @ present.T.astype(np.float64) + bits @ absent.T.astype(np.float64)
        return np.asarray((failed == 0) @ worth)

    return KnownGame(value_of, shapley)


def smooth(players: int, rng: np.random.Generator) -> KnownGame:
    """A sum of terms of one, two and three players, as the prior of the process expects."""
    total = _additive(rng.standard_normal(players))
    for size, scale in ((2, 0.3), (3, 0.3)):
        for _ in range(players):
            total = _sum(total, _unanimity(_subset(players, size, rng), rng.normal(0, scale)))
    return total


GAMES: dict[str, Callable[[int, np.random.Generator], KnownGame]] = {
    game.__name__: game
    for game in (
        parity,
        unanimity,
        unanimity_but_two,
        voting,
        airport,
        glove,
        one_left_glove,
        threshold,
        additive_parity,
        additive_high_parity,
        dominating,
        trees,
        smooth,
    )
}


def _subset(players: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """A random set of ``size`` players, bool [players]."""
    members = np.zeros(players, dtype=bool)
    members[rng.permutation(players)[:size]] = True
    return members


def _additive(weights: np.ndarray) -> KnownGame:
    return KnownGame(lambda masks: masks @ weights, weights)


def _unanimity(members: np.ndarray, height: float = 1.0) -> KnownGame:
    size = int(members.sum())
    return KnownGame(
        lambda masks: height * np.all(masks[:, members], axis=1), height * members / size
    )


def _parity(members: np.ndarray) -> KnownGame:
    size = int(members.sum())
    return KnownGame(
        lambda masks: 1.0 - 2.0 * (np.sum(~masks[:, members], axis=1) % 2), 2 * members / size
    )


def _sum(one: KnownGame, other: KnownGame) -> KnownGame:
    return KnownGame(
        lambda masks: one.value(masks) + other.value(masks), one.shapley + other.shapley
    )


def _votes(weights: np.ndarray, quota: int) -> np.ndarray:
    """Shapley-Shubik index, float64 [n], by counting coalitions by size and weight."""
    players, total = len(weights), int(weights.sum())
    index = np.zeros(players)
    shares = [1 / (players * math.comb(players - 1, s)) for s in range(players)]
    for player in range(players):
        counts = np.zeros((players, total + 1))
        counts[0, 0] = 1
        for weight in np.delete(weights, player):
            counts[1:, weight:] += counts[:-1, : total + 1 - weight].copy()
        swings = counts[:, max(0, quota - weights[player]) : quota].sum(axis=1)
        index[player] = swings @ shares
    return index


def _of_class(counts: tuple[int, int], worth: Callable[[int, int], float], which: int) -> float:
    """Shapley value of a player of one of two classes whose members are alike.

    Args:
        counts: members of the classes.
        worth: the value of a coalition by its members of each class.
        which: the class.
    """
    players = sum(counts)
    others = [counts[0] - (which == 0), counts[1] - (which == 1)]
    total = 0.0
    for a in range(others[0] + 1):
        for b in range(others[1] + 1):
            ways = math.comb(others[0], a) * math.comb(others[1], b)
            gain = worth(a + (which == 0), b + (which == 1)) - worth(a, b)
            total += ways * gain / (players * math.comb(players - 1, a + b))
    return total


def _grow(
    signs: np.ndarray,
    depth: int,
    rng: np.random.Generator,
    leaves: list[tuple[np.ndarray, float]],
) -> None:
    """Add the leaves of a random tree: who must be present (1) or absent (-1), and the value."""
    if depth == 0:
        leaves.append((signs, float(rng.standard_normal())))
        return
    player = rng.choice(np.flatnonzero(signs == 0))
    for side in (1, -1):
        branch = signs.copy()
        branch[player] = side
        _grow(branch, depth - 1, rng, leaves)
