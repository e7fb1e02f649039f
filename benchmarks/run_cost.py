"""What a run costs: wall time, useful CPU time, what orchestration adds, and idle starts.

Runs a configuration from nothing in a temporary folder, then again with nothing to do, and as a dry
run, and prints one table. `python benchmarks/run_cost.py --help` lists the options.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from measuring import ROOT, records, snakemake


def stage_costs(folder: Path) -> dict[str, tuple[int, float, float]]:
    """Jobs, CPU seconds and peak memory in MiB of each stage, from the run records."""
    costs: dict[str, tuple[int, float, float]] = {}
    for events in records(folder):
        stage, end = events[0]["stage"], events[-1]
        jobs, cpu, memory = costs.get(stage, (0, 0.0, 0.0))
        peak = max(memory, end["peak_memory_bytes"] / 2**20)
        costs[stage] = (jobs + 1, cpu + end["cpu_seconds"], peak)
    return costs


def measure(arguments: list[str], folder: Path, cores: int) -> None:
    """Run three times and print the costs."""
    wall, cpu, _ = snakemake(arguments, folder)
    idle, _, _ = snakemake(arguments, folder)
    dry, _, _ = snakemake(["--dry-run", *arguments], folder)
    costs = stage_costs(folder)
    useful = sum(seconds for _, seconds, _ in costs.values())
    print(f"{'stage':<12}{'jobs':>6}{'CPU s':>10}{'peak MiB':>10}")
    for stage, (jobs, seconds, memory) in sorted(costs.items(), key=lambda item: -item[1][1]):
        print(f"{stage:<12}{jobs:>6}{seconds:>10.1f}{memory:>10.0f}")
    print(f"wall time                              {wall:8.1f} s")
    print(f"CPU time inside stages                 {useful:8.1f} s")
    print(f"CPU time in all                        {cpu:8.1f} s")
    print(f"useful share of wall x cores           {useful / (wall * cores):8.1%}")
    print(f"second run with nothing to do          {idle:8.1f} s")
    print(f"dry run                                {dry:8.1f} s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    parser.add_argument(
        "--configfile", type=Path, nargs="+", default=[ROOT / "config" / "config.yaml"]
    )
    parser.add_argument("--targets", nargs="+", default=[], help="of the run (default: everything)")
    parser.add_argument("--folder", type=Path, help="run in this empty folder, and keep it")
    options = parser.parse_args()
    if options.folder is not None and options.folder.exists() and any(options.folder.iterdir()):
        parser.error(f"--folder {options.folder} is not empty: it would not be a run from nothing")
    files = [str(path.resolve()) for path in options.configfile]
    arguments = ["--cores", str(options.cores), "--configfile", *files, "--", *options.targets]
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        names = ", ".join(path.name for path in options.configfile)
        print(f"running {names} on {options.cores} cores ...", file=sys.stderr)
        measure(arguments, folder, options.cores)


if __name__ == "__main__":
    main()
