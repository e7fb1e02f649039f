"""Choice of the pairs of coalitions that are most informative about the Shapley values."""

from functools import lru_cache

import numpy as np

from vitrine.attribution.shapley.odd_kernel import OddPrior, covariance, shapley_covariance
from vitrine.games.sampling import paired_by_size, pairs_of_size

# What the odd parts of the four studies' models are like, order by order; only ratios matter.
USUAL = (0.8, 0.1, 0.02)
USUAL_REMAINDER = 0.02
# Candidates per chosen pair, and the most pairs that are chosen rather than drawn.
CANDIDATES = 4
CHOSEN = 512


def designed_pairs(players: int, pairs: int, rng: np.random.Generator) -> np.ndarray:
    """Pairs of coalitions, the most informative first, in random order of the players.

    Under a prior that knows no player from another the best choice does not depend on the game
    (Bayesian experimental design, Chaloner & Verdinelli 1995), so it is made once for a number of
    players; which player is which is drawn for every game. After the chosen pairs follow pairs
    drawn by leverage scores.

    Args:
        players: n >= 2.
        pairs: pairs wanted; all when there are no more.
        rng: the random stream.

    Returns:
        One coalition of each pair, bool [m, n], of size at most n / 2.
    """
    there_are = sum(pairs_of_size(players, s) for s in range(1, players // 2 + 1))
    pairs = min(pairs, there_are)
    by_design = min(pairs, CHOSEN, there_are // 2)
    if by_design == 0:
        return paired_by_size(players, pairs, rng)
    chosen = _design(players, by_design)[:, rng.permutation(players)]
    if len(chosen) == pairs:
        return chosen
    taken = {_name(mask) for mask in chosen}
    drawn = paired_by_size(players, min(pairs + len(chosen), there_are), rng)
    fresh = np.array([_name(mask) not in taken for mask in drawn], dtype=bool)
    return np.concatenate([chosen, drawn[fresh][: pairs - len(chosen)]])


def _name(mask: np.ndarray) -> bytes:
    """A name of a pair that does not depend on which of its coalitions ``mask`` is."""
    return (mask ^ mask[0]).tobytes()


@lru_cache(maxsize=256)
def _design(players: int, pairs: int) -> np.ndarray:
    """Greedily choose pairs that reduce the summed variance of the Shapley values most.

    A Cholesky factorisation that picks its next row itself: ``factor`` holds what the chosen pairs
    explain of every candidate, ``left`` and ``shapley`` what is then left of the candidates'
    variances and of their covariances with the Shapley values.
    """
    pool = paired_by_size(players, CANDIDATES * pairs, np.random.default_rng(players))
    signs = np.where(pool, 1.0, -1.0)
    prior = OddPrior(np.ones(players), np.array(USUAL), USUAL_REMAINDER)
    shapley = shapley_covariance(prior, pool)
    left = np.full(len(pool), covariance(prior, signs[:1], signs[:1])[0, 0] + prior.remainder)
    factor = np.empty((pairs + 1, len(pool)))

    def explain(step: int, shared: np.ndarray, variance: float, with_shapley: np.ndarray) -> None:
        """Take what one more observation explains off ``left`` and ``shapley``."""
        factor[step] = shared / np.sqrt(variance)
        np.subtract(left, factor[step] ** 2, out=left)
        np.subtract(shapley, np.outer(factor[step], with_shapley / np.sqrt(variance)), out=shapley)

    # The full coalition is always evaluated.
    full = np.ones((1, players))
    variance = covariance(prior, full, full)[0, 0]
    explain(0, covariance(prior, full, signs)[0], variance, 2 * variance / players)
    # Where all players are alike, two coalitions have in common how many players they treat alike.
    counts = np.arange(players + 1)
    some = np.where(counts[:, None] > np.arange(players), 1.0, -1.0)
    by_count = covariance(prior, full, some)[0]
    chosen = np.empty(pairs, dtype=np.int64)
    waiting = np.ones(len(pool), dtype=bool)
    for step in range(pairs):
        gain = np.einsum("ij,ij->i", shapley, shapley) / np.maximum(left, 1e-12)
        best = int(np.where(waiting, gain, -1.0).argmax())
        chosen[step], waiting[best] = best, False
        alike = ((signs @ signs[best] + players) / 2).astype(np.int64)
        shared = by_count[alike]
        shared[best] += prior.remainder
        shared -= factor[: step + 1, best] @ factor[: step + 1]
        explain(step + 1, shared, max(left[best], 1e-12), shapley[best].copy())
    return pool[chosen]
