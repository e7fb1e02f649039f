"""What a run costs: wall time, useful CPU time, what orchestration adds, and idle starts.

Runs a configuration from nothing in a scratch folder, then again with nothing to do, and as a dry
run, and prints one table. `python benchmarks/run_cost.py --help` says how to choose.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


def timed(arguments: list[str], folder: Path) -> tuple[float, float]:
    """Run Snakemake; returns wall seconds and CPU seconds of it and all its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", *arguments],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def stage_costs(folder: Path) -> dict[str, tuple[int, float, float]]:
    """Jobs, CPU seconds and peak memory in MiB of each stage, from the run records."""
    costs: dict[str, tuple[int, float, float]] = {}
    for path in folder.glob("results/**/records/*.jsonl"):
        events = [json.loads(line) for line in path.read_text().splitlines()]
        if events[0]["stage"] == "invocation" or events[-1].get("cpu_seconds") is None:
            continue
        jobs, cpu, memory = costs.get(events[0]["stage"], (0, 0.0, 0.0))
        peak = events[-1]["peak_memory_bytes"] / 2**20
        costs[events[0]["stage"]] = (jobs + 1, cpu + events[-1]["cpu_seconds"], max(memory, peak))
    return costs


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    parser.add_argument("--configfile", type=Path, default=ROOT / "config" / "config.yaml")
    parser.add_argument("--folder", type=Path, help="run here, in an empty folder, and keep it")
    options = parser.parse_args()
    if options.folder is not None and options.folder.exists() and any(options.folder.iterdir()):
        parser.error(f"--folder {options.folder} is not empty: it would not be a run from nothing")
    arguments = ["--cores", str(options.cores), "--configfile", str(options.configfile.resolve())]
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        print(f"running {options.configfile.name} on {options.cores} cores ...", file=sys.stderr)
        wall, cpu = timed(arguments, folder)
        idle, _ = timed(arguments, folder)
        dry, _ = timed([*arguments, "--dry-run"], folder)
        costs = stage_costs(folder)
    useful = sum(seconds for _, seconds, _ in costs.values())
    print(f"{'stage':<12}{'jobs':>6}{'CPU s':>10}{'peak MiB':>10}")
    for stage, (jobs, seconds, memory) in sorted(costs.items(), key=lambda item: -item[1][1]):
        print(f"{stage:<12}{jobs:>6}{seconds:>10.1f}{memory:>10.0f}")
    print(f"wall time                              {wall:8.1f} s")
    print(f"CPU time inside stages                 {useful:8.1f} s")
    print(f"CPU time in all                        {cpu:8.1f} s")
    share = useful / (wall * options.cores)
    print(f"useful share of wall x cores           {share:8.1%}")
    print(f"second run with nothing to do          {idle:8.1f} s")
    print(f"dry run                                {dry:8.1f} s")


if __name__ == "__main__":
    main()
