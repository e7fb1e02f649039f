"""The instances that the stages attention, tune, explain and validate look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.data.encoding import Encoding
from vitrine.data.examples import Examples, load_examples, player_names, target_names
from vitrine.explaining.selection import choose_instances
from vitrine.models.model import Model


@dataclass(frozen=True)
class Chosen:
    """The chosen instances of one split.

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

    def take(self, indices: np.ndarray) -> "Chosen":
        """The instances at ``indices``, int64 [m], in that order."""
        return Chosen(
            self.split,
            self.examples.take(indices),
            self.targets[indices],
            [self.target_names[i] for i in indices],
            [self.players[i] for i in indices],
        )


def chosen_instances(
    data: Path,
    predictions: Path,
    encoding: Encoding,
    model: Model,
    *,
    count: int,
    target: str,
    seed: int,
) -> Iterator[Chosen]:
    """Chosen instances of each split (see `choose_instances`) with what is explained in them.

    Args:
        data: the study's data folder.
        predictions: the model's predictions.
        encoding: of the study.
        model: whose the predictions are; it says how instances are read.
        count: instances per split.
        target: "predicted", or the name of the class that is explained in every instance.
        seed: base seed.

    Raises:
        ValueError: when ``target`` is neither.
    """
    allowed = ["predicted", *encoding.classes]
    if target not in allowed:
        raise ValueError(
            f"explanation.target is {target!r}, which the study {encoding.study} does not know; "
            f"use one of {', '.join(allowed)}"
        )
    names = encoding.classes if encoding.task == "classification" else encoding.vocabulary
    known = {name: place for place, name in enumerate(names)}
    chosen = choose_instances(pd.read_parquet(predictions), count, seed)
    for split, rows in chosen.groupby("split", sort=True):
        examples = load_examples(data, str(split), model.encode)
        place = {number: i for i, number in enumerate(examples.instance.tolist())}
        explained = rows.predicted.astype(str) if target == "predicted" else [target] * len(rows)
        targets = np.array([known[name] for name in explained])
        of_players = player_names(data, str(split), rows.instance.to_numpy())
        yield Chosen(
            str(split),
            examples.take(np.array([place[number] for number in rows.instance])),
            targets,
            target_names(data, targets),
            [of_players[number] for number in rows.instance],
        )
