"""Clocks, and runs of Snakemake whose cost is measured."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

Clock = Callable[[], float]
CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "cpu": time.process_time}


def seconds(work: Callable[[], object], clock: Clock) -> float:
    """The time of a call by a clock."""
    start = clock()
    work()
    return clock() - start


def cpu_seconds(who: int) -> float:
    """CPU seconds of this process (RUSAGE_SELF) or of its finished children (RUSAGE_CHILDREN)."""
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def snakemake(arguments: list[str], folder: Path) -> tuple[float, float, str]:
    """Run Snakemake in a folder; returns wall seconds, CPU seconds of all processes, its output.

    Raises:
        RuntimeError: the run failed; the message is its output.
    """
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    before = cpu_seconds(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.run(
        [*command, "--directory", str(folder), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - start
    if process.returncode:
        raise RuntimeError(process.stdout + process.stderr)
    return wall, cpu_seconds(resource.RUSAGE_CHILDREN) - before, process.stdout


def records(folder: Path) -> Iterator[list[dict[str, Any]]]:
    """The events of every finished job's record below a folder."""
    for path in sorted(folder.glob("results/**/records/*.jsonl")):
        events = [json.loads(line) for line in path.read_text().splitlines()]
        if events[0]["stage"] != "invocation" and events[-1].get("cpu_seconds") is not None:
            yield events
