"""Stage `validate`: faithfulness of every method, and calibration under feature removal."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.files import GameFiles
from vitrine.explaining.settings import InstanceSettings, RemovalSettings
from vitrine.reads import group, key
from vitrine.stages.stage import Cost, Stage, Target
from vitrine.tracking.record import Record
from vitrine.validation.calibration.settings import RemovalCheckSettings
from vitrine.validation.faithfulness.settings import FaithfulnessSettings

if TYPE_CHECKING:
    from vitrine.models.machine import Machine


@dataclass(frozen=True)
class Inputs(GameFiles):
    """The model, its instances, what explaining gave, and two control models of the first scale.

    Attributes:
        attributions, coalitions: one table per method.
        with_dropping, without_dropping: weights of the control models, where there are any.
        control_architecture: of both.
    """

    attributions: list[Path]
    coalitions: list[Path]
    with_dropping: Path | None
    without_dropping: Path | None
    control_architecture: Path | None

    @property
    def controls(self) -> dict[str, tuple[Path, Path]]:
        """Weights and architecture of the control models by name."""
        models = {name: getattr(self, name) for name in ("with_dropping", "without_dropping")}
        return {
            name: (weights, self.control_architecture)
            for name, weights in models.items()
            if weights is not None and self.control_architecture is not None
        }


@dataclass(frozen=True)
class Outputs:
    """What is written.

    Attributes:
        faithfulness: table ``split, instance, method, measure, value``.
        means: table of every method, see `vitrine.validation.means.method_means`.
        comparisons: table of every pair of methods, see `vitrine.validation.comparison.compare`.
        verdict: JSON, see `vitrine.validation.verdict.judge`.
        removal: table, see `vitrine.explaining.faithfulness.measure_removal`.
    """

    faithfulness: Path
    means: Path
    comparisons: Path
    verdict: Path
    removal: Path


@dataclass(frozen=True)
class Settings:
    """Which instances and game, and how they are measured."""

    instances: InstanceSettings = group(InstanceSettings)
    removal: RemovalSettings = group(RemovalSettings)
    faithfulness: FaithfulnessSettings = key("validation")
    check: RemovalCheckSettings = key("validation.removal")
    seed: int = key("validation.seed")
    statistics: StatisticsSettings = key("statistics")


STAGE = Stage(
    name="validate",
    order=130,
    settings=Settings,
    cost=Cost(1100, 10, model=True, coalitions=2),
    target=Target("chosen", ("faithfulness.parquet",)),
)


def run(
    inputs: Inputs, outputs: Outputs, settings: Settings, machine: "Machine", record: Record
) -> None:
    """Measure all methods on the same instances; records the mean of each measure."""
    import pandas as pd

    from vitrine.attribution.registry import FLOOR
    from vitrine.explaining.faithfulness import measure_faithfulness, measure_removal
    from vitrine.explaining.selection import instance_weights
    from vitrine.explaining.session import Session
    from vitrine.explaining.tables import read_tables, weighted_means
    from vitrine.files import write_json, write_table
    from vitrine.validation.comparison import compare
    from vitrine.validation.means import method_means
    from vitrine.validation.registry import MEASURES
    from vitrine.validation.verdict import judge

    session = Session.of_game(inputs, machine, settings.removal.game())
    table = measure_faithfulness(
        session,
        settings.instances,
        read_tables(inputs.attributions),
        session.cache(inputs.coalitions),
        settings=settings.faithfulness,
        seed=settings.seed,
    )
    write_table(outputs.faithfulness, table)
    weights = instance_weights(pd.read_parquet(inputs.predictions), table)
    means = method_means(table, weights, settings.statistics, settings.seed)
    write_table(outputs.means, means)
    compared = compare(table, weights, settings.statistics, settings.seed)
    write_table(outputs.comparisons, compared)
    verdict = judge(table, means, compared, settings.statistics.margin, floor=FLOOR)
    write_json(outputs.verdict, verdict)
    controls = {name: session.load(*files) for name, files in inputs.controls.items()}
    removal = measure_removal(
        session,
        controls,
        check=settings.check,
        statistics=settings.statistics,
        seed=settings.seed,
    )
    write_table(outputs.removal, removal)
    headline = table[table.measure.isin([*MEASURES, "ceiling_settled"])]
    record.metrics(weighted_means(headline, weights))
