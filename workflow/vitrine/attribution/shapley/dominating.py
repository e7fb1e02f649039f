"""Players that are so large that the others drown in the rounding and the prior of an estimate."""

import numpy as np

from vitrine.attribution.shapley.pairs import Pairs

# A player dominates if without it the mean square of the odd part is at most this share.
DOMINATED = 1e-4
# Below this share what is left is rounding.
ROUNDING = 1e-20


def without_dominating(pairs: Pairs) -> tuple[Pairs, np.ndarray]:
    """Take the additive parts of dominating players off a game, the largest first.

    Shapley values are linear in the game, and those of an additive game are its weights.

    Args:
        pairs: m pairs of n players.

    Returns:
        The pairs without these parts, and the Shapley values that were taken off, float64 [n];
        0 for the other players.
    """
    taken = np.zeros(pairs.players)
    signs = np.where(pairs.half, 1.0, -1.0)
    odd, full = pairs.odd, pairs.full
    for _ in range(pairs.players):
        weights = signs.T @ odd / len(odd)
        largest = int(np.abs(weights).argmax())
        rest = odd - weights[largest] * signs[:, largest]
        share = np.sum(rest**2) / max(np.sum(odd**2), np.finfo(float).tiny)
        if not ROUNDING < share < DOMINATED:
            break
        odd, full = rest, full - weights[largest]
        taken[largest] += 2 * weights[largest]
    return Pairs(pairs.half, odd, full), taken
