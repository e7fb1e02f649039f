"""Stage `ability`: one ability at one size, trained with every seed."""

import logging
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from safetensors.torch import save_file

from vitrine.emergence.ability import Ability
from vitrine.emergence.checkpoints import interesting
from vitrine.emergence.examine import examine
from vitrine.emergence.registry import ability as of_name
from vitrine.emergence.training import train
from vitrine.files import atomic, write_json, write_table
from vitrine.seeds import derive
from vitrine.tracking.record import Record

log = logging.getLogger(__name__)


def train_ability(
    facts: Path,
    curves: Path,
    evaluation: Path,
    mechanism: Path,
    checkpoints: Path,
    *,
    name: str,
    size: str,
    settings: Mapping[str, Any],
    measurements: int,
    final_predictions: int,
    threads: int,
    record: Record,
) -> None:
    """Train an ability and look into what was learned.

    Args:
        facts: file to write: name, size, settings and anchors (JSON).
        curves: file to write: ``seed, step, metric, value``.
        evaluation: file to write: the kept checkpoints on more test items, ``seed, checkpoint,
            step, metric, value``.
        mechanism: file to write: ``seed, checkpoint, measure, layer, head, value``.
        checkpoints: folder to write: weights as ``seed<k>-<checkpoint>.safetensors``.
        name: of the ability.
        size: name of the size.
        settings: of that size, the number of ``seeds`` among them.
        measurements: how often each training is measured.
        final_predictions: test predictions of the kept checkpoints, at least.
        threads: CPU threads of torch.
        record: gets every seed's curve as metrics ``<metric>/seed<k>``.
    """
    torch.set_num_threads(threads)
    ability = of_name(name, settings)
    anchors = ability.anchors()
    checkpoints.mkdir(parents=True, exist_ok=True)
    tables: dict[str, list[pd.DataFrame]] = {"curves": [], "evaluation": [], "mechanism": []}
    for seed in range(settings["seeds"]):

        def report(values: dict[str, float], step: int, seed: int = seed) -> None:
            record.metrics({f"{key}/seed{seed}": value for key, value in values.items()}, step)

        trained = train(ability, seed=seed, measurements=measurements, report=report)
        items = _final_items(ability, seed, final_predictions)
        kept = interesting(trained.curve, anchors)
        for checkpoint, step in kept.items():
            with atomic(checkpoints / f"seed{seed}-{checkpoint}.safetensors") as temporary:
                save_file(trained.states[step], temporary)
            trained.model.load_state_dict(trained.states[step])
            found = ability.measure(trained.model, items)
            tables["evaluation"].append(
                pd.DataFrame(
                    [
                        {"seed": seed, "checkpoint": checkpoint, "step": step, "metric": metric}
                        | {"value": value}
                        for metric, value in found.items()
                    ]
                )
            )
            if checkpoint == "end":
                few = tuple(part[:1000] for part in items)
                tables["mechanism"].append(
                    examine(ability, trained.model, few).assign(seed=seed, checkpoint=checkpoint)
                )
                log.info(
                    "seed %d: %s %.4f (reference %.4f, optimum %.4f)",
                    seed,
                    anchors.metric,
                    found[anchors.metric],
                    anchors.reference,
                    anchors.optimum,
                )
                record.metrics({f"final/{anchors.metric}/seed{seed}": found[anchors.metric]})
        tables["curves"].append(trained.curve.assign(seed=seed))
    parameters = sum(weight.numel() for weight in trained.model.parameters())
    record.params({"parameters": parameters})
    write_json(
        facts,
        {
            "ability": name,
            "size": size,
            "settings": dict(settings),
            "parameters": parameters,
            "metric": anchors.metric,
            "reference": anchors.reference,
            "optimum": anchors.optimum,
            "lines": anchors.lines,
        },
    )
    for path, key in ((curves, "curves"), (evaluation, "evaluation"), (mechanism, "mechanism")):
        table = pd.concat(tables[key], ignore_index=True)
        first = [column for column in ("seed", "checkpoint", "step") if column in table]
        write_table(path, table[[*first, *(c for c in table if c not in first)]])


def _final_items(ability: Ability, seed: int, predictions: int) -> Any:
    split = ability.split(np.random.default_rng(derive(seed, "split")))
    if split is not None:
        return split[1]
    count = math.ceil(predictions / ability.predictions)
    return ability.test(count, np.random.default_rng(derive(0, "final test")))
