"""Explaining some instances of one study again, with any model and method."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.data.encoding import Encoding
from vitrine.models.transformer import Transformer
from vitrine.stages.chosen import Chosen
from vitrine.stages.explain import explain
from vitrine.stages.games import GameSettings


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

    def __call__(
        self,
        model: Transformer,
        chosen: Chosen,
        method: str,
        seed: int,
        settings: dict[str, Any] | None = None,
    ) -> list[np.ndarray]:
        """Attributions of each instance, float64 [players]."""
        tables = self.tables(model, chosen, method, seed, settings)
        return [table["value"].to_numpy() for table in tables]

    def tables(
        self,
        model: Transformer,
        chosen: Chosen,
        method: str,
        seed: int,
        settings: dict[str, Any] | None = None,
    ) -> list[pd.DataFrame]:
        """The table of attributions of each instance (see `explain`)."""
        table, _ = explain(
            self.game.games(model, chosen, self.data, self.encoding),
            chosen,
            method=method,
            domain=self.encoding.domain,
            settings=settings or self.settings.get(method, {}),
            seed=seed,
        )
        found = dict(list(table.groupby("instance")))
        return [found[number] for number in chosen.examples.instance.tolist()]
