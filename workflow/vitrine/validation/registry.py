"""The measures of faithfulness and how to read them."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes:
        title: what pages call it.
        better: which direction is better.
        lowest, highest: its range on probabilities.
        source: where it was defined.
    """

    title: str
    better: Literal["higher", "lower"]
    lowest: float
    highest: float
    source: str


MEASURES = {
    "comprehensiveness": Measure("Comprehensiveness", "higher", -1.0, 1.0, "DeYoung et al. 2020"),
    "sufficiency": Measure("Sufficiency", "lower", -1.0, 1.0, "DeYoung et al. 2020"),
    "deletion_auc": Measure("Deletion AUC", "lower", 0.0, 1.0, "Petsiuk et al. 2018"),
}
