"""A session: a model, its instances and their game, opened once for everything that explains."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from vitrine.data.encoding import Encoding, load_encoding
from vitrine.data.examples import Examples, load_examples
from vitrine.explaining.coalition_cache import CoalitionCache, evaluated_coalitions
from vitrine.explaining.files import GameFiles, InstanceFiles, ModelFiles
from vitrine.explaining.instances import SplitInstances, load_instances
from vitrine.explaining.settings import GameSettings, InstanceSettings
from vitrine.files import read_json
from vitrine.games.evaluator import Evaluator
from vitrine.games.model_games import ModelGames
from vitrine.games.removal import FeatureRemoval, feature_removal
from vitrine.games.values import kind_for
from vitrine.models.machine import Machine
from vitrine.models.model import Model
from vitrine.models.storage import load_model
from vitrine.seeds import derive


@dataclass(frozen=True)
class InstanceGames:
    """The games of one model on some instances, whose coalitions all methods share."""

    games: ModelGames
    evaluator: Evaluator
    instances: SplitInstances

    def coalitions(self) -> pd.DataFrame:
        """What was evaluated; see `evaluated_coalitions`."""
        numbers = self.instances.examples.instance
        return evaluated_coalitions(self.evaluator, self.instances.split, numbers)


@dataclass(frozen=True)
class ModelSession:
    """A model of a study with its instances.

    Attributes:
        files: where everything is.
        encoding: of the study.
        model: in evaluation mode, on ``device``.
        device: what the model runs on.
    """

    files: ModelFiles
    encoding: Encoding
    model: Model
    device: torch.device

    @classmethod
    def open(cls, files: ModelFiles, machine: Machine) -> "ModelSession":
        """Load a model with the encoding of its study, with the threads and GPUs of a machine."""
        device = machine.device()
        model = load_model(files.model, files.architecture).to(device)
        return cls(files, load_encoding(files.data), model, device)

    def load(self, weights: Path, architecture: Path) -> Model:
        """Another model, on the device of this one."""
        return load_model(weights, architecture).to(self.device)

    def splits(self, settings: InstanceSettings) -> Iterator[SplitInstances]:
        """The instances to explain, split after split. Raises: as `load_instances`."""
        assert isinstance(self.files, InstanceFiles)
        return load_instances(self.files, self.encoding, self.model, settings)

    def split(self, name: str, settings: InstanceSettings) -> SplitInstances:
        """The instances to explain of one split. Raises: as `load_instances`."""
        return next(split for split in self.splits(settings) if split.split == name)


@dataclass(frozen=True)
class Session(ModelSession):
    """A model of a study, ready to be explained.

    Attributes:
        game: value function, removal and memory; the removal is resolved where it was chosen.
    """

    game: GameSettings

    @classmethod
    def of_game(cls, files: ModelFiles, machine: Machine, game: GameSettings) -> "Session":
        """Load a model, and resolve the removal of its game.

        Args:
            files: of the model; `GameFiles` also say which removal was chosen on validation.
            machine: threads of torch and GPUs.
            game: as configured.
        """
        if isinstance(files, GameFiles):
            game = game.resolve(read_json(files.removal)["chosen"])
        plain = ModelSession.open(files, machine)
        return cls(files, plain.encoding, plain.model, plain.device, game)

    @property
    def value_kind(self) -> str:
        """The value function of the games: ``score`` for items, else that of the settings."""
        return kind_for(self.game.value, self.encoding.task == "ranking")

    @property
    def game_facts(self) -> dict[str, str]:
        """Which game values belong to: what Parquet files of values keep beside their columns."""
        return {"value": self.value_kind, "removal": self.game.removal}

    def removal_of(self, examples: Examples, kind: str | None = None) -> FeatureRemoval:
        """What removed players of some instances become, by the game's kind of removal or another.

        Raises:
            ValueError: for background removal outside tables, and for ``auto``.
        """
        kind = kind or self.game.removal
        rows = load_examples(self.files.data, "train") if kind == "background" else None
        rng = np.random.default_rng(derive(self.game.seed, "background"))
        return feature_removal(kind, examples, self.encoding, rows, self.game.background, rng)

    def play(
        self,
        instances: SplitInstances,
        *,
        model: Model | None = None,
        game: GameSettings | None = None,
        cache: CoalitionCache | None = None,
    ) -> InstanceGames:
        """The games of instances. Raises: as `removal_of`.

        Args:
            instances: of one split.
            model: another model of the study, where not this one.
            game: another game, where not the session's.
            cache: values of coalitions of just this model, game and these instances.
        """
        game = game or self.game
        games = ModelGames(
            model or self.model,
            instances.examples,
            instances.targets,
            game.megabytes,
            value=game.value,
            removal=self.removal_of(instances.examples, game.removal),
        )
        evaluator = Evaluator(games)
        if cache is not None:
            cache.fill(evaluator, instances.split, instances.examples.instance)
        return InstanceGames(games, evaluator, instances)

    def cache(self, paths: Iterable[Path]) -> CoalitionCache:
        """What other stages have evaluated of the session's game."""
        return CoalitionCache.read(paths, **self.game_facts)
