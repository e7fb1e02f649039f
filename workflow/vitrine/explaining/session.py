"""Explaining some instances of one study again, with any model and method."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.data.encoding import Encoding
from vitrine.explaining.cache import Known
from vitrine.explaining.game_settings import GameSettings
from vitrine.explaining.instances import Chosen
from vitrine.games.evaluator import Evaluator
from vitrine.games.model_games import ModelGames
from vitrine.models.model import Model
from vitrine.stages.explain import explain


@dataclass(frozen=True)
class Played:
    """The games of one model on some instances, whose coalitions all methods share."""

    games: ModelGames
    evaluator: Evaluator
    chosen: Chosen


@dataclass(frozen=True)
class Explainer:
    """Explains instances of one study with any method.

    Attributes:
        data: the study's data folder.
        encoding: of the study.
        settings: each method's own settings.
        game: value function, removal and memory.
    """

    data: Path
    encoding: Encoding
    settings: dict[str, dict[str, Any]]
    game: GameSettings

    def games(self, model: Model, chosen: Chosen, known: Known | None = None) -> Played:
        """The games of a model of the study's architecture.

        Args:
            model: in evaluation mode.
            chosen: the instances.
            known: values of coalitions of just this model and these instances.
        """
        games = self.game.games(model, chosen, self.data, self.encoding)
        evaluator = Evaluator(games)
        if known is not None:
            known.tell(evaluator, chosen.split, chosen.examples.instance)
        return Played(games, evaluator, chosen)

    def __call__(
        self, played: Played, method: str, seed: int, settings: dict[str, Any] | None = None
    ) -> list[np.ndarray]:
        """Attributions of each instance, float64 [players].

        Args:
            played: the games.
            method: name in the registry.
            seed: base seed of the method.
            settings: of the method, where not those of the study.
        """
        tables = self.tables(played, method, seed, settings)
        return [table["value"].to_numpy() for table in tables]

    def tables(
        self, played: Played, method: str, seed: int, settings: dict[str, Any] | None = None
    ) -> list[pd.DataFrame]:
        """The table of attributions of each instance (see `explain`)."""
        own = settings or self.settings.get(method, {})
        if method == "lime":
            # What an explanation says of its own stability is not asked here.
            own = own | {"replicates": 0}
        table, _ = explain(
            played.games,
            played.evaluator,
            played.chosen,
            method=method,
            domain=self.encoding.domain,
            settings=own,
            seed=seed,
        )
        found = dict(list(table.groupby("instance")))
        return [found[number] for number in played.chosen.examples.instance.tolist()]
