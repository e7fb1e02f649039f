"""The numbers of families of language models that the documents show."""

from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.data.readers.bad import BadDataError
from vitrine.files import read_json
from vitrine.report.measured.jobs import cpu_seconds, finished_jobs, provenance


def measure_families(root: Path) -> dict[str, Any]:
    """The numbers of all families of a run.

    Args:
        root: the folder of results.

    Returns:
        ``made`` (see `provenance`), ``cpu_seconds`` of training and measurement, and ``families``:
        the facts of each model with its ``figures``, means by metric, and the values of uniform
        attention.

    Raises:
        BadDataError: there is no analysed family.
    """
    folder = root / "families"
    paths = sorted(folder.glob("*/emergence.json"))
    jobs = finished_jobs(folder, "family")
    if not paths or not jobs:
        raise BadDataError(
            folder, "it has no family; `make run CONFIG=config/family.yaml` makes one"
        )
    return {
        "made": provenance(jobs),
        "cpu_seconds": cpu_seconds(folder, "language", "family", "families"),
        "families": {path.parent.name: _measure_family(path) for path in paths},
    }


def _measure_family(path: Path) -> dict[str, Any]:
    analysis = read_json(path)
    figures = pd.DataFrame(analysis["figures"]).pivot(
        index="member", columns="metric", values="mean"
    )
    return {
        "models": {
            facts["member"]: {
                "parameters": facts["parameters"],
                "layers": facts["layers"],
                "heads": facts["heads"],
                "difference": facts["parity"]["difference"],
                "figures": figures.loc[facts["member"]].to_dict(),
            }
            for facts in analysis["models"]
        },
        "uniform": {ability["metric"]: ability["reference"] for ability in analysis["abilities"]},
        "shots": analysis["shots"],
    }
