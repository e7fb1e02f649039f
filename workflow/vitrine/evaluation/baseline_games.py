"""The games of the classical baselines: what a removed player becomes for a model without tokens.

Words of a text and films of a history are left out. Pixels of a patch become the mean pixel of the
training images, and fields take the values of background rows (interventional), or of one row that
holds what is to be imputed.
"""

import numpy as np
import pandas as pd

from vitrine.data.domains.image import pixels_of
from vitrine.data.domains.sequence import film_ids
from vitrine.data.domains.text import words_of
from vitrine.data.encoding import Encoding
from vitrine.evaluation.baselines import Candidate
from vitrine.games.inputs import Value, history_game, image_game, table_game, text_game
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
    if encoding.domain == "sequence":
        items = film_ids(row["films"], encoding)[0][-encoding.players :]
        scores = history_game(lambda histories: baseline.score(histories)[:, target], items)
        return scores, len(items)

    def score(rows: pd.DataFrame) -> np.ndarray:
        return of_probabilities(baseline.score(rows), target, kind)

    if encoding.domain == "text":
        words = words_of(row["text"].iloc[0], encoding.details["word_pattern"])
        kept = words[: encoding.players]
        return text_game(lambda texts: score(pd.DataFrame({"text": texts})), kept), len(kept)
    if encoding.domain == "image":
        names = row.filter(regex=r"^pixel_\d+$").columns
        patches = _patches(encoding.details["side"], encoding.details["patch"])
        return (
            image_game(
                lambda images: score(pd.DataFrame(images, columns=names)),
                pixels_of(row)[0],
                patches,
                encoding.details["mean"],
            ),
            int(patches.max()) + 1,
        )
    if background is None:
        raise ValueError("the game of a table needs background rows, such as the training table")
    fields = [field["name"] for field in encoding.details["fields"]]
    return table_game(score, row[fields], background[fields]), len(fields)


def _patches(side: int, patch: int) -> np.ndarray:
    """The patch of each pixel, row by row: int64 [side * side]."""
    place = np.arange(side) // patch
    return (place[:, None] * (side // patch) + place).ravel()
