"""Stage `families`: what models of a family learn from their context, against their size."""

from dataclasses import dataclass
from pathlib import Path

from vitrine.evaluation.settings import StatisticsSettings
from vitrine.reads import key
from vitrine.stages.stage import Cost, Stage
from vitrine.tracking.record import Record


@dataclass(frozen=True)
class Inputs:
    """The facts and tables of every model of the family."""

    facts: list[Path]
    tables: list[Path]


@dataclass(frozen=True)
class Outputs:
    """See `vitrine.language.analyse_family.analyse_family`."""

    analysis: Path
    curves: Path


@dataclass(frozen=True)
class Settings:
    """How sure the figures are."""

    statistics: StatisticsSettings = key("statistics")


STAGE = Stage(
    name="families",
    order=180,
    settings=Settings,
    cost=Cost(900, 5),
)


def run(inputs: Inputs, outputs: Outputs, settings: Settings, record: Record) -> None:
    """Analyse the family; records the mean of every metric of every model."""
    from vitrine.language.analyse_family import analyse_family

    analyse_family(
        [path.parent for path in inputs.facts],
        outputs.analysis,
        outputs.curves,
        statistics=settings.statistics,
        record=record,
    )
