"""Infidelity (Yeh et al. 2019, definition 2.1), with the removal of random subsets as perturbation.

The mean over the subsets of (attributed loss - true loss)^2. It is on the squared scale of the
value and lower is better. Attributions that are not on the scale of the value, such as rollout,
are multiplied by the factor that suits them best (section 2.3 there; captum's ``normalize``); the
result is then told as a share of the mean squared loss, which lies in [0, 1]. A negative factor
would credit an attribution for being wrong, so it is at least zero. Needs a signed attribution.
"""

import numpy as np

from vitrine.games.game import Strategy


def infidelity(values: np.ndarray, removed: np.ndarray) -> Strategy[float]:
    """Mean squared error of the attributed loss.

    Args:
        values: float64 [players], the attribution, on the scale of the value.
        removed: bool [m, players], the subsets (see `vitrine.validation.faithfulness.subsets`).
    """
    claimed, loss = yield from _losses(values, removed)
    return float(np.mean((claimed - loss) ** 2))


def relative_infidelity(values: np.ndarray, removed: np.ndarray) -> Strategy[float]:
    """Infidelity of the attribution times its best factor, as a share of the mean squared loss.

    Args:
        values, removed: as for `infidelity`; the attribution may be on any scale.

    Returns:
        In [0, 1]; NaN when no removal changes the value.
    """
    claimed, loss = yield from _losses(values, removed)
    power = np.mean(loss**2)
    if power == 0:
        return float("nan")
    square = np.mean(claimed**2)
    factor = max(0.0, np.mean(claimed * loss) / square) if square else 0.0
    return float(np.mean((factor * claimed - loss) ** 2) / power)


def _losses(values: np.ndarray, removed: np.ndarray) -> Strategy[tuple[np.ndarray, np.ndarray]]:
    full, *without = yield np.concatenate([np.ones((1, len(values)), dtype=bool), ~removed])
    return removed @ values, full - np.array(without)
