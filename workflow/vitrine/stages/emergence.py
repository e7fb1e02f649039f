"""Stage `emergence`: curves of all abilities to breakpoints, success rates, fits and verdicts."""

from dataclasses import dataclass
from pathlib import Path

from vitrine.evaluation.settings import StatisticsSettings
from vitrine.reads import key
from vitrine.stages.stage import Cost, Stage
from vitrine.tracking.record import Record


@dataclass(frozen=True)
class Inputs:
    """The tables of every size of every ability."""

    facts: list[Path]
    curves: list[Path]
    evaluation: list[Path]
    losses: list[Path]


@dataclass(frozen=True)
class Outputs:
    """A list of abilities with their sizes, ladders and verdicts (JSON)."""

    analysis: Path


@dataclass(frozen=True)
class Settings:
    """What counts as success, and how sure the figures are."""

    success: float = key("abilities.success")
    statistics: StatisticsSettings = key("statistics")


STAGE = Stage(
    name="emergence",
    order=160,
    settings=Settings,
    cost=Cost(900, 5),
)


def run(inputs: Inputs, outputs: Outputs, settings: Settings, record: Record) -> None:
    """Analyse all abilities; records the mean progress of every size."""
    from vitrine.emergence.summary import analyse_abilities

    analyse_abilities(
        [path.parent for path in inputs.facts],
        outputs.analysis,
        success=settings.success,
        statistics=settings.statistics,
        record=record,
    )
