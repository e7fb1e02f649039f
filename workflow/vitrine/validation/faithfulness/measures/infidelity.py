"""Infidelity (Yeh et al. 2019, definition 2.1), with the removal of random subsets as perturbation.

The mean over the subsets of (attributed loss - true loss)^2 is on the squared scale of the value.
Attributions that are not on the scale of the value, such as rollout, are therefore multiplied by
the factor that suits them best (section 2.3 there; captum's ``normalize``), and the result is
stated as a share of the mean squared loss, which lies in [0, 1]; lower is better. A negative factor
would credit an attribution for being wrong, so it is at least zero. Needs a signed attribution.
"""

import numpy as np

from vitrine.games.game import Strategy
from vitrine.validation.faithfulness.measure import DirectMeasure, Inputs, Measured


def relative_infidelity(values: np.ndarray, removed: np.ndarray) -> Strategy[float]:
    """Infidelity of the attribution times its best factor, as a share of the mean squared loss.

    Args:
        values: float64 [players], the attribution, on any scale.
        removed: bool [m, players], the subsets (see `vitrine.validation.faithfulness.subsets`).

    Returns:
        In [0, 1]; NaN when no removal changes the value.
    """
    full, *without = yield np.concatenate([np.ones((1, len(values)), dtype=bool), ~removed])
    claimed, loss = removed @ values, full - np.array(without)
    power = np.mean(loss**2)
    if power == 0:
        return float("nan")
    square = np.mean(claimed**2)
    factor = max(0.0, np.mean(claimed * loss) / square) if square else 0.0
    return float(np.mean((factor * claimed - loss) ** 2) / power)


def measured(values: np.ndarray, inputs: Inputs) -> Measured:
    """The measure on the shared inputs."""
    return relative_infidelity(values, inputs.subsets)


MEASURE = DirectMeasure(
    name="infidelity",
    order=100,
    better="lower",
    lowest=0.0,
    highest=1.0,
    needs="a signed attribution; random subsets",
    reference="Yeh et al. 2019",
    strategy=measured,
    scale="attribution",
)
