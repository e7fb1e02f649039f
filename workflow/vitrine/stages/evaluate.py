"""Stage `evaluate`: a model's predictions and metrics on validation and test."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.files import ModelFiles
from vitrine.reads import key, wildcard
from vitrine.stages.stage import Cost, Stage, Target
from vitrine.tracking.record import Record

if TYPE_CHECKING:
    from vitrine.models.machine import Machine


@dataclass(frozen=True)
class Inputs(ModelFiles):
    """The model, the splits, and what the baselines predict."""

    validation: Path
    test: Path
    baselines: Path


@dataclass(frozen=True)
class Outputs:
    """Metrics with intervals, and the predictions."""

    evaluation: Path
    predictions: Path


@dataclass(frozen=True)
class Settings:
    """Which model it is, and how sure the figures are."""

    study: str = wildcard("study")
    scale: str = wildcard("scale")
    seed: int = wildcard("seed")
    statistics: StatisticsSettings = key("statistics")


STAGE = Stage(
    name="evaluate",
    order=60,
    settings=Settings,
    cost=Cost(1000, 5, model=True),
    target=Target("models", ("evaluation.json",)),
)


def run(
    inputs: Inputs, outputs: Outputs, settings: Settings, machine: "Machine", record: Record
) -> None:
    """Predict both splits, summarise with intervals and compare; records the metrics."""
    import pandas as pd

    from vitrine.evaluation.against import compare_with_baselines
    from vitrine.evaluation.predict import load_split, predict
    from vitrine.evaluation.summary import summarise
    from vitrine.explaining.session import ModelSession
    from vitrine.files import write_json, write_table
    from vitrine.seeds import derive

    session = ModelSession.open(inputs, machine)
    encoding, model = session.encoding, session.model
    predictions = pd.concat(
        [
            predict(model, load_split(inputs.data, split, encoding, model), encoding)
            for split in ("validation", "test")
        ],
        ignore_index=True,
    )
    write_table(outputs.predictions, predictions)
    seed = derive(settings.seed, "evaluate")
    summary = summarise(predictions, encoding.task, encoding.classes, settings.statistics, seed)
    record.metrics({f"{row['split']}/{row['metric']}": row["value"] for row in summary["metrics"]})
    against = compare_with_baselines(
        predictions,
        pd.read_parquet(inputs.baselines),
        encoding.task,
        encoding.classes,
        settings.statistics,
        seed,
    )
    facts = {
        "study": settings.study,
        "scale": settings.scale,
        "seed": settings.seed,
        "task": encoding.task,
        "parameters": sum(weight.numel() for weight in model.parameters()),
    }
    write_json(outputs.evaluation, facts | summary | {"against": against})
