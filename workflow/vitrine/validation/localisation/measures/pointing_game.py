"""Pointing game (Zhang et al. 2018): 1 when the player with the largest size decides, else 0."""

import numpy as np

from vitrine.validation.localisation.measure import LocalisationMeasure


def pointing_game(values: np.ndarray, reasons: np.ndarray) -> float:
    """Whether the player with the largest absolute value decides.

    Args:
        values: float64 [players], the attribution.
        reasons: bool [players], the players that decide.

    Returns:
        1.0 or 0.0.
    """
    return float(reasons[np.argmax(np.abs(values))])


MEASURE = LocalisationMeasure(
    name="pointing_game",
    order=120,
    better="higher",
    lowest=0.0,
    highest=1.0,
    needs="instances with known relevant features",
    reference="Zhang et al. 2018",
    function=pointing_game,
)
