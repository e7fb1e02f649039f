"""The games of the classical baselines: how features are removed for a model without tokens.

Each domain has its own; see the modules of `vitrine.evaluation.baselines`.
"""

import numpy as np
import pandas as pd

from vitrine.data.encoding import Encoding
from vitrine.evaluation.baselines.baseline import Candidate
from vitrine.evaluation.fit_baselines import BASELINES
from vitrine.games.inputs import Value
from vitrine.games.values import of_probabilities


def baseline_game(
    baseline: Candidate,
    encoding: Encoding,
    row: pd.DataFrame,
    target: int,
    kind: str = "log_odds",
    background: pd.DataFrame | None = None,
) -> tuple[Value, int]:
    """The game of one instance of a study for one of the study's baselines.

    Args:
        baseline: fitted, see `fit_baseline`.
        encoding: of the study.
        row: one row of a prepared table.
        target: the class or vocabulary id that is explained.
        kind: the value function of classifiers; recommenders have the item's score.
        background: tables: rows of the training table.

    Returns:
        The value function of masks, and the number of players.

    Raises:
        ValueError: for a table without background rows.
    """

    def score(rows: pd.DataFrame) -> np.ndarray:
        return of_probabilities(baseline.score(rows), target, kind)

    game = BASELINES[encoding.domain].game
    return game(baseline, score, encoding, row, target, background)
