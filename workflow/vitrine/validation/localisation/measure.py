"""How a measure of localisation compares an attribution with the planted reasons."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vitrine.validation.measure import Measure


@dataclass(frozen=True, kw_only=True)
class LocalisationMeasure(Measure):
    """A measure of how well an attribution finds the players that are known to decide.

    Attributes:
        function: takes an attribution float64 [players] and bool [players], the players that
            decide, at least one.
        instances: kind of the instances that are measured; None for all.
    """

    category: Literal["faithfulness", "localisation"] = "localisation"
    function: Callable[[np.ndarray, np.ndarray], float]
    instances: str | None = None
