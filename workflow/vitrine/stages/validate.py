"""Stage `validate`: faithfulness of every method on validation and test."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.attribution.registry import FLOOR, RIVALS
from vitrine.data.encoding import load_encoding
from vitrine.evaluation.predict import load_split, some_of
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.cache import Known
from vitrine.explaining.game_settings import GameSettings
from vitrine.explaining.instances import chosen_instances
from vitrine.explaining.resolve import settled
from vitrine.files import write_json, write_table
from vitrine.games.evaluator import Evaluator
from vitrine.games.values import kind_for, probability
from vitrine.models.machine import Machine
from vitrine.models.storage import load_model
from vitrine.seeds import derive
from vitrine.tracking.record import Record
from vitrine.validation.calibration.in_distribution import under_removal
from vitrine.validation.comparison import compare
from vitrine.validation.faithfulness.settings import FaithfulnessSettings
from vitrine.validation.faithfulness.validate import validate
from vitrine.validation.localisation.ground_truth import localise
from vitrine.validation.registry import MEASURES
from vitrine.validation.verdict import judge


def validate_attributions(
    data: Path,
    model: Path,
    shape: Path,
    predictions: Path,
    chosen_removal: Path,
    controls: dict[str, tuple[Path, Path]],
    attributions: list[Path],
    coalitions: list[Path],
    faithfulness: Path,
    comparisons: Path,
    verdict: Path,
    removal: Path,
    *,
    settings: FaithfulnessSettings,
    game: GameSettings,
    check: dict[str, Any],
    validation_seed: int,
    statistics: StatisticsSettings,
    instances: int,
    target: str,
    seed: int,
    machine: Machine,
    record: Record,
) -> None:
    """Measure the attributions of all methods on the same instances.

    Classifiers are measured on the probability of the explained class and, where a measure's name
    says so or it compares with the attributions themselves, on its log-odds, whatever value
    function the attributions explain; recommenders on the score of the explained film. Removed
    players become what they became in the explanations.

    Args:
        data: the study's data folder.
        model, shape, predictions: the model's files.
        chosen_removal: what the stage `removal` chose.
        controls: further models, weights and architecture by name, whose accuracy and confidence
            under removal are compared with the explained one's, on test.
        attributions, coalitions: one table per method.
        faithfulness: table to write: ``split, instance, method, measure, value``.
        comparisons: table to write: every pair of methods, see `compare`.
        verdict: JSON to write, see `judge`.
        removal: table to write: accuracy and confidence under removal, see `under_removal`, with
            the column ``model``: ``explained`` or the name of a control.
        settings: of the measures.
        game: value function, removal and memory, as configured.
        check: ``instances`` and ``shares`` of the check of removal itself.
        validation_seed: base seed of what the measures draw and of the resamples.
        statistics: bootstrap settings.
        instances, target, seed: which instances, as in the stage `explain`.
        machine: threads of torch and graphics cards.
        record: gets the mean of each measure by split and method.
    """
    device = machine.device()
    encoding = load_encoding(data)
    trained = load_model(model, shape).to(device)
    table = pd.concat([pd.read_parquet(path) for path in attributions], ignore_index=True)
    explanation = settled({"removal": game.removal}, chosen_removal)
    game = game.settled(explanation["removal"]).measured()
    kind = kind_for(game.value, encoding.task == "ranking")
    known = Known.read(coalitions, kind, game.removal)
    parts = []
    for chosen in chosen_instances(
        data, predictions, encoding, trained, count=instances, target=target, seed=seed
    ):
        evaluator = Evaluator(game.games(trained, chosen, data, encoding))
        known.tell(evaluator, chosen.split, chosen.examples.instance)
        parts.append(
            validate(
                table[table.split == chosen.split],
                evaluator,
                chosen.examples.instance,
                chosen.split,
                settings,
                probability if encoding.task == "classification" else None,
                validation_seed,
            )
        )
        frame = pd.read_parquet(data / f"{chosen.split}.parquet")
        if "reasons" in frame:
            parts.append(localise(table[table.split == chosen.split], frame, chosen.split))
    result = pd.concat(parts, ignore_index=True)
    write_table(faithfulness, result)
    compared = compare(result, statistics, validation_seed)
    write_table(comparisons, compared)
    judged = judge(result, compared, statistics, validation_seed, floor=FLOOR, rivals=RIVALS)
    write_json(verdict, judged)
    others = {name: load_model(*files).to(device) for name, files in controls.items()}
    parts = []
    for split in ("validation", "test"):
        # Nothing is chosen among the controls, so they are measured on test alone.
        models = {"explained": trained} | (others if split == "test" else {})
        for name, one in models.items():
            whole = load_split(data, split, encoding, one)
            some = some_of(whole, check["instances"], validation_seed)
            gone = game.removal_of(some.examples, data, encoding)
            # All models lose the same players.
            rng = np.random.default_rng(derive(validation_seed, "removal", split))
            found = under_removal(one, some, gone, check["shares"], statistics, rng)
            parts.append(found.assign(model=name))
    write_table(removal, pd.concat(parts, ignore_index=True))
    headline = result[result.measure.isin([*MEASURES, "ceiling_settled"])]
    means = headline.groupby(["split", "method", "measure"], as_index=False)["value"].mean()
    record.metrics(
        {f"{row.split}/{row.method}/{row.measure}": row.value for row in means.itertuples()}
    )
