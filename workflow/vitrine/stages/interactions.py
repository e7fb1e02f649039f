"""Stage `interactions`: how much every two players of an instance owe to each other."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.attribution.shapley.interactions import Interactions, interactions
from vitrine.data.encoding import load_encoding
from vitrine.explaining.game_settings import GameSettings
from vitrine.explaining.instances import Chosen, chosen_instances
from vitrine.explaining.resolve import settled
from vitrine.files import write_table
from vitrine.games.evaluator import Evaluator
from vitrine.games.game import play
from vitrine.games.model_games import ModelGames
from vitrine.games.values import kind_for
from vitrine.models.machine import Machine
from vitrine.models.storage import load_model
from vitrine.seeds import derive
from vitrine.tracking.record import Record


@dataclass(frozen=True)
class Selection:
    """Which instances are looked at, and with what effort.

    Attributes:
        instances: per split, the same as those that are explained.
        target: "predicted" or a class.
        evaluations: most coalitions per instance.
        seed: base seed of the choice and of the estimates.
    """

    instances: int
    target: str
    evaluations: int
    seed: int


def find_interactions(
    data: Path,
    model: Path,
    shape: Path,
    predictions: Path,
    removal: Path,
    output: Path,
    *,
    game: GameSettings,
    selection: Selection,
    machine: Machine,
    record: Record,
) -> None:
    """Write the Shapley interaction index of every two players of the explained instances.

    Args:
        data: the study's data folder.
        model, shape, predictions: the model's files.
        removal: what the stage `removal` chose.
        output: the table, see `table_of`; its metadata name the ``value`` function and the
            ``removal``, as those of attributions do.
        game: value function, removal and memory, as configured.
        selection: the instances and the budget.
        machine: threads of torch and graphics cards.
        record: gets evaluations.
    """
    device = machine.device()
    encoding = load_encoding(data)
    trained = load_model(model, shape).to(device)
    game = game.settled(settled({"removal": game.removal}, removal)["removal"])
    chosen_of_splits = chosen_instances(
        data,
        predictions,
        encoding,
        trained,
        count=selection.instances,
        target=selection.target,
        seed=selection.seed,
    )
    table = pd.concat(
        [
            of_split(game.games(trained, chosen, data, encoding), chosen, selection)
            for chosen in chosen_of_splits
        ],
        ignore_index=True,
    )
    table.attrs = {
        "value": kind_for(game.value, encoding.task == "ranking"),
        "removal": game.removal,
    }
    write_table(output, table)
    first = table.drop_duplicates(["split", "instance"])
    record.metrics({"instances": len(first), "evaluations": int(first.evaluations.sum())})


def of_split(games: ModelGames, chosen: Chosen, selection: Selection) -> pd.DataFrame:
    """The interactions of the chosen instances of one split; for the columns see `table_of`."""
    rng = [
        np.random.default_rng(derive(selection.seed, "interactions", chosen.split, int(number)))
        for number in chosen.examples.instance
    ]
    evaluator = Evaluator(games)
    strategies = [
        interactions(int(n), selection.evaluations, own)
        for n, own in zip(chosen.examples.lengths, rng, strict=True)
    ]
    found = play(strategies, evaluator)
    return pd.concat(
        [
            table_of(one, chosen, place, int(evaluator.evaluations[place]))
            for place, one in enumerate(found)
        ],
        ignore_index=True,
    )


def table_of(found: Interactions, chosen: Chosen, place: int, evaluations: int) -> pd.DataFrame:
    """One row for every two players of an instance.

    Returns:
        Columns ``split, instance, player, player_name, other, other_name, target, value,
        std_error, evaluations``; ``player`` < ``other``.
    """
    player, other = np.triu_indices(len(found.values), 1)
    names = np.array(chosen.players[place], dtype=object)
    return pd.DataFrame(
        {
            "split": chosen.split,
            "instance": chosen.examples.instance[place],
            "player": player,
            "player_name": names[player],
            "other": other,
            "other_name": names[other],
            "target": chosen.target_names[place],
            "value": found.values[player, other],
            "std_error": found.std_error[player, other],
            "evaluations": evaluations,
        }
    )
