"""What the records of a run state: its configuration, commit and day, and the cost of stages."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from vitrine.data.readers.bad import BadDataError
from vitrine.files import read_json
from vitrine.tracking.events import EndEvent, StartEvent, read_ends
from vitrine.tracking.paths import FOLDER, latest_records

Job = tuple[StartEvent, EndEvent]


def finished_jobs(folder: Path, *stages: str) -> list[Job]:
    """The first and the last event of finished jobs below a folder, of their last attempts.

    Args:
        folder: where records are searched for.
        stages: whose jobs; all if none is named.
    """
    ends = [
        read_ends(path)
        for path in latest_records(folder)
        if not stages or path.name.partition(".")[0] in stages
    ]
    return [
        (start, end)
        for start, end in ends
        if start is not None and end is not None and end["status"] == "FINISHED"
    ]


def cpu_seconds(folder: Path, *stages: str) -> float:
    """CPU time of the jobs that `finished_jobs` finds, in seconds."""
    return sum(end["cpu_seconds"] for _, end in finished_jobs(folder, *stages))


def read_configuration(root: Path, jobs: Iterable[Job]) -> dict[str, Any]:
    """The whole configuration with which the last of some jobs ran.

    Args:
        root: the folder of results.
        jobs: at least one.

    Raises:
        BadDataError: the run that they belong to left no configuration.
    """
    start, _ = max(jobs, key=lambda job: job[1]["time"])
    path = root / FOLDER / f"{start['tags'].get('invocation')}.config.json"
    if not path.exists():
        raise BadDataError(path, "it is missing; results made without `snakemake` have none")
    configuration: dict[str, Any] = read_json(path)
    return configuration


def provenance(jobs: Iterable[Job]) -> dict[str, Any]:
    """Which code made results, and when.

    Args:
        jobs: those that made them, at least one.

    Returns:
        ``commits`` (abbreviated, ``unknown`` outside git), ``changed`` (whether any job ran with
        changes that were not committed) and ``date`` (of the end of the last job, UTC).
    """
    jobs = list(jobs)
    last = max(end["time"] for _, end in jobs)
    return {
        "commits": sorted({start["tags"].get("git.commit", "unknown")[:9] for start, _ in jobs}),
        "changed": any(start["tags"].get("git.dirty") == "true" for start, _ in jobs),
        "date": time.strftime("%Y-%m-%d", time.gmtime(last)),
    }
