"""Stage `select`: the model of a study that does best on the validation split."""

from pathlib import Path

from vitrine.evaluation.metrics import METRICS
from vitrine.files import read_json, write_json
from vitrine.tracking.record import Record


def select_model(evaluations: list[Path], output: Path, *, metric: str, record: Record) -> None:
    """Choose by one metric on validation; the smaller model wins a tie.

    Args:
        evaluations: the evaluations of all candidates.
        output: file to write.
        metric: the study's metric.
        record: gets the choice.
    """
    candidates = []
    for path in evaluations:
        evaluation = read_json(path)
        (value,) = (
            row["value"]
            for row in evaluation["metrics"]
            if row["split"] == "validation" and row["metric"] == metric
        )
        candidates.append(evaluation | {"value": value})
    sign = 1 if METRICS[metric].higher_is_better else -1
    best = max(candidates, key=lambda one: (sign * one["value"], -one["parameters"]))
    record.tag("chosen", f"{best['scale']} seed {best['seed']}")
    record.metrics({f"validation/{metric}": best["value"]})
    write_json(
        output,
        {key: best[key] for key in ("study", "scale", "seed")}
        | {"metric": metric, "split": "validation", "value": best["value"]}
        | {
            "candidates": [
                {key: one[key] for key in ("scale", "seed", "parameters", "value")}
                for one in candidates
            ]
        },
    )
