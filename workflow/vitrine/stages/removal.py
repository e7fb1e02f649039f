"""Stage `removal`: what removed features become, chosen on validation."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.files import ModelFiles
from vitrine.explaining.settings import AUTO, RemovalSettings
from vitrine.reads import group, key
from vitrine.stages.stage import Cost, Stage, Target
from vitrine.tracking.record import Record
from vitrine.validation.calibration.settings import RemovalCheckSettings

if TYPE_CHECKING:
    from vitrine.models.machine import Machine


@dataclass(frozen=True)
class Inputs(ModelFiles):
    """The model and the validation split; training rows where they stand in for features."""

    validation: Path
    background: Path | None


@dataclass(frozen=True)
class Outputs:
    """The choice: ``chosen``, ``measure``, ``n`` and what each of the ``candidates`` reached."""

    choice: Path


@dataclass(frozen=True)
class Settings:
    """What is tried, and how it is measured."""

    removal: RemovalSettings = group(RemovalSettings)
    removals: list[str] = key("explanation.choice.removals")
    margin: float = key("explanation.choice.margin")
    check: RemovalCheckSettings = key("validation.removal")
    seed: int = key("validation.seed")
    statistics: StatisticsSettings = key("statistics")


STAGE = Stage(
    name="removal",
    order=90,
    settings=Settings,
    cost=Cost(1000, 5, model=True),
    target=Target("chosen", ("choice/removal.json",)),
)


def run(
    inputs: Inputs, outputs: Outputs, settings: Settings, machine: "Machine", record: Record
) -> None:
    """Choose the removal; records the mean of each candidate."""
    from vitrine.explaining.removal_choice import choose_removal
    from vitrine.explaining.session import Session
    from vitrine.files import write_json

    configured = settings.removal.removal
    choice = choose_removal(
        Session.of_game(inputs, machine, settings.removal.game()),
        settings.removals if configured == AUTO else [configured],
        margin=settings.margin,
        check=settings.check,
        statistics=settings.statistics,
        seed=settings.seed,
    )
    write_json(outputs.choice, choice)
    record.metrics({f"{row['removal']}/log_loss": row["mean"] for row in choice["candidates"]})
