"""The baselines of histories, and their game: removed items are left out."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.data.domains.sequence.encoding import item_ids
from vitrine.data.encoding import Encoding
from vitrine.data.examples import load_histories
from vitrine.evaluation.baselines.baseline import (
    Baseline,
    Candidate,
    DomainBaselines,
    Score,
    recommenders,
)
from vitrine.evaluation.markov import MarkovChain, popularity
from vitrine.games.inputs import Value, history_game


def _popularity(folder: Path, encoding: Encoding, _seed: int) -> Iterable[Candidate]:
    training = list(load_histories(folder, "train").values())
    share = popularity(training, len(encoding.vocabulary))
    return recommenders([({}, lambda histories: np.tile(share, (len(histories), 1)))], folder)


def _markov(folder: Path, encoding: Encoding, _seed: int) -> Iterable[Candidate]:
    training = list(load_histories(folder, "train").values())
    chains = (
        MarkovChain(training, len(encoding.vocabulary), reach, backward, last, prior)
        for reach, backward in ((1, 0.0), (10, 0.0), (10, 0.5))
        for last in (1, 10)
        for prior in (10.0, 100.0)
    )
    return recommenders(((chain.settings, chain.scores) for chain in chains), folder)


def _game(
    baseline: Candidate,
    _score: Score,
    encoding: Encoding,
    row: pd.DataFrame,
    target: int,
    _background: pd.DataFrame | None,
) -> tuple[Value, int]:
    items = item_ids(row["films"], encoding)[0][-encoding.players :]
    scores = history_game(lambda histories: baseline.score(histories)[:, target], items)
    return scores, len(items)


BASELINES = DomainBaselines(
    name="sequence",
    order=3,
    baselines={
        "popularity": Baseline("Popularity", _popularity, trivial=True),
        "markov": Baseline("Item-to-item Markov chain", _markov),
    },
    game=_game,
)
