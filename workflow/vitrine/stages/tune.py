"""Stage `tune`: LIME's kernel width and its number of samples, chosen on validation."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vitrine.attribution.methods.lime import LimeSettings
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.files import GameFiles
from vitrine.explaining.settings import GameSettings, InstanceSettings
from vitrine.reads import group, key
from vitrine.stages.stage import Cost, Stage, Target
from vitrine.tracking.record import Record
from vitrine.validation.faithfulness.settings import FaithfulnessSettings

if TYPE_CHECKING:
    from vitrine.models.machine import Machine

Inputs = GameFiles


@dataclass(frozen=True)
class Outputs:
    """The choice, as that of the stage `removal`, and the values of all coalitions."""

    choice: Path
    coalitions: Path


@dataclass(frozen=True)
class Settings:
    """What is tried, and how it is measured."""

    instances: InstanceSettings = group(InstanceSettings)
    game: GameSettings = group(GameSettings)
    lime: LimeSettings = key("explanation.lime")
    kernel_widths: list[float] = key("explanation.choice.kernel_widths")
    samples: list[float] = key("explanation.choice.samples")
    margin: float = key("explanation.choice.margin")
    faithfulness: FaithfulnessSettings = key("validation")
    seed: int = key("validation.seed")
    statistics: StatisticsSettings = key("statistics")


STAGE = Stage(
    name="tune",
    order=100,
    settings=Settings,
    cost=Cost(1000, 10, model=True, coalitions=1),
    target=Target("chosen", ("choice/lime.json",)),
)


def run(
    inputs: Inputs, outputs: Outputs, settings: Settings, machine: "Machine", record: Record
) -> None:
    """Choose the settings of LIME; records them and what they reached."""
    from vitrine.explaining.session import Session
    from vitrine.explaining.tuning import TuningSettings, tune_lime
    from vitrine.files import write_json, write_table

    choice, coalitions = tune_lime(
        Session.of_game(inputs, machine, settings.game),
        settings.instances,
        settings.lime,
        TuningSettings(
            settings.kernel_widths,
            settings.samples,
            settings.margin,
            settings.faithfulness,
            settings.statistics,
            settings.seed,
        ),
    )
    write_json(outputs.choice, choice)
    write_table(outputs.coalitions, coalitions)
    place = next(row for row in choice["candidates"] if choice["chosen"].items() <= row.items())
    record.metrics(choice["chosen"] | {choice["measure"]: place["mean"]})
