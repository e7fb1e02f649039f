"""The numbers of a run of studies that the documents show."""

from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.data.readers.bad import BadDataError
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.files import read_json
from vitrine.report.measured.jobs import (
    cpu_seconds,
    finished_jobs,
    provenance,
    read_configuration,
)
from vitrine.validation.registry import MEASURES

FAITHFULNESS = "normalised_comprehensiveness"
LOCALISATION = [name for name, measure in MEASURES.items() if measure.category == "localisation"]
# Of a table with a row per share of removed features, the rows that are shown.
REMOVED = 0.8
# Whose cost is compared, and the stages that it is the cost of.
COSTS = {
    "attributions": ("explain",),
    "selection": ("removal", "tune"),
    "validation": ("validate", "robustness"),
}


def measure_studies(root: Path) -> dict[str, Any]:
    """The numbers of all studies of a run, on test instances.

    Args:
        root: the folder of results.

    Returns:
        ``made`` (see `provenance`), ``confidence`` of the intervals, and ``studies``, a mapping
        from each study in the order of the configuration to its numbers.

    Raises:
        BadDataError: there is no validated study.
    """
    jobs = [
        job for path in root.glob("*/chosen.json") for job in finished_jobs(path.parent, "validate")
    ]
    if not jobs:
        raise BadDataError(root, "it has no validated study; `make run` makes those of a run")
    configuration = read_configuration(root, jobs)
    statistics = StatisticsSettings(**configuration["statistics"])
    return {
        "made": provenance(jobs),
        "confidence": statistics.confidence,
        "studies": {study: _measure_study(root / study) for study in configuration["studies"]},
    }


def _measure_study(folder: Path) -> dict[str, Any]:
    choice = read_json(folder / "chosen.json")
    model = folder / choice["scale"] / f"seed{choice['seed']}"
    frame = pd.read_parquet(model / "faithfulness.parquet")
    means = pd.read_parquet(model / "means.parquet")
    means = means[means["split"] == "test"]
    settled = frame[(frame["split"] == "test") & (frame["measure"] == "ceiling_settled")]
    of_instances = settled.groupby("instance")["value"].first()
    return {
        "model": f"{choice['scale']}, seed {choice['seed']}",
        "instances": len(of_instances),
        "converged": int(of_instances.sum()),
        "faithfulness": _by_method(means, FAITHFULNESS),
        "localisation": {
            name: _by_method(means, name) for name in LOCALISATION if name in set(means["measure"])
        },
        "sanity": read_json(model / "sanity.json"),
        "removal": read_json(model / "choice" / "removal.json"),
        "tuned": {
            path.stem: read_json(path)
            for path in sorted((model / "choice").glob("*.json"))
            if path.stem != "removal"
        },
        "calibration": _calibration(pd.read_parquet(model / "removal.parquet")),
        "cpu_seconds": {name: cpu_seconds(folder, *stages) for name, stages in COSTS.items()},
    }


def _by_method(means: pd.DataFrame, measure: str) -> dict[str, dict[Any, float]]:
    """``mean``, ``low``, ``high`` and ``n`` of a measure by method."""
    rows = means[means["measure"] == measure].set_index("method")[["mean", "low", "high", "n"]]
    return {str(method): row.to_dict() for method, row in rows.iterrows()}


def _calibration(frame: pd.DataFrame) -> dict[str, dict[Any, float]]:
    """``accuracy`` and ``confidence`` of models of one scale, with and without token dropping."""
    rows = frame[(frame["split"] == "test") & (frame["removed"] == REMOVED)].set_index("model")
    pair = ["with_dropping", "without_dropping"]
    if not set(pair) <= set(rows.index):
        return {}
    return {name: rows.loc[name, ["accuracy", "confidence"]].to_dict() for name in pair}
