"""Choosing, on validation, LIME's kernel width and its number of samples."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from vitrine.attribution.methods.lime import LimeSettings
from vitrine.attribution.methods.lime.lime import Candidates, candidates
from vitrine.attribution.task import Task
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.session import InstanceGames, Session
from vitrine.explaining.settings import InstanceSettings
from vitrine.games.game import play
from vitrine.games.values import probability
from vitrine.seeds import derive
from vitrine.validation.choice import choose, means_with_intervals
from vitrine.validation.faithfulness.instance import Scale
from vitrine.validation.faithfulness.settings import FaithfulnessSettings
from vitrine.validation.faithfulness.tuning import scores

SPLIT = "validation"
MEASURE = "normalised_comprehensiveness"


@dataclass(frozen=True)
class TuningSettings:
    """What is tried, and how it is measured.

    Attributes:
        kernel_widths: factors of the domain's kernel width.
        samples: shares of the method's samples.
        margin: how much worse than the best is hardly worse.
        faithfulness: of the measure.
        statistics: of the intervals.
        seed: seed of the validation.
    """

    kernel_widths: list[float]
    samples: list[float]
    margin: float
    faithfulness: FaithfulnessSettings
    statistics: StatisticsSettings
    seed: int


def tune_lime(
    session: Session, instances: InstanceSettings, lime: LimeSettings, settings: TuningSettings
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Choose LIME's kernel width and its number of samples by how comprehensive they make it.

    Args:
        session: the model and its game.
        instances: which instances, as in the stage `explain`.
        lime: the method's settings as configured.
        settings: what is tried.

    Returns:
        ``chosen``, the ``measure``, ``n`` and what each of the ``candidates`` reached; and the
        values of all coalitions, as in the stage `explain`.
    """
    split = session.split(SPLIT, instances)
    games = session.play(split)
    task = Task(
        session.model,
        split.examples,
        split.targets,
        session.encoding.domain,
        lime,
        derive(instances.seed, "lime", SPLIT),
        games.games.kind,
    )
    tried = play(candidates(task, settings.kernel_widths, settings.samples), games.evaluator)
    measured, scale = games, None
    if session.encoding.task == "classification":
        scale = probability
        if session.game.measured() != session.game:
            measured = session.play(split, game=session.game.measured())
    values = _scores(tried, measured, settings, scale)
    names = list(tried[0])
    # Cheaper first, then closer to the authors' width.
    preference = [(samples, abs(np.log(width))) for width, samples in names]
    place = choose(values.mean(axis=0), preference, settings.margin, higher_is_better=True)
    rows = means_with_intervals(
        values, settings.statistics, derive(settings.seed, "choice", "lime")
    )
    options = [{"kernel_width": width, "samples": samples} for width, samples in names]
    choice = {
        "chosen": options[place],
        "measure": MEASURE,
        "n": len(values),
        "candidates": [option | row for option, row in zip(options, rows, strict=True)],
    }
    coalitions = games.coalitions()
    coalitions.attrs.update(session.game_facts)
    return choice, coalitions


def _scores(
    tried: list[Candidates], games: InstanceGames, settings: TuningSettings, scale: Scale | None
) -> np.ndarray:
    """What each candidate reaches on each instance, float64 [instances, candidates]."""
    numbers = games.instances.examples.instance.tolist()
    reached = play(
        [
            scores(
                list(attributions.values()),
                settings.faithfulness,
                scale,
                np.random.default_rng(derive(settings.seed, "validate", SPLIT, number)),
            )
            for number, attributions in zip(numbers, tried, strict=True)
        ],
        games.evaluator,
    )
    # Where no ranking does better than chance, none does.
    return np.nan_to_num(np.stack(reached), nan=0.0)
