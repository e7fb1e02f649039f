"""What the run records say of all jobs: who made what, from what, and how long it took."""

from dataclasses import dataclass
from pathlib import Path

from vitrine.files import StrPath
from vitrine.tracking.outputs import RecordedFile, recorded_files
from vitrine.tracking.paths import latest_records

# The stage whose jobs write pages.
PAGES = "page"


@dataclass
class StageTime:
    """Time that the jobs of a stage took, in seconds."""

    stage: str
    jobs: int = 0
    cpu: float = 0.0
    wall: float = 0.0
    longest: float = 0.0


def finished_jobs(root: StrPath) -> list[RecordedFile]:
    """The last finished attempt of every job below a folder, one of its files standing for each.

    In order of their start.
    """
    jobs = [files[0] for path in latest_records(Path(root)) if (files := recorded_files(path))]
    return sorted(jobs, key=lambda job: job.start["time"])


def result_jobs(root: StrPath) -> list[RecordedFile]:
    """The finished jobs that made results, without those that write pages of the report.

    Pages are written one after another, so each would count other pages as finished.
    """
    return [job for job in finished_jobs(root) if job.start["stage"] != PAGES]


def time_by_stage(root: StrPath) -> list[StageTime]:
    """Jobs that made results and their seconds by stage, in order of first start."""
    times: dict[str, StageTime] = {}
    for job in result_jobs(root):
        stage = job.start["stage"]
        time = times.setdefault(stage, StageTime(stage))
        time.jobs += 1
        time.cpu += job.end.get("cpu_seconds", 0.0)
        time.wall += job.end["wall_seconds"]
        time.longest = max(time.longest, job.end["wall_seconds"])
    return list(times.values())


def stage_edges(jobs: list[RecordedFile]) -> set[tuple[str, str]]:
    """Pairs of stages of which the second reads what the first wrote."""
    maker = {path: job.start["stage"] for job in jobs for path in job.start["outputs"]}
    edges = set()
    for job in jobs:
        reader = job.start["stage"]
        for path in job.start["inputs"]:
            writer = maker.get(path)
            if writer is not None and writer != reader:
                edges.add((writer, reader))
    return edges
