"""The Shapley interaction index of every two players of the explained instances."""

import numpy as np
import pandas as pd

from vitrine.attribution.shapley.interactions import Interactions, interactions
from vitrine.explaining.session import InstanceGames, Session
from vitrine.explaining.settings import InstanceSettings
from vitrine.games.game import play
from vitrine.seeds import derive


def find_interactions(
    session: Session, instances: InstanceSettings, evaluations: int
) -> pd.DataFrame:
    """The interactions of the instances of both splits.

    Args:
        session: the model and its game.
        instances: which instances; their seed is that of the estimates too.
        evaluations: most coalitions per instance.

    Returns:
        The rows of `interaction_table`; the metadata name the ``value`` function and the
        ``removal``, as those of attributions do.
    """
    tables = [
        split_interactions(session.play(split), evaluations, instances.seed)
        for split in session.splits(instances)
    ]
    table = pd.concat(tables, ignore_index=True)
    table.attrs.update(session.game_facts)
    return table


def split_interactions(games: InstanceGames, evaluations: int, seed: int) -> pd.DataFrame:
    """The interactions of the instances of one split; for the columns see `interaction_table`."""
    instances, evaluator = games.instances, games.evaluator
    streams = [
        np.random.default_rng(derive(seed, "interactions", instances.split, int(number)))
        for number in instances.examples.instance
    ]
    strategies = [
        interactions(int(n), evaluations, stream)
        for n, stream in zip(instances.examples.lengths, streams, strict=True)
    ]
    tables = [
        interaction_table(result, games, place)
        for place, result in enumerate(play(strategies, evaluator))
    ]
    return pd.concat(tables, ignore_index=True)


def interaction_table(result: Interactions, games: InstanceGames, place: int) -> pd.DataFrame:
    """One row for every two players of an instance.

    Returns:
        Columns ``split, instance, player, player_name, other, other_name, target, value,
        std_error, evaluations``; ``player`` < ``other``.
    """
    instances = games.instances
    player, other = np.triu_indices(len(result.values), 1)
    names = np.array(instances.players[place], dtype=object)
    return pd.DataFrame(
        {
            "split": instances.split,
            "instance": instances.examples.instance[place],
            "player": player,
            "player_name": names[player],
            "other": other,
            "other_name": names[other],
            "target": instances.target_names[place],
            "value": result.values[player, other],
            "std_error": result.std_error[player, other],
            "evaluations": int(games.evaluator.evaluations[place]),
        }
    )
