"""The instances that are explained, with their names and targets."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from vitrine.data.encoding import Encoding
from vitrine.data.examples import Examples, load_examples, player_names, target_names
from vitrine.explaining.files import InstanceFiles
from vitrine.explaining.selection import choose_instances
from vitrine.explaining.settings import InstanceSettings
from vitrine.models.model import Model


@dataclass(frozen=True)
class SplitInstances:
    """The explained instances of one split.

    Attributes:
        split: its name.
        examples: n instances.
        targets: int64 [n], the explained class or item.
        target_names: what they are called.
        players: names of the players of each instance.
    """

    split: str
    examples: Examples
    targets: np.ndarray
    target_names: list[str]
    players: list[list[str]]

    def take(self, indices: np.ndarray) -> "SplitInstances":
        """The instances at ``indices``, int64 [m], in that order."""
        return SplitInstances(
            self.split,
            self.examples.take(indices),
            self.targets[indices],
            [self.target_names[i] for i in indices],
            [self.players[i] for i in indices],
        )


def load_instances(
    files: InstanceFiles, encoding: Encoding, model: Model, settings: InstanceSettings
) -> Iterator[SplitInstances]:
    """The instances of each split that are explained (see `choose_instances`), split after split.

    Args:
        files: of the model and its study.
        encoding: of the study.
        model: it says how instances are read.
        settings: which instances, and what is explained in them.

    Raises:
        ValueError: when the target is neither "predicted" nor a class of the study.
    """
    allowed = ["predicted", *encoding.classes]
    if settings.target not in allowed:
        raise ValueError(
            f"explanation.target is {settings.target!r}, which the study {encoding.study} does not "
            f"know; use one of {', '.join(allowed)}"
        )
    names = encoding.classes if encoding.task == "classification" else encoding.vocabulary
    index = {name: place for place, name in enumerate(names)}
    predictions = pd.read_parquet(files.predictions)
    chosen = choose_instances(predictions, settings.instances, settings.seed)
    for split, rows in chosen.groupby("split", sort=True):
        examples = load_examples(files.data, str(split), model.encode)
        place = {number: i for i, number in enumerate(examples.instance.tolist())}
        explained = (
            rows.predicted.astype(str)
            if settings.target == "predicted"
            else [settings.target] * len(rows)
        )
        targets = np.array([index[name] for name in explained])
        players = player_names(files.data, str(split), rows.instance.to_numpy())
        yield SplitInstances(
            str(split),
            examples.take(np.array([place[number] for number in rows.instance])),
            targets,
            target_names(files.data, targets),
            [players[number] for number in rows.instance],
        )
