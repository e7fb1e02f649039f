"""Stage `explain`: the attributions of one method for the chosen instances of a model."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.attribution.registry import METHODS, strategies
from vitrine.attribution.task import Task
from vitrine.data.encoding import load_encoding
from vitrine.explaining.cache import Known, evaluated
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

log = logging.getLogger(__name__)


def explain_instances(
    data: Path,
    model: Path,
    shape: Path,
    predictions: Path,
    removal: Path,
    tuned: tuple[Path, Path] | None,
    attributions: Path,
    diagnostics: Path,
    coalitions: Path,
    *,
    method: str,
    settings: dict[str, Any],
    game: GameSettings,
    instances: int,
    target: str,
    seed: int,
    machine: Machine,
    record: Record,
) -> None:
    """Explain the chosen instances of validation and test with one method.

    Args:
        data: the study's data folder.
        model, shape, predictions: the model's files.
        removal: what the stage `removal` chose.
        tuned: what the stage `tune` chose for this method, and the coalitions that it evaluated.
        attributions, diagnostics: files to write; see `explain`.
        coalitions: file to write: the values of all coalitions (`evaluated`). The metadata of
            attributions and coalitions, ``pandas.read_parquet(...).attrs``, name the ``value``
            function (``score`` for films) and the ``removal``.
        method: name in the registry.
        settings: the method's own settings, as configured.
        game: value function, removal and memory, as configured.
        instances: instances per split.
        target: "predicted" or a class.
        seed: base seed of the choice and of the method.
        machine: threads of torch and graphics cards.
        record: gets evaluations, their speed, mean diagnostics, and how busy a card was.
    """
    device = machine.device()
    encoding = load_encoding(data)
    trained = load_model(model, shape).to(device)
    explanation = settled(
        {method: settings, "removal": game.removal}, removal, tuned[0] if tuned else None
    )
    game, settings = game.settled(explanation["removal"]), explanation[method]
    kind = kind_for(game.value, encoding.task == "ranking")
    before = Known.read([tuned[1]] if tuned else [], kind, game.removal)
    parts = []
    evaluators = []
    with machine.watched() as samples:
        for chosen in chosen_instances(
            data, predictions, encoding, trained, count=instances, target=target, seed=seed
        ):
            games = game.games(trained, chosen, data, encoding)
            evaluator = Evaluator(games)
            evaluators.append(evaluator)
            before.tell(evaluator, chosen.split, chosen.examples.instance)
            found = explain(
                games,
                evaluator,
                chosen,
                method=method,
                domain=encoding.domain,
                settings=settings,
                seed=seed,
            )
            parts.append((*found, evaluated(evaluator, chosen.split, chosen.examples.instance)))
    table, details, values = (
        pd.concat(frames, ignore_index=True) for frames in zip(*parts, strict=True)
    )
    # Parquet keeps these beside the columns: which game the values belong to.
    table.attrs = values.attrs = {"value": kind, "removal": game.removal}
    write_table(attributions, table)
    write_table(diagnostics, details)
    write_table(coalitions, values)
    first = table.drop_duplicates(["split", "instance"])
    record.metrics(
        {"instances": len(first), "evaluations": int(first.evaluations.sum())}
        | details.groupby("diagnostic")["value"].mean().to_dict()
        | _speed(evaluators)
        | samples.metrics()
    )


def _speed(evaluators: list[Evaluator]) -> dict[str, float]:
    """Evaluations per second of asking the model; nothing where all values were known."""
    seconds = sum(evaluator.seconds for evaluator in evaluators)
    done = sum(int(evaluator.evaluations.sum()) for evaluator in evaluators)
    if done == 0:
        return {}
    log.info("%.0f evaluations per second", done / seconds)
    return {"evaluations_per_second": done / seconds}


def explain(
    games: ModelGames,
    evaluator: Evaluator,
    chosen: Chosen,
    *,
    method: str,
    domain: str,
    settings: dict[str, Any],
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Explain instances with one method.

    Args:
        games: of the chosen instances.
        evaluator: of these games; what it knows is not evaluated again.
        chosen: the instances of one split.
        method: name in the registry.
        domain: the study's domain.
        settings: the method's own settings.
        seed: base seed.

    Returns:
        The attributions, one row per instance and player, with the columns ``split, instance,
        player, player_name, target, method, value, std_error, base_value, full_value,
        evaluations``; and the diagnostics, ``split, instance, method, diagnostic, value``.
    """
    examples = chosen.examples
    seed = derive(seed, method, chosen.split)
    kind = METHODS[method].tuned or METHODS[method].settings
    checked = kind(**settings) if kind is not None else None
    task = Task(games.model, examples, chosen.targets, domain, checked, seed, games.kind)
    before = evaluator.requested.copy()
    log.info("%s: %d instances of the %s split", method, len(examples), chosen.split)
    explanations = play(strategies(method, task), evaluator)
    evaluations = evaluator.requested - before
    log.info("%d evaluations", evaluations.sum())
    tables = [
        pd.DataFrame(
            {
                "split": chosen.split,
                "instance": examples.instance[i],
                "player": np.arange(len(explanation.values)),
                "player_name": chosen.players[i],
                "target": chosen.target_names[i],
                "method": method,
                "value": explanation.values,
                "std_error": explanation.std_error,
                "base_value": explanation.base_value,
                "full_value": explanation.full_value,
                "evaluations": evaluations[i],
            }
        )
        for i, explanation in enumerate(explanations)
    ]
    diagnostics = [
        {
            "split": chosen.split,
            "instance": examples.instance[i],
            "method": method,
            "diagnostic": name,
            "value": value,
        }
        for i, explanation in enumerate(explanations)
        for name, value in explanation.diagnostics.items()
    ]
    columns = ["split", "instance", "method", "diagnostic", "value"]
    return pd.concat(tables, ignore_index=True), pd.DataFrame(diagnostics, columns=columns)
