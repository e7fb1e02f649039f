"""The ceiling: the AOPC of the best achievable ranking.

A ranking enters comprehensiveness and sufficiency only through its leading sets of some sizes,
each within the next (a *chain*). The best chain is found exactly, by dynamic programming over all
sets of those sizes, where they fit the budget, and else by beam search as in Edin et al. 2024
(arXiv 2408.08137, section 4), whose beam is doubled until the bound moves by less than one in a
hundred or the budget is spent. From a set of one size the search goes to the next by the players
that matter most once the set has gone; given rankings, such as those of the attribution methods,
enter the beam, so the ceiling is never below the best of them. Of a large step only its
end is tried: the players that lead by the mean place in those rankings come without a trial.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vitrine.games.game import Strategy
from vitrine.validation.faithfulness.ranking import chain, most_important_first

CONVERGED = 0.01
SPARE = 8  # players on either side of the block's end that are tried


@dataclass(frozen=True)
class Ceiling:
    """The best chain found.

    Attributes:
        cost: its weighted mean cost.
        sets: bool [levels, players], the chain.
        converged: whether it is exact, or the last doubling of the beam moved the bound by less
            than one in a hundred of its distance from no removal at all.
    """

    cost: float
    sets: np.ndarray
    converged: bool


def best_chain(
    coalition: Callable[[np.ndarray], np.ndarray],
    sign: float,
    sizes: np.ndarray,
    weights: np.ndarray,
    rankings: np.ndarray,
    budget: int,
) -> Strategy[Ceiling]:
    """The chain of leading sets with the least weighted mean of ``sign`` times the value.

    Args:
        coalition: sets bool [m, players] to the coalitions to evaluate: their complements for
            comprehensiveness, themselves for sufficiency.
        sign: 1 to make values small (comprehensiveness), -1 to make them large (sufficiency).
        sizes: int64 [levels], rising sizes of the sets.
        weights: float64 [levels], summing to 1.
        rankings: float64 [rankings, players], attributions whose chains compete; at least one.
        budget: the most new coalitions to request, beside those of these chains.
    """
    search = _Search(coalition, sign, sizes, weights, rankings)
    players = rankings.shape[1]
    if players < 63 and sum(math.comb(players, int(size)) for size in sizes) <= budget:
        return (yield from search.exact())
    best = yield from search.given_chains()
    start = (yield from search.costs(np.zeros((1, players), dtype=bool)))[0]
    width, before, converged = 1, math.inf, False
    search.budget = budget
    while True:
        beam = yield from search.beam(width)
        if beam is None:
            break
        best = min(best, beam, key=lambda chain: chain[0])
        moved = before - best[0]
        converged = moved <= CONVERGED * abs(start - best[0])
        if converged or width >= players:
            break
        before, width = best[0], 2 * width
    return Ceiling(*best, converged)


class _Search:
    """What exact and beam search share: costs of sets, each requested once."""

    def __init__(
        self,
        coalition: Callable[[np.ndarray], np.ndarray],
        sign: float,
        sizes: np.ndarray,
        weights: np.ndarray,
        rankings: np.ndarray,
    ) -> None:
        self.coalition, self.sign, self.sizes, self.weights = coalition, sign, sizes, weights
        self.chains = np.array([chain(values, sizes) for values in rankings])
        # Mean place over the rankings: whom to try first.
        places = np.argsort([most_important_first(values) for values in rankings], axis=1)
        self.prior = places.mean(axis=0)
        self.cache: dict[bytes, float] = {}
        self.budget = 0

    def costs(self, sets: np.ndarray) -> Strategy[np.ndarray]:
        """``sign`` times the values of sets bool [m, players]: float64 [m]."""
        keys = [row.tobytes() for row in sets]
        new = {key: row for key, row in zip(keys, sets, strict=True) if key not in self.cache}
        if new:
            values = yield self.coalition(np.array(list(new.values())))
            self.cache |= dict(zip(new, (self.sign * values).tolist(), strict=True))
            self.budget -= len(new)
        return np.array([self.cache[key] for key in keys])

    def given_chains(self) -> Strategy[tuple[float, np.ndarray]]:
        """The cheapest of the rankings' chains and its cost."""
        rankings, levels, players = self.chains.shape
        costs = yield from self.costs(self.chains.reshape(-1, players))
        self.given_costs = costs.reshape(rankings, levels)
        totals = self.given_costs @ self.weights
        best = int(totals.argmin())
        return float(totals[best]), self.chains[best]

    def beam(self, width: int) -> Strategy[tuple[float, np.ndarray] | None]:
        """Cost and sets of the best chain in a beam; None when the budget ends before."""
        players = self.chains.shape[2]
        states: list[tuple[float, list[np.ndarray]]] = [(0.0, [])]
        for level, size in enumerate(self.sizes.tolist()):
            begun = [
                self._begun(sets[-1] if sets else np.zeros(players, dtype=bool), size)
                for _, sets in states
            ]
            children: dict[bytes, tuple[float, list[np.ndarray]]] = {}
            trials = [self._trials(state, size) for state in begun]
            if sum(len(rows) + width for rows in trials) > self.budget:
                return None
            singles = yield from self.costs(np.concatenate(trials))
            ends = np.cumsum([len(rows) for rows in trials])
            grown = [
                _grow(state, rows, cost, size - int(state.sum()), width)
                for state, rows, cost in zip(
                    begun, trials, np.split(singles, ends[:-1]), strict=True
                )
            ]
            costs = iter((yield from self.costs(np.concatenate(grown))))
            for (total, sets), rows in zip(states, grown, strict=True):
                for row in rows:
                    spent = total + self.weights[level] * next(costs)
                    key = row.tobytes()
                    if key not in children or spent < children[key][0]:
                        children[key] = (spent, [*sets, row])
            spent_by_given = self.given_costs[:, : level + 1] @ self.weights[: level + 1]
            for total, sets_of in zip(spent_by_given.tolist(), self.chains, strict=True):
                key = sets_of[level].tobytes()
                if key not in children or total < children[key][0]:
                    children[key] = (total, list(sets_of[: level + 1]))
            states = sorted(children.values(), key=lambda state: state[0])[:width]
        total, sets = states[0]
        return float(total), np.array(sets)

    def _free(self, state: np.ndarray) -> np.ndarray:
        """Players outside a set, those of the best places first."""
        order = np.argsort(self.prior, kind="stable")
        return order[~state[order]]

    def _begun(self, state: np.ndarray, size: int) -> np.ndarray:
        """A set on its way to a size, with the players that need no trial: bool [players]."""
        sure = max(0, size - int(state.sum()) - SPARE)
        begun = state.copy()
        begun[self._free(state)[:sure]] = True
        return begun

    def _trials(self, state: np.ndarray, size: int) -> np.ndarray:
        """A set and one more player: bool [tried, players], those of the best places first."""
        free = self._free(state)[: size - int(state.sum()) + SPARE]
        rows = np.repeat(state[None], len(free), axis=0)
        rows[np.arange(len(free)), free] = True
        return rows

    def exact(self) -> Strategy[Ceiling]:
        """The best chain by dynamic programming over all sets of each size."""
        players = self.chains.shape[2]
        digits = [_all_sets(players, int(size)) for size in self.sizes]
        layers = [rows @ (1 << np.arange(players)) for rows in digits]
        total = self.weights[0] * (yield from self.costs(digits[0]))
        parents = []
        for level in range(1, len(layers)):
            costs = self.weights[level] * (yield from self.costs(digits[level]))
            parent = np.empty(len(costs), dtype=np.int64)
            for place, number in enumerate(layers[level]):
                inside = np.flatnonzero(layers[level - 1] & ~number == 0)
                parent[place] = inside[total[inside].argmin()]
            parents.append(parent)
            total = costs + total[parent]
        at = int(total.argmin())
        cost, sets = float(total[at]), [digits[-1][at]]
        for level in range(len(layers) - 2, -1, -1):
            at = int(parents[level][at])
            sets.append(digits[level][at])
        return Ceiling(cost, np.array(sets[::-1]), True)


def _all_sets(players: int, size: int) -> np.ndarray:
    """Every set of one size: bool [C(players, size), players]."""
    members = np.array(list(itertools.combinations(range(players), size)), dtype=np.int64)
    sets = np.zeros((len(members), players), dtype=bool)
    sets[np.arange(len(members))[:, None], members] = True
    return sets


def _grow(
    state: np.ndarray, rows: np.ndarray, costs: np.ndarray, block: int, width: int
) -> np.ndarray:
    """Sets that are larger by a block: the best players together, and with others in last place.

    Args:
        state: bool [players], the set to grow.
        rows: bool [tried, players], the set and one more player each.
        costs: float64 [tried].
        block: players to add.
        width: the most sets to make.
    """
    ordered = (rows & ~state).argmax(axis=1)[np.argsort(costs, kind="stable")]
    lasts = ordered[block - 1 : block - 1 + width]
    grown = np.repeat(state[None], len(lasts), axis=0)
    grown[:, ordered[: block - 1]] = True
    grown[np.arange(len(lasts)), lasts] = True
    return grown
