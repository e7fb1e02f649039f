"""Stage `explain`: the attributions of one method for the explained instances of a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitrine.attribution.registry import METHODS
from vitrine.explaining.files import GameFiles
from vitrine.explaining.settings import GameSettings, InstanceSettings
from vitrine.reads import group, key, wildcard
from vitrine.stages.stage import Config, Cost, Stage, Target, Wildcards
from vitrine.tracking.record import Record

if TYPE_CHECKING:
    from vitrine.models.machine import Machine


@dataclass(frozen=True)
class Inputs(GameFiles):
    """The model and its instances; for a tuned method the choice and its coalitions."""

    tuned: list[Path]


@dataclass(frozen=True)
class Outputs:
    """Tables of attributions, diagnostics and coalitions; see `vitrine.explaining.attributions`."""

    attributions: Path
    diagnostics: Path
    coalitions: Path


@dataclass(frozen=True)
class Settings:
    """Which instances, which game, which method."""

    method: str = wildcard("method")
    configured: dict[str, Any] = key("method")
    instances: InstanceSettings = group(InstanceSettings)
    game: GameSettings = group(GameSettings)


def method_code(_config: Config, wildcards: Wildcards) -> Sequence[str]:
    """The code of the job's method."""
    return [METHODS[wildcards["method"]].implementation]


STAGE = Stage(
    name="explain",
    order=110,
    settings=Settings,
    cost=Cost(1000, 10, model=True, coalitions=1),
    target=Target("chosen", ("attributions/{method}.parquet",)),
    code=method_code,
)


def run(
    inputs: Inputs, outputs: Outputs, settings: Settings, machine: "Machine", record: Record
) -> None:
    """Explain the instances of validation and test with one method."""
    from vitrine.explaining.attributions import explain_splits
    from vitrine.explaining.method_settings import resolve_method
    from vitrine.explaining.session import Session

    # Of a tuned method: its choice, and the coalitions that tuning evaluated.
    choice = inputs.tuned[0] if inputs.tuned else None
    tables = explain_splits(
        Session.of_game(inputs, machine, settings.game),
        settings.instances,
        settings.method,
        resolve_method(settings.method, settings.configured, choice),
        evaluated=inputs.tuned[1:],
        machine=machine,
        record=record,
    )
    tables.write(outputs.attributions, outputs.diagnostics, outputs.coalitions)
