"""Stage `interactions`: how much every two features of an explained instance owe to each other."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vitrine.explaining.files import GameFiles
from vitrine.explaining.settings import GameSettings, InstanceSettings
from vitrine.reads import group, key
from vitrine.stages.stage import Cost, Stage, Target
from vitrine.tracking.record import Record

if TYPE_CHECKING:
    from vitrine.models.machine import Machine

Inputs = GameFiles


@dataclass(frozen=True)
class Outputs:
    """The table; see `vitrine.explaining.interactions.interaction_table`."""

    interactions: Path


@dataclass(frozen=True)
class Settings:
    """Which instances, which game, at what effort."""

    instances: InstanceSettings = group(InstanceSettings)
    game: GameSettings = group(GameSettings)
    evaluations: int = key("explanation.interaction_evaluations")


STAGE = Stage(
    name="interactions",
    order=120,
    settings=Settings,
    cost=Cost(1000, 10, model=True, coalitions=1),
    target=Target("chosen", ("interactions.parquet",)),
)


def run(
    inputs: Inputs, outputs: Outputs, settings: Settings, machine: "Machine", record: Record
) -> None:
    """Write the Shapley interaction indices; records how many coalitions were evaluated."""
    from vitrine.explaining.interactions import find_interactions
    from vitrine.explaining.session import Session
    from vitrine.files import write_table

    session = Session.of_game(inputs, machine, settings.game)
    table = find_interactions(session, settings.instances, settings.evaluations)
    write_table(outputs.interactions, table)
    first = table.drop_duplicates(["split", "instance"])
    record.metrics({"instances": len(first), "evaluations": int(first.evaluations.sum())})
