"""Faithfulness correlation (Bhatt, Weller & Moura 2020, definition 4).

The Pearson correlation, over random subsets of one size, between the sum of a subset's
attributions and what the target loses when the subset is removed. Range [-1, 1]; higher is better.
Needs a signed attribution. Undefined when either side does not vary.
"""

import numpy as np

from vitrine.games.game import Strategy
from vitrine.validation.faithfulness.measure import DirectMeasure, Inputs, Measured


def faithfulness_correlation(values: np.ndarray, removed: np.ndarray) -> Strategy[float]:
    """Correlation of attributed and true loss.

    Args:
        values: float64 [players], the attribution.
        removed: bool [m, players], the subsets (see `vitrine.validation.faithfulness.subsets`).

    Returns:
        The correlation, NaN where it is undefined.
    """
    full, *without = yield np.concatenate([np.ones((1, len(values)), dtype=bool), ~removed])
    loss = full - np.array(without)
    claimed = removed @ values
    # Rounding leaves sums of equal numbers a little apart; that is no variation.
    if min(_spread(loss), _spread(claimed)) < 1e-9:
        return float("nan")
    return float(np.corrcoef(claimed, loss)[0, 1])


def _spread(values: np.ndarray) -> float:
    """Standard deviation relative to the largest absolute value."""
    largest = np.abs(values).max(initial=0.0)
    return float(values.std() / largest) if largest else 0.0


def measured(values: np.ndarray, inputs: Inputs) -> Measured:
    """The measure on the shared inputs."""
    return faithfulness_correlation(values, inputs.subsets)


MEASURE = DirectMeasure(
    name="faithfulness_correlation",
    order=90,
    better="higher",
    lowest=-1.0,
    highest=1.0,
    needs="a signed attribution; random subsets",
    reference="Bhatt et al. 2020",
    pictured=True,
    compared=True,
    strategy=measured,
    scale="attribution",
)
