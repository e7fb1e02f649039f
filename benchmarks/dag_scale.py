"""How long Snakemake takes to plan a run of many jobs, and how much memory.

Generates a configuration with as many seeds as give the number of jobs, and times a dry run in an
empty folder. `python benchmarks/dag_scale.py --help` says how to choose.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
# One model is trained and evaluated: two jobs.
JOBS_PER_MODEL = 2


def configuration(jobs: int) -> dict:
    """Seeds enough that five studies of three scales make so many jobs."""
    models = jobs / JOBS_PER_MODEL
    return {"seeds": list(range(round(models / 15)))}


def planned(printed: str) -> int:
    """The total of Snakemake's table of jobs."""
    totals = [line.split()[1] for line in printed.splitlines() if line.startswith("total")]
    return int(totals[-1])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, nargs="+", default=[100, 1000, 10_000])
    options = parser.parse_args()
    print(f"{'jobs':>8}{'wall s':>10}{'CPU s':>10}{'peak MiB':>10}")
    for jobs in options.jobs:
        with tempfile.TemporaryDirectory() as scratch:
            config = Path(scratch) / "many.yaml"
            config.write_text(yaml.safe_dump(configuration(jobs)))
            command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
            command += ["--directory", scratch, "--configfile", str(config)]
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            began = time.perf_counter()
            done = subprocess.run(
                [*command, "--dry-run", "--quiet", "rules"],
                capture_output=True,
                text=True,
                check=True,
            )
            wall = time.perf_counter() - began
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"{planned(done.stdout):>8}{wall:>10.1f}{cpu:>10.1f}{after.ru_maxrss / 1024:>10.0f}")


if __name__ == "__main__":
    main()
