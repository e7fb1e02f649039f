"""The measures of faithfulness and how to read them."""

import math
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes:
        title: what pages call it.
        better: which direction is better.
        lowest, highest: its range, on probabilities where it has one scale for each.
        source: where it was defined.
        needs: what it needs beside an attribution and the game's values.
        meaning: what it says, as a page explains it.
    """

    title: str
    better: Literal["higher", "lower"]
    lowest: float
    highest: float
    source: str
    needs: str
    meaning: str

    @property
    def higher_is_better(self) -> bool:
        """Whether a larger value is the better one."""
        return self.better == "higher"


MEASURES = {
    "normalised_comprehensiveness": Measure(
        "Normalised comprehensiveness",
        "higher",
        -math.inf,
        1.0,
        "Edin et al. 2024",
        "a random floor and a ceiling",
        "comprehensiveness between chance (0) and the best achievable ranking (1)",
    ),
    "normalised_sufficiency": Measure(
        "Normalised sufficiency",
        "higher",
        -math.inf,
        1.0,
        "Edin et al. 2024",
        "a random floor and a ceiling",
        "sufficiency between chance (0) and the best achievable ranking (1)",
    ),
    "comprehensiveness": Measure(
        "Comprehensiveness",
        "higher",
        -1.0,
        1.0,
        "DeYoung et al. 2020",
        "the fractions",
        "mean fall of the output when the most important are removed",
    ),
    "sufficiency": Measure(
        "Sufficiency",
        "lower",
        -1.0,
        1.0,
        "DeYoung et al. 2020",
        "the fractions",
        "mean fall of the output when only the most important are kept",
    ),
    "comprehensiveness_log_odds": Measure(
        "Comprehensiveness (log-odds)",
        "higher",
        -math.inf,
        math.inf,
        "DeYoung et al. 2020",
        "the fractions; a classifier",
        "the same on the log-odds, which do not saturate",
    ),
    "sufficiency_log_odds": Measure(
        "Sufficiency (log-odds)",
        "lower",
        -math.inf,
        math.inf,
        "DeYoung et al. 2020",
        "the fractions; a classifier",
        "the same on the log-odds, which do not saturate",
    ),
    "deletion_auc": Measure(
        "Deletion AUC",
        "lower",
        0.0,
        1.0,
        "Petsiuk et al. 2018",
        "nothing",
        "area under the output while all are removed, most important first",
    ),
    "insertion_auc": Measure(
        "Insertion AUC",
        "higher",
        0.0,
        1.0,
        "Petsiuk et al. 2018",
        "nothing",
        "area under the output while all come back, most important first",
    ),
    "faithfulness_correlation": Measure(
        "Faithfulness correlation",
        "higher",
        -1.0,
        1.0,
        "Bhatt et al. 2020",
        "a signed attribution; random subsets",
        "correlation of what random subsets are said to contribute with the loss without them",
    ),
    "infidelity": Measure(
        "Infidelity",
        "lower",
        0.0,
        1.0,
        "Yeh et al. 2019",
        "a signed attribution; random subsets",
        "squared error of that contribution, at its best scale, as a share of the squared loss",
    ),
    "auprc": Measure(
        "AUPRC of the planted reasons",
        "higher",
        0.0,
        1.0,
        "Davis & Goadrich 2006",
        "instances whose reasons are known",
        "precision with which the known reasons come first, averaged over them",
    ),
    "pointing_game": Measure(
        "Pointing game",
        "higher",
        0.0,
        1.0,
        "Zhang et al. 2018",
        "instances whose reasons are known",
        "share of instances whose largest attribution is on a known reason",
    ),
    "shortcut_exposed": Measure(
        "Shortcut exposed",
        "higher",
        0.0,
        1.0,
        "Zhang et al. 2018",
        "instances that only a planted shortcut decides",
        "the pointing game where a shortcut alone decides",
    ),
}
