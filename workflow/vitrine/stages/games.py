"""The games that the stages explain and validate play: the same removal for both."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vitrine.data.encoding import Encoding
from vitrine.data.examples import load_examples
from vitrine.games.model_games import ModelGames
from vitrine.games.removal import removal
from vitrine.models.transformer import Transformer
from vitrine.seeds import derive
from vitrine.stages.chosen import Chosen


@dataclass(frozen=True)
class GameSettings:
    """What a game is, from the section ``explanation`` of the configuration.

    Attributes:
        value: value function of classifiers.
        removal: what a removed player becomes.
        background: training rows that the removal ``background`` averages over.
        seed: draws the background, the same for all methods and for their validation.
        megabytes: memory budget of a batch.
    """

    value: str
    removal: str
    background: int
    seed: int
    megabytes: int

    def games(
        self, model: Transformer, chosen: Chosen, data: Path, encoding: Encoding
    ) -> ModelGames:
        """The games of the chosen instances of one split.

        Raises:
            ValueError: for background removal outside tables.
        """
        rows = load_examples(data, "train") if self.removal == "background" else None
        rng = np.random.default_rng(derive(self.seed, "background"))
        return ModelGames(
            model,
            chosen.examples,
            chosen.targets,
            self.megabytes,
            value=self.value,
            removal=removal(self.removal, chosen.examples, encoding, rows, self.background, rng),
        )
