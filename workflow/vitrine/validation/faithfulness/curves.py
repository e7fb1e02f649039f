"""Points of the deletion and the insertion curve, and the area under them.

The points are the fractions of comprehensiveness and sufficiency, so that a curve costs hardly more
than these, with ends and, since curves bend little in their second half, one point there.
"""

from collections.abc import Sequence

import numpy as np

from vitrine.validation.faithfulness.ranking import chain, players_in

ALWAYS = (0.0, 0.75, 1.0)


def shares_of(fractions: Sequence[float]) -> list[float]:
    """Shares of the players at which a curve is taken, rising from 0 to 1."""
    return sorted({*ALWAYS, *fractions})


def leading_sets(values: np.ndarray, fractions: Sequence[float]) -> np.ndarray:
    """The most important players by growing share: bool [shares, players]."""
    sizes = [players_in(share, len(values)) for share in shares_of(fractions)]
    return chain(values, np.array(sizes))


def area(curve: np.ndarray, fractions: Sequence[float], players: int) -> float:
    """Area under a curve, by the trapezium rule.

    Args:
        curve: float64 [shares], in the order of `shares_of`.
        fractions: those of the curve.
        players: of the instance; a share stands where its whole number of players does.
    """
    if players == 0:
        return float(curve[0])
    at = [players_in(share, players) / players for share in shares_of(fractions)]
    return float(np.trapezoid(curve, at))
