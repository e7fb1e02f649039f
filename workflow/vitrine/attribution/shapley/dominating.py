"""Players that are so large that the others drown in the rounding and the prior of an estimate."""

import numpy as np

from vitrine.attribution.shapley.pairs import Pairs

# Players dominate if without them the mean square of the odd part is at most this share.
DOMINATED = 1e-4
# Below this share what is left is rounding.
ROUNDING = 1e-20
# More players than this do not dominate the others: they are the game.
MOST_DOMINATING = 3
# Fewer pairs for each of them would be explained by chance.
PAIRS_EACH = 8


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
    odd = pairs.odd
    while (weights := dominating_weights(signs, odd)) is not None:
        odd = odd - signs @ weights
        taken += 2 * weights
    return Pairs(pairs.half, odd, pairs.full - taken.sum() / 2), taken


def dominating_weights(signs: np.ndarray, odd: np.ndarray) -> np.ndarray | None:
    """Weights of the fewest players that explain nearly all of the odd part, None without such.

    Args:
        signs: float64 [m, n].
        odd: float64 [m].

    Returns:
        float64 [n], 0 for the other players.
    """
    chosen: list[int] = []
    rest, whole = odd, np.sum(odd**2)
    for _ in range(min(MOST_DOMINATING, signs.shape[1] - 1, len(odd) // PAIRS_EACH)):
        chosen.append(int(np.abs(signs.T @ rest).argmax()))
        some = np.linalg.lstsq(signs[:, chosen], odd, rcond=None)[0]
        rest = odd - signs[:, chosen] @ some
        share = np.sum(rest**2) / whole if whole else 0.0
        if share <= ROUNDING:
            return None
        if share < DOMINATED:
            weights = np.zeros(signs.shape[1])
            weights[chosen] = some
            return weights
    return None
