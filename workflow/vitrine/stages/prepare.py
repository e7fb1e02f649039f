"""Stage `prepare`: from a source to splits, encoding and datasheet."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vitrine.reads import key, wildcard
from vitrine.stages.stage import Cost, Stage, Target
from vitrine.tracking.record import Record


@dataclass(frozen=True)
class Inputs:
    """The files of a user's own data that are on this machine."""

    files: list[Path]


@dataclass(frozen=True)
class Outputs:
    """The splits, how they are encoded, what the entries of the vocabulary are, and the facts."""

    train: Path
    validation: Path
    test: Path
    encoding: Path
    catalog: Path
    datasheet: Path


@dataclass(frozen=True)
class Settings:
    """What the study says of its data."""

    study: str = wildcard("study")
    source: str = key("study.source")
    data: dict[str, Any] | None = key("study.data")
    split: dict[str, Any] = key("study.split")
    players: int = key("study.players")
    vocabulary: dict[str, Any] = key("study.vocabulary")


STAGE = Stage(
    name="prepare",
    order=10,
    settings=Settings,
    cost=Cost(800, 5),
    target=Target("study", ("data/datasheet.json",)),
)


def run(inputs: Inputs, outputs: Outputs, settings: Settings, record: Record) -> None:
    """Prepare the data; records the headline numbers of the datasheet."""
    raise NotImplementedError
