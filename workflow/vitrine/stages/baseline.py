"""Stage `baseline`: what classical models reach on the same splits."""

from dataclasses import dataclass
from pathlib import Path

from vitrine.evaluation.settings import StatisticsSettings
from vitrine.reads import key
from vitrine.stages.stage import Cost, Stage, Target
from vitrine.tracking.record import Record


@dataclass(frozen=True)
class Inputs:
    """The prepared data."""

    train: Path
    validation: Path
    test: Path
    encoding: Path


@dataclass(frozen=True)
class Outputs:
    """The metrics of every baseline, and its predictions."""

    evaluation: Path
    predictions: Path


@dataclass(frozen=True)
class Settings:
    """What chooses their settings, and how sure the figures are."""

    metric: str = key("study.metric")
    statistics: StatisticsSettings = key("statistics")


SEED = 0


STAGE = Stage(
    name="baseline",
    order=20,
    settings=Settings,
    cost=Cost(800, 5),
    target=Target("study", ("baseline/evaluation.json",)),
)


def run(inputs: Inputs, outputs: Outputs, settings: Settings, record: Record) -> None:
    """Fit the baselines of a study's domain; records the metrics of each."""
    from vitrine.evaluation.fit_baselines import fit_baselines
    from vitrine.files import write_json, write_table

    data = inputs.encoding.parent
    evaluation, predictions = fit_baselines(data, settings.metric, settings.statistics, SEED)
    write_json(outputs.evaluation, evaluation)
    write_table(outputs.predictions, predictions)
    record.metrics(
        {
            f"{row['split']}/{row['metric']}/{name}": row["value"]
            for name, baseline in evaluation["baselines"].items()
            for row in baseline["metrics"]
        }
    )
