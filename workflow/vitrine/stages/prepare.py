"""Stage `prepare`: from a source to splits, encoding and datasheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vitrine.data.domains.registry import READING
from vitrine.data.settings import StudyData
from vitrine.reads import key, wildcard
from vitrine.stages.stage import Config, Cost, Stage, Target, Wildcards
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
    data: StudyData = key("study")


def reading_code(_config: Config, _wildcards: Wildcards) -> Sequence[str]:
    """What reads the user's own data of every domain."""
    return list(READING.values())


STAGE = Stage(
    name="prepare",
    order=10,
    settings=Settings,
    cost=Cost(800, 5),
    target=Target("study", ("data/datasheet.json",)),
    code=reading_code,
)


def run(outputs: Outputs, settings: Settings, record: Record) -> None:
    """Prepare the data; records the headline numbers of the datasheet."""
    from vitrine.data.prepare import prepare_study

    headline = prepare_study(settings.study, settings.data, outputs.datasheet.parent)
    record.metrics(headline)
