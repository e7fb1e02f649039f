"""How long Snakemake takes to plan a run of many jobs, and how much memory.

Generates a configuration with as many seeds as give the number of jobs, and times a dry run in an
empty folder. `python benchmarks/dag_scale.py --help` lists the options.
"""

import argparse
import resource
import tempfile
from pathlib import Path

import yaml
from measuring import snakemake

# One model is trained and evaluated: two jobs.
JOBS_PER_MODEL = 2
MODELS_PER_SEED = 15


def configuration(jobs: int) -> dict[str, list[int]]:
    """As many seeds as give this number of jobs with five studies of three scales."""
    models = jobs / JOBS_PER_MODEL
    return {"seeds": list(range(round(models / MODELS_PER_SEED)))}


def planned(printed: str) -> int:
    """The total of Snakemake's table of jobs."""
    totals = [line.split()[1] for line in printed.splitlines() if line.startswith("total")]
    return int(totals[-1])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", type=int, nargs="+", default=[100, 1000, 10_000])
    options = parser.parse_args()
    print(f"{'jobs':>8}{'wall s':>10}{'CPU s':>10}{'peak MiB':>10}")
    for jobs in options.jobs:
        with tempfile.TemporaryDirectory() as temporary:
            config = Path(temporary) / "many.yaml"
            config.write_text(yaml.safe_dump(configuration(jobs)))
            arguments = ["--configfile", str(config), "--dry-run", "--quiet", "rules"]
            wall, cpu, printed = snakemake(arguments, Path(temporary))
        # The largest of all children so far; sizes rise.
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{planned(printed):>8}{wall:>10.1f}{cpu:>10.1f}{memory:>10.0f}")


if __name__ == "__main__":
    main()
