"""One ability at one size, trained with every seed: curves, checkpoints and the mechanism."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from safetensors.torch import save_file

from vitrine.emergence.checkpoints import moments
from vitrine.emergence.examine import examine
from vitrine.emergence.losses import stack
from vitrine.emergence.registry import task as task_of
from vitrine.emergence.settings import AbilitySettings
from vitrine.emergence.task import Task
from vitrine.emergence.training import TrainingRun, train
from vitrine.evaluation.progress import Anchors
from vitrine.files import atomic, write_json, write_table
from vitrine.tracking.record import Record

log = logging.getLogger(__name__)

# Test items with which the mechanism is examined, at most.
EXAMINED = 1000


@dataclass(frozen=True)
class AbilityFiles:
    """The files of one size of an ability.

    Attributes:
        facts: name, size, settings and anchors (JSON).
        curves: ``seed, step, metric, value``.
        evaluation: the saved checkpoints on more test items, ``seed, checkpoint, step, metric,
            value``.
        mechanism: ``seed, checkpoint, measure, layer, head, value``.
        losses: of every test item at every measurement, see `vitrine.emergence.losses`.
        checkpoints: folder of weights, ``seed<k>-<checkpoint>.safetensors``.
    """

    facts: Path
    curves: Path
    evaluation: Path
    mechanism: Path
    losses: Path
    checkpoints: Path


@dataclass
class _Tables:
    """Parts of the tables, one or more for every seed."""

    curves: list[pd.DataFrame] = field(default_factory=list)
    evaluation: list[pd.DataFrame] = field(default_factory=list)
    mechanism: list[pd.DataFrame] = field(default_factory=list)


def train_ability(
    files: AbilityFiles,
    *,
    name: str,
    size: str,
    settings: AbilitySettings,
    measurements: int,
    final_predictions: int,
    record: Record,
) -> None:
    """Train an ability with every seed and examine what was learned.

    Args:
        files: to write.
        name: of the ability.
        size: name of the size.
        settings: of that size, the number of ``seeds`` among them.
        measurements: number of measurements of each training.
        final_predictions: minimum number of test predictions of the saved checkpoints.
        record: gets every seed's curve as metrics ``<metric>/seed<k>``.
    """
    task = task_of(name, settings)
    anchors = task.anchors()
    files.checkpoints.mkdir(parents=True, exist_ok=True)
    tables = _Tables()
    plain = settings.plain()
    losses = []
    for seed in range(plain["seeds"]):

        def report(values: dict[str, float], step: int, seed: int = seed) -> None:
            record.metrics({f"{key}/seed{seed}": value for key, value in values.items()}, step)

        run = train(task, seed=seed, measurements=measurements, report=report)
        _save_checkpoints(run, anchors, files.checkpoints, seed)
        _evaluate(task, run, tables, seed, final_predictions, record)
        tables.curves.append(run.curve.assign(seed=seed))
        losses.append(run.losses)
    parameters = sum(weight.numel() for weight in run.model.parameters())
    record.params({"parameters": parameters})
    write_json(
        files.facts,
        {
            "ability": name,
            "size": size,
            "settings": plain,
            "parameters": parameters,
            "metric": anchors.metric,
            "predictor": anchors.predictor,
            "reference": anchors.reference,
            "optimum": anchors.optimum,
            "lines": anchors.lines,
        },
    )
    _write(files.curves, tables.curves)
    _write(files.evaluation, tables.evaluation)
    _write(files.mechanism, tables.mechanism)
    stack(sorted(run.states), losses).save(files.losses)


def _save_checkpoints(run: TrainingRun, anchors: Anchors, folder: Path, seed: int) -> None:
    for checkpoint, step in moments(run.curve, anchors).items():
        with atomic(folder / f"seed{seed}-{checkpoint}.safetensors") as temporary:
            save_file(run.states[step], temporary)


def _evaluate(
    task: Task[Any],
    run: TrainingRun,
    tables: _Tables,
    seed: int,
    final_predictions: int,
    record: Record,
) -> None:
    """Measure the saved checkpoints on more test items, and examine the last one."""
    anchors = task.anchors()
    items = task.final_test_set(seed, final_predictions)
    for checkpoint, step in moments(run.curve, anchors).items():
        run.model.load_state_dict(run.states[step])
        values = task.measure(run.model, items)
        rows = _rows(values, {"seed": seed, "checkpoint": checkpoint, "step": step})
        tables.evaluation.append(pd.DataFrame(list(rows)))
        if checkpoint == "end":
            few = tuple(part[:EXAMINED] for part in items)
            mechanism = examine(task, run.model, few)
            tables.mechanism.append(mechanism.assign(seed=seed, checkpoint=checkpoint))
            log.info(
                "seed %d: %s %.4f (reference %.4f, optimum %.4f)",
                seed,
                anchors.metric,
                values[anchors.metric],
                anchors.reference,
                anchors.optimum,
            )
            record.metrics({f"final/{anchors.metric}/seed{seed}": values[anchors.metric]})


def _rows(values: dict[str, float], place: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for metric, value in values.items():
        yield place | {"metric": metric, "value": value}


def _write(path: Path, parts: list[pd.DataFrame]) -> None:
    """Write parts of a table as one, what identifies a row first."""
    table = pd.concat(parts, ignore_index=True)
    first = [column for column in ("seed", "checkpoint", "step") if column in table]
    write_table(path, table[[*first, *(column for column in table if column not in first)]])
