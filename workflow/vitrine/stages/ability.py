"""Stage `ability`: one ability at one size, trained with every seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitrine.emergence.registry import ABILITIES
from vitrine.reads import key, wildcard
from vitrine.stages.stage import Config, Cost, Stage, Wildcards
from vitrine.tracking.record import Record

if TYPE_CHECKING:
    from vitrine.models.machine import Machine


@dataclass(frozen=True)
class Inputs:
    """Nothing is read: the task is generated."""


@dataclass(frozen=True)
class Outputs:
    """See `vitrine.emergence.train_ability.AbilityFiles`."""

    facts: Path
    curves: Path
    evaluation: Path
    mechanism: Path
    losses: Path
    checkpoints: Path


@dataclass(frozen=True)
class Settings:
    """The ability, one of its sizes, and how often it is measured."""

    name: str = wildcard("ability")
    size: str = wildcard("size")
    ability: dict[str, Any] = key("ability")
    measurements: int = key("abilities.measurements")
    final_predictions: int = key("abilities.final_predictions")


def task_code(_config: Config, wildcards: Wildcards) -> Sequence[str]:
    """The task of the ability."""
    return [ABILITIES[wildcards["ability"]].module]


STAGE = Stage(
    name="ability",
    order=150,
    settings=Settings,
    cost=Cost(1700, 15),
    code=task_code,
)


def run(outputs: Outputs, settings: Settings, machine: "Machine", record: Record) -> None:
    """Train the ability with every seed; records the curves and the final values."""
    from vitrine.emergence.train_ability import AbilityFiles, train_ability

    machine.device()
    train_ability(
        AbilityFiles(**vars(outputs)),
        name=settings.name,
        size=settings.size,
        settings=ABILITIES[settings.name].settings.model_validate(settings.ability),
        measurements=settings.measurements,
        final_predictions=settings.final_predictions,
        record=record,
    )
