"""Stage `removal`: what removed players become, chosen on validation."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vitrine.data.encoding import load_encoding
from vitrine.evaluation.predict import load_split, some_of
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.game_settings import GameSettings
from vitrine.files import write_json
from vitrine.models.machine import Machine
from vitrine.models.storage import load_model
from vitrine.seeds import derive
from vitrine.tracking.record import Record
from vitrine.validation.calibration.in_distribution import log_losses
from vitrine.validation.choice import choose, means_with_intervals

SPLIT = "validation"


def choose_removal(
    data: Path,
    model: Path,
    shape: Path,
    choice: Path,
    *,
    kinds: Sequence[str],
    margin: float,
    game: GameSettings,
    check: Mapping[str, Any],
    validation_seed: int,
    statistics: StatisticsSettings,
    machine: Machine,
    record: Record,
) -> None:
    """Choose the removal that leaves the model the best predictions of what is true.

    Args:
        data: the study's data folder.
        model, shape: the model's files.
        choice: JSON to write: ``chosen``, the ``measure``, ``n`` and what each of the
            ``candidates`` reached.
        kinds: removals to try, the preferred first.
        margin: how much worse than the best, in nats, is hardly worse.
        game: of the explanations.
        check: ``instances`` and ``shares`` of the check of removal.
        validation_seed: seed of the validation.
        statistics: ``bootstrap`` and ``confidence``.
        machine: threads of torch and graphics cards.
        record: gets the mean of each candidate.
    """
    device = machine.device()
    encoding = load_encoding(data)
    trained = load_model(model, shape).to(device)
    seed = derive(validation_seed, "choice")
    split = some_of(load_split(data, SPLIT, encoding, trained), check["instances"], seed)
    examples = split.examples
    if encoding.task == "ranking":
        examples = examples.take(np.flatnonzero(examples.labels > 0))
    losses = np.stack(
        [
            log_losses(
                trained,
                game.settled(kind).removal_of(examples, data, encoding),
                check["shares"],
                np.random.default_rng(seed),
            )
            for kind in kinds
        ],
        axis=1,
    )
    place = choose(losses.mean(axis=0), range(len(kinds)), margin, higher_is_better=False)
    rows = means_with_intervals(losses, statistics, seed)
    result = {
        "chosen": kinds[place],
        "measure": "log_loss",
        "n": len(losses),
        "candidates": [{"removal": kind} | row for kind, row in zip(kinds, rows, strict=True)],
    }
    write_json(choice, result)
    record.metrics({f"{kind}/log_loss": row["mean"] for kind, row in zip(kinds, rows, strict=True)})
