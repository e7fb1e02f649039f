"""Stage `family`: what one language model of a family learns from its context."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vitrine.language.settings import FamilySettings
from vitrine.reads import key
from vitrine.stages.stage import Cost, Stage
from vitrine.tracking.record import Record

if TYPE_CHECKING:
    from vitrine.models.machine import Machine


@dataclass(frozen=True)
class Inputs:
    """The prepared data of the family's study, and the files of a model that is on this machine."""

    train: Path
    test: Path
    encoding: Path
    model: list[Path]


@dataclass(frozen=True)
class Outputs:
    """See `vitrine.language.study_member.study_member`."""

    facts: Path
    positions: Path
    heads: Path
    copying: Path
    shots: Path
    predictions: Path
    attention: Path


@dataclass(frozen=True)
class Settings:
    """The family with this one of its models, and the confidence of intervals."""

    family: FamilySettings = key("family")
    confidence: float = key("statistics.confidence")


STAGE = Stage(
    name="family",
    order=175,
    settings=Settings,
    cost=Cost(1600, 30, model=True),
)


def run(
    inputs: Inputs, outputs: Outputs, settings: Settings, machine: "Machine", record: Record
) -> None:
    """Study the language model; records a summary."""
    from vitrine.language.study_member import study_member

    study_member(
        inputs.encoding.parent,
        outputs.facts.parent,
        family=settings.family,
        confidence=settings.confidence,
        machine=machine,
        record=record,
    )
