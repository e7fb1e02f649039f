"""Stage `depth`: what every layer of a study's models encodes, and the value of context."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vitrine.reads import key
from vitrine.stages.stage import Cost, Stage, Target
from vitrine.tracking.record import Record

if TYPE_CHECKING:
    from vitrine.models.machine import Machine


@dataclass(frozen=True)
class Inputs:
    """The prepared data, and weights and architectures of all models in the same order."""

    train: Path
    test: Path
    encoding: Path
    models: list[Path]
    architectures: list[Path]


@dataclass(frozen=True)
class Outputs:
    """Two tables, see `vitrine.emergence.depth.probe_study`."""

    layers: Path
    context: Path


@dataclass(frozen=True)
class Settings:
    """How many test instances are probed."""

    instances: int = key("abilities.probed_instances")


STAGE = Stage(
    name="depth",
    order=145,
    settings=Settings,
    cost=Cost(1000, 5, model=True),
    target=Target("study", ("depth.parquet",)),
)


def run(
    inputs: Inputs, outputs: Outputs, settings: Settings, machine: "Machine", record: Record
) -> None:
    """Probe all models of a study; records their in-context learning scores."""
    from vitrine.emergence.depth import ModelFolder, probe_study

    folders = [path.parent for path in inputs.models]
    probe_study(
        inputs.encoding.parent,
        [
            ModelFolder(folder.parent.name, int(folder.name.removeprefix("seed")), folder)
            for folder in folders
        ],
        outputs.layers,
        outputs.context,
        instances=settings.instances,
        machine=machine,
        record=record,
    )
