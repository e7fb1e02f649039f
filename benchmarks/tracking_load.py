"""Whether tracking keeps up: many jobs at once, many points, many runs.

Starts jobs in parallel on an empty folder, each logging points and artifacts, while one tracker
sends them to SQLite; compares what the store holds with what was logged; then asks for the run
behind a file among thousands. Exits with 1 if anything is missing, double, or failed.
"""

import argparse
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow"))

from vitrine.tracking import environment, invocation, outputs  # noqa: E402
from vitrine.tracking.events import FINISHED, read_ends  # noqa: E402
from vitrine.tracking.paths import find_records  # noqa: E402

JOB = """
import json, sys, time
from pathlib import Path
from types import SimpleNamespace
from vitrine.tracking.job import job

seed, points, files = map(int, sys.argv[1:])
folder = Path(f"results/reviews/small/seed{seed}")
outputs = [folder / f"file{number}.bin" for number in range(files)]
this = SimpleNamespace(
    input=[], output=[str(path) for path in outputs], params={"rate": 0.1, "code": "c0de"},
    wildcards={"study": "reviews", "scale": "small", "seed": str(seed)},
    log=[f"logs/train-{seed}.log"], threads=1,
)
folder.mkdir(parents=True)
for path in outputs:
    path.write_bytes(path.name.encode() * 1000)
wall, cpu = time.perf_counter(), time.process_time()
with job(this, "train") as record:
    for step in range(points):
        record.metrics({"train/loss": 1 / (step + 1)}, step=step)
print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]))
"""


def run_jobs(jobs: int, points: int, files: int, parallel: int) -> tuple[list[list[float]], int]:
    """Run the jobs; returns wall and CPU seconds of tracking in each, and how many failed."""

    def run_job(seed: int) -> list[float] | None:
        process = subprocess.run(
            [sys.executable, "-c", JOB, str(seed), str(points), str(files)],
            capture_output=True,
            text=True,
            check=False,
        )
        return list(json.loads(process.stdout)) if process.returncode == 0 else None

    with ThreadPoolExecutor(parallel) as pool:
        results = list(pool.map(run_job, range(jobs)))
    good = [result for result in results if result is not None]
    return good, jobs - len(good)


def stored() -> dict[str, int]:
    """What the store holds of the jobs."""
    with sqlite3.connect("mlflow.db") as store:
        count = {
            "runs": "SELECT count(*) FROM runs WHERE status = 'FINISHED' AND name LIKE 'train%'",
            "points": "SELECT count(*) FROM metrics WHERE key = 'train/loss'",
            "values": "SELECT count(DISTINCT step || run_uuid) FROM metrics "
            "WHERE key = 'train/loss'",
        }
        counts = {name: store.execute(query).fetchone()[0] for name, query in count.items()}
    return counts | {"artifacts": len(list(Path("mlartifacts").rglob("*.bin")))}


def multiply(runs: int) -> None:
    """Copy records until there are so many runs, as a folder that was used for years has them."""
    templates = [path for path in find_records() if path.name.startswith("train")]
    texts = [path.read_text() for path in templates]
    for number in range(runs - len(templates)):
        text = texts[number % len(texts)]
        seed = json.loads(text.partition("\n")[0])["wildcards"]["seed"]
        folder = Path(f"results/reviews/small/old{number}")
        (folder / "records").mkdir(parents=True)
        copied = text.replace(f"results/reviews/small/seed{seed}/", f"{folder}/")
        (folder / "records/train.1.jsonl").write_text(copied)


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds of a call, those of its subprocesses included."""

    def cpu() -> float:
        usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(usage.ru_utime + usage.ru_stime for usage in usages)

    wall, before = time.perf_counter(), cpu()
    call()
    return time.perf_counter() - wall, cpu() - before


def main() -> int:
    """Measure and print; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", type=int, default=64)
    parser.add_argument("--points", type=int, default=2000)
    parser.add_argument("--artifacts", type=int, default=10)
    parser.add_argument("--parallel", type=int, default=8)
    parser.add_argument("--runs", type=int, default=5000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        os.environ.pop("MLFLOW_TRACKING_URI", None)
        invocation.start({"seed": 0})
        began = time.monotonic()
        costs, failed = run_jobs(options.jobs, options.points, options.artifacts, options.parallel)
        rate = options.jobs / (time.monotonic() - began) * 60
        ends = [read_ends(path)[1] for path in find_records()]
        last = max(end["time"] for end in ends if end is not None)
        tracked = invocation.finish(FINISHED, patience=600)
        lag = time.time() - last
        in_store = stored()
        points = options.jobs * options.points
        expected = {
            "runs": options.jobs,
            "points": points,
            "values": points,
            "artifacts": options.jobs * options.artifacts,
        }
        multiply(options.runs)
        file = "results/reviews/small/seed0/file0.bin"
        which = timed(
            lambda: subprocess.run(
                [sys.executable, "-m", "vitrine", "which", file],
                stdout=subprocess.DEVNULL,
                check=True,
            )
        )
        scan = timed(lambda: list(outputs.damaged_outputs(outputs.all_recorded_files())))
        compare = timed(environment.differences)
        os.chdir("/")
    walls, cpus = (sorted(column) for column in zip(*costs, strict=True))
    middle = len(costs) // 2
    print(f"{options.jobs} jobs, {options.parallel} at once, {failed} failed, {rate:.0f} a minute")
    for name, count in expected.items():
        print(f"  {name:<10} sent {count:>8}  in the store {in_store[name]:>8}")
    for name, place in (("median", middle), ("most", -1)):
        label = f"tracking in a job, {name}"
        print(f"{label:<38} {walls[place]:8.3f} s wall {cpus[place]:8.3f} s CPU")
    print(f"tracker done after the last record     {lag:8.1f} s")
    print(f"with {options.runs} runs:")
    print(f"  vitrine which                        {which[0]:8.2f} s wall {which[1]:8.2f} s CPU")
    print(f"  check of outputs at the start        {scan[0]:8.2f} s wall {scan[1]:8.2f} s CPU")
    print(
        f"  check of the environment             {compare[0]:8.2f} s wall {compare[1]:8.2f} s CPU"
    )
    whole = in_store == expected and failed == 0 and tracked is not None and tracked.complete
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
