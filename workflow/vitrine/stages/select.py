"""Stage `select`: the model of a study that does best on the validation split."""

from dataclasses import dataclass
from pathlib import Path

from vitrine.reads import key
from vitrine.stages.stage import Cost, Stage, Target
from vitrine.tracking.record import Record


@dataclass(frozen=True)
class Inputs:
    """The evaluations of all candidates."""

    evaluations: list[Path]


@dataclass(frozen=True)
class Outputs:
    """The chosen model, and what every candidate reached."""

    choice: Path


@dataclass(frozen=True)
class Settings:
    """What chooses."""

    metric: str = key("study.metric")


STAGE = Stage(
    name="select",
    order=70,
    settings=Settings,
    cost=Cost(600, 5),
    target=Target("study", ("chosen.json",)),
)


def run(inputs: Inputs, outputs: Outputs, settings: Settings, record: Record) -> None:
    """Choose by one metric on validation; the smaller model wins a tie. Records the choice."""
    from vitrine.evaluation.metrics import METRICS
    from vitrine.files import read_json, write_json

    metric = settings.metric
    candidates = []
    for path in inputs.evaluations:
        evaluation = read_json(path)
        (value,) = (
            row["value"]
            for row in evaluation["metrics"]
            if row["split"] == "validation" and row["metric"] == metric
        )
        candidates.append(evaluation | {"value": value})
    sign = 1 if METRICS[metric].higher_is_better else -1
    best = max(candidates, key=lambda model: (sign * model["value"], -model["parameters"]))
    record.tag("chosen", f"{best['scale']} seed {best['seed']}")
    record.metrics({f"validation/{metric}": best["value"]})
    write_json(
        outputs.choice,
        {key: best[key] for key in ("study", "scale", "seed")}
        | {"metric": metric, "split": "validation", "value": best["value"]}
        | {
            "candidates": [
                {key: model[key] for key in ("scale", "seed", "parameters", "value")}
                for model in candidates
            ]
        },
    )
