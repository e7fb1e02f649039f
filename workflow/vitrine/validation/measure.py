"""The descriptor of a measure: what must be known of it to run it, to rank by it and to show it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One measure of explanations.

    Attributes:
        name: what tables and texts call it.
        order: where it stands in lists of measures.
        category: what it measures: ``faithfulness`` to the model, or ``localisation`` of planted
            reasons.
        better: which direction is better.
        lowest, highest: its range, on probabilities where it has a range for each scale.
        needs: what it needs beside an attribution and the values of coalitions.
        reference: where it was defined.
        pictured: whether a study's page draws it as a chart.
        compared: whether the page that compares methods over all studies shows it.
    """

    name: str
    order: int
    category: Literal["faithfulness", "localisation"]
    better: Literal["higher", "lower"]
    lowest: float
    highest: float
    needs: str
    reference: str
    pictured: bool = False
    compared: bool = False

    @property
    def higher_is_better(self) -> bool:
        """Whether a larger value is the better one."""
        return self.better == "higher"
