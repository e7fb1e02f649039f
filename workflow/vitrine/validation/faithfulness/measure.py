"""How a measure of faithfulness states what it asks of a game.

A measure is a module of `vitrine.validation.faithfulness.measures` with a ``MEASURE`` of one of the
two classes here. `vitrine.validation.faithfulness.instance` plays all of them together, so that
measures share the coalitions that they have in common.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vitrine.games.game import Strategy
from vitrine.validation.measure import Measure

MeasureScale = Literal["output", "attribution", "log_odds"]
# In the order in which the measures of an instance are played and stand in tables.
SCALES: tuple[MeasureScale, ...] = ("output", "attribution", "log_odds")


@dataclass(frozen=True)
class Inputs:
    """What all attributions of an instance are measured with.

    Attributes:
        fractions: shares of the leading players, each in (0, 1].
        subsets: bool [m, players], random subsets of the players to remove.
    """

    fractions: Sequence[float]
    subsets: np.ndarray


@dataclass(frozen=True)
class Curve:
    """Values of the target along growing shares of the players.

    Attributes:
        name: what the points are called in tables: ``<name>_<percent>``.
        shares: of the players, rising from 0 to 1.
        values: float64 [shares].
        area: under the curve, which is the value of the measure.
    """

    name: str
    shares: Sequence[float]
    values: np.ndarray
    area: float

    def points(self) -> dict[str, float]:
        """The points by their names in tables."""
        return {
            f"{self.name}_{100 * share:g}": float(value)
            for share, value in zip(self.shares, self.values, strict=True)
        }


@dataclass(frozen=True, kw_only=True)
class FaithfulnessMeasure(Measure):
    """What the measures of faithfulness have in common."""

    category: Literal["faithfulness", "localisation"] = "faithfulness"


Measured = Strategy[float | Curve]


@dataclass(frozen=True, kw_only=True)
class DirectMeasure(FaithfulnessMeasure):
    """A measure that follows from one attribution and the values of coalitions.

    Attributes:
        strategy: takes an attribution float64 [players] and the shared inputs; returns a strategy
            of the instance's game. NaN means that the measure is undefined.
        scale: on which scale the strategy sees the values. ``output`` is that of pages: the
            probability of classifiers, the score of recommenders. ``attribution`` is that of the
            game, on which the attributions are made. ``log_odds`` is that of the game too, but for
            classifiers alone.
    """

    strategy: Callable[[np.ndarray, Inputs], Measured]
    scale: MeasureScale = "output"


@dataclass(frozen=True, kw_only=True)
class NormalisedMeasure(FaithfulnessMeasure):
    """An AOPC between its random floor (0) and the best achievable ranking (1).

    Attributes:
        aopc: the measure that is normalised, on the scale ``output``.
        coalitions: leading sets of a ranking, bool [m, players], to the coalitions whose values
            the measure averages.
        sign: 1 where small values of these coalitions are better, -1 where large ones are.
    """

    aopc: DirectMeasure
    coalitions: Callable[[np.ndarray], np.ndarray]
    sign: float
