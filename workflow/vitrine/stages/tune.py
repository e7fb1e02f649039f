"""Stage `tune`: LIME's kernel width and its number of samples, chosen on validation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vitrine.attribution.methods.lime import LimeSettings
from vitrine.attribution.methods.lime.lime import Candidates, candidates
from vitrine.attribution.task import Task
from vitrine.data.encoding import load_encoding
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.cache import evaluated
from vitrine.explaining.game_settings import GameSettings
from vitrine.explaining.instances import Chosen, chosen_instances
from vitrine.explaining.resolve import settled
from vitrine.files import write_json, write_table
from vitrine.games.evaluator import Evaluator
from vitrine.games.game import play
from vitrine.games.values import probability
from vitrine.models.machine import Machine
from vitrine.models.storage import load_model
from vitrine.seeds import derive
from vitrine.tracking.record import Record
from vitrine.validation.choice import choose, means_with_intervals
from vitrine.validation.faithfulness.instance import Scale
from vitrine.validation.faithfulness.settings import FaithfulnessSettings
from vitrine.validation.faithfulness.tuning import scores

SPLIT = "validation"
MEASURE = "normalised_comprehensiveness"


def tune_lime(
    data: Path,
    model: Path,
    shape: Path,
    predictions: Path,
    removal: Path,
    choice: Path,
    coalitions: Path,
    *,
    lime: dict[str, Any],
    tried: Mapping[str, Any],
    game: GameSettings,
    settings: FaithfulnessSettings,
    instances: int,
    target: str,
    seed: int,
    validation_seed: int,
    statistics: StatisticsSettings,
    machine: Machine,
    record: Record,
) -> None:
    """Choose LIME's kernel width and its number of samples by how comprehensive they make it.

    Args:
        data: the study's data folder.
        model, shape, predictions: the model's files.
        removal: what the stage `removal` wrote.
        choice: JSON to write: ``chosen``, the ``measure``, ``n`` and what each of the
            ``candidates`` reached.
        coalitions: table to write: the values of all coalitions, as in the stage `explain`.
        lime: the method's settings as configured.
        tried: ``kernel_widths``, ``samples`` and ``margin`` of the configuration.
        game: of the explanations, as configured.
        settings: of the measures.
        instances, target, seed: which instances, as in the stage `explain`.
        validation_seed: seed of the validation.
        statistics: ``bootstrap`` and ``confidence``.
        machine: threads of torch and graphics cards.
        record: gets the settings that were chosen and what they reached.
    """
    device = machine.device()
    encoding = load_encoding(data)
    trained = load_model(model, shape).to(device)
    game = game.settled(settled({"removal": game.removal}, removal)["removal"])
    (chosen,) = (
        one
        for one in chosen_instances(
            data, predictions, encoding, trained, count=instances, target=target, seed=seed
        )
        if one.split == SPLIT
    )
    games = game.games(trained, chosen, data, encoding)
    evaluator = Evaluator(games)
    task = Task(
        trained,
        chosen.examples,
        chosen.targets,
        encoding.domain,
        LimeSettings(**lime),
        derive(seed, "lime", SPLIT),
        games.kind,
    )
    found = play(candidates(task, tried["kernel_widths"], tried["samples"]), evaluator)
    judge, scale = evaluator, None
    if encoding.task == "classification":
        scale = probability
        if game.measured() != game:
            judge = Evaluator(game.measured().games(trained, chosen, data, encoding))
    values = _reached(found, judge, chosen, settings, scale, validation_seed)
    names = list(found[0])
    # Cheaper first, then closer to the authors' width.
    preference = [(samples, abs(np.log(width))) for width, samples in names]
    place = choose(values.mean(axis=0), preference, tried["margin"], higher_is_better=True)
    rows = means_with_intervals(values, statistics, derive(validation_seed, "choice", "lime"))
    settings_of = [{"kernel_width": width, "samples": samples} for width, samples in names]
    result = {
        "chosen": settings_of[place],
        "measure": MEASURE,
        "n": len(values),
        "candidates": [one | row for one, row in zip(settings_of, rows, strict=True)],
    }
    write_json(choice, result)
    written = evaluated(evaluator, SPLIT, chosen.examples.instance)
    written.attrs = {"value": games.kind, "removal": game.removal}
    write_table(coalitions, written)
    record.metrics(settings_of[place] | {MEASURE: rows[place]["mean"]})


def _reached(
    found: list[Candidates],
    evaluator: Evaluator,
    chosen: Chosen,
    settings: FaithfulnessSettings,
    scale: Scale | None,
    seed: int,
) -> np.ndarray:
    """What each candidate reaches on each instance, float64 [instances, candidates]."""
    reached = play(
        [
            scores(
                list(one.values()),
                settings,
                scale,
                np.random.default_rng(derive(seed, "validate", SPLIT, number)),
            )
            for number, one in zip(chosen.examples.instance.tolist(), found, strict=True)
        ],
        evaluator,
    )
    # Where no ranking does better than chance, none does.
    return np.nan_to_num(np.stack(reached), nan=0.0)
