"""Stage `language`: a small language model of ours, trained on a study's texts and exported."""

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
    """The prepared data of the family's study."""

    train: Path
    test: Path
    encoding: Path


@dataclass(frozen=True)
class Outputs:
    """Weights, architecture and tokenizer, and the same model as a folder of transformers."""

    model: Path
    architecture: Path
    tokenizer: Path
    folder: Path


@dataclass(frozen=True)
class Settings:
    """The family with this one of its models."""

    family: FamilySettings = key("trained")


STAGE = Stage(
    name="language",
    order=170,
    settings=Settings,
    cost=Cost(1600, 30, model=True),
)


def run(
    inputs: Inputs, outputs: Outputs, settings: Settings, machine: "Machine", record: Record
) -> None:
    """Train the language model; records the loss."""
    from vitrine.language.train_member import train_member

    train_member(
        inputs.encoding.parent,
        outputs.model.parent,
        family=settings.family,
        machine=machine,
        record=record,
    )
