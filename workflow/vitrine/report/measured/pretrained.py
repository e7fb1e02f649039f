"""The numbers of studies with pretrained models that the documents show."""

from pathlib import Path
from typing import Any

from vitrine.data.readers.bad import BadDataError
from vitrine.files import read_json
from vitrine.report.measured.jobs import cpu_seconds, finished_jobs, provenance

# Whose cost is stated, in the order to show.
STAGES = ("train", "explain", "robustness", "validate", "permuted", "tune")


def measure_pretrained(root: Path) -> dict[str, Any]:
    """The numbers of all studies of a run whose chosen model is a pretrained one.

    Args:
        root: the folder of results.

    Returns:
        ``made`` (see `provenance`) and ``studies``: of each the ``model``, its ``parameters``,
        ``difference`` (see `vitrine.models.pretrained.parity.Parity`), ``metrics`` on test, those
        of every baseline, and ``cpu_seconds`` by stage and of all jobs.

    Raises:
        BadDataError: there is no such study.
    """
    studies, jobs = {}, []
    for path in sorted(root.glob("*/chosen.json")):
        choice = read_json(path)
        folder = path.parent
        model = folder / choice["scale"] / f"seed{choice['seed']}"
        evaluation = read_json(model / "evaluation.json")
        if "parity" not in evaluation:
            continue
        baselines = read_json(folder / "baseline" / "evaluation.json")["baselines"]
        jobs += finished_jobs(model, "evaluate")
        studies[folder.name] = {
            "model": f"{choice['scale']}, seed {choice['seed']}",
            "parameters": evaluation["parameters"],
            "difference": evaluation["parity"]["difference"],
            "metrics": _on_test(evaluation["metrics"]),
            "baselines": {
                facts["title"]: _on_test(facts["metrics"]) for facts in baselines.values()
            },
            "cpu_seconds": {stage: cpu_seconds(folder, stage) for stage in STAGES}
            | {"all": cpu_seconds(folder)},
        }
    if not jobs:
        raise BadDataError(
            root,
            "it has no study with a pretrained model; `make run CONFIG=config/pretrained.yaml` "
            "makes one",
        )
    return {"made": provenance(jobs), "studies": studies}


def _on_test(metrics: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    return {
        row["metric"]: {key: row[key] for key in ("value", "low", "high", "n")}
        for row in metrics
        if row["split"] == "test"
    }
