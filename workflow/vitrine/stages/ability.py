"""Stage `ability`: one ability at one size, trained with every seed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from vitrine.emergence import train_ability as ability
from vitrine.emergence.registry import ABILITIES
from vitrine.tracking.record import Record


def train_ability(
    facts: Path,
    curves: Path,
    evaluation: Path,
    mechanism: Path,
    checkpoints: Path,
    *,
    name: str,
    settings: Mapping[str, Any],
    threads: int,
    record: Record,
    **options: Any,
) -> None:
    """Train an ability; see `vitrine.emergence.train_ability`."""
    torch.set_num_threads(threads)
    files = ability.AbilityFiles(facts, curves, evaluation, mechanism, checkpoints)
    checked = ABILITIES[name].settings.model_validate(dict(settings))
    ability.train_ability(files, name=name, settings=checked, record=record, **options)
