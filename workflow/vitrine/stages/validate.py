"""Stage `validate`: faithfulness of every method on validation and test."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import torch

from vitrine.data.encoding import load_encoding
from vitrine.files import write_table
from vitrine.games.evaluator import Evaluator
from vitrine.models.storage import load_model
from vitrine.stages.chosen import chosen_instances
from vitrine.stages.games import GameSettings
from vitrine.tracking.record import Record
from vitrine.validation.validate import validate


def validate_attributions(
    data: Path,
    model: Path,
    shape: Path,
    predictions: Path,
    attributions: list[Path],
    output: Path,
    *,
    fractions: Sequence[float],
    game: GameSettings,
    instances: int,
    target: str,
    seed: int,
    threads: int,
    record: Record,
) -> None:
    """Measure the attributions of all methods on the same instances.

    Classifiers are measured on the probability of the explained class, whatever value function
    the attributions explain, recommenders on the score of the explained film. Removed players
    become what they became in the explanations.

    Args:
        data: the study's data folder.
        model, shape, predictions: the model's files.
        attributions: one table per method.
        output: table to write: ``split, instance, method, measure, value``.
        fractions: shares of the players for comprehensiveness and sufficiency.
        game: removal and memory; its value function is not read.
        instances, target, seed: which instances, as in the stage `explain`.
        threads: CPU threads of torch.
        record: gets the mean of each measure by split and method.
    """
    torch.set_num_threads(threads)
    encoding = load_encoding(data)
    trained = load_model(model, shape)
    table = pd.concat([pd.read_parquet(path) for path in attributions], ignore_index=True)
    game = replace(game, value="probability")
    parts = []
    for chosen in chosen_instances(
        data, predictions, encoding, count=instances, target=target, seed=seed
    ):
        parts.append(
            validate(
                table[table.split == chosen.split],
                Evaluator(game.games(trained, chosen, data, encoding)),
                chosen.examples.instance,
                chosen.split,
                fractions,
            )
        )
    result = pd.concat(parts, ignore_index=True)
    write_table(output, result)
    headline = result[~result.measure.str.match(r"deletion_\d\d")]
    means = headline.groupby(["split", "method", "measure"], as_index=False)["value"].mean()
    record.metrics(
        {f"{row.split}/{row.method}/{row.measure}": row.value for row in means.itertuples()}
    )
