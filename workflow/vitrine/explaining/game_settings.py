"""The games that the stages explain and validate play: the same removal for both."""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from vitrine.data.encoding import Encoding
from vitrine.data.examples import Examples, load_examples
from vitrine.explaining.instances import Chosen
from vitrine.games.model_games import ModelGames
from vitrine.games.removal import FeatureRemoval, feature_removal
from vitrine.models.model import Model
from vitrine.seeds import derive

# The removal that is chosen on validation.
AUTO = "auto"


@dataclass(frozen=True)
class GameSettings:
    """What a game is, from the section ``explanation`` of the configuration.

    Attributes:
        value: value function of classifiers.
        removal: what a removed player becomes; ``auto`` before it is chosen.
        background: training rows that the removal ``background`` averages over.
        seed: draws the background, the same for all methods and for their validation.
        megabytes: memory budget of a batch.
    """

    value: str
    removal: str
    background: int
    seed: int
    megabytes: int

    @classmethod
    def of(cls, explanation: dict[str, Any]) -> "GameSettings":
        """From the section ``explanation``."""
        return cls(
            value=explanation["value"],
            removal=explanation["removal"],
            background=explanation["background"],
            seed=explanation["seed"],
            megabytes=explanation["batch_memory_mb"],
        )

    @classmethod
    def of_params(cls, params: Any) -> "GameSettings":
        """From the parameters of a rule, which have the names of the attributes."""
        return cls(**{each.name: params[each.name] for each in fields(cls)})

    def settled(self, removal: str) -> "GameSettings":
        """The same with another removal."""
        return replace(self, removal=removal)

    def measured(self) -> "GameSettings":
        """The games that validation plays: log-odds, whatever is attributed."""
        return replace(self, value="log_odds")

    def removal_of(self, examples: Examples, data: Path, encoding: Encoding) -> FeatureRemoval:
        """What removed players of some instances become.

        Raises:
            ValueError: for background removal outside tables, and for ``auto``.
        """
        rows = load_examples(data, "train") if self.removal == "background" else None
        rng = np.random.default_rng(derive(self.seed, "background"))
        return feature_removal(self.removal, examples, encoding, rows, self.background, rng)

    def games(self, model: Model, chosen: Chosen, data: Path, encoding: Encoding) -> ModelGames:
        """The games of the chosen instances of one split. Raises: as `removal_of`."""
        return ModelGames(
            model,
            chosen.examples,
            chosen.targets,
            self.megabytes,
            value=self.value,
            removal=self.removal_of(chosen.examples, data, encoding),
        )
