"""Eight first jobs at once on an empty folder: everything that was logged is in the store."""

import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "tracking_load.py"
SMALL = {"jobs": 8, "points": 300, "artifacts": 3, "parallel": 8, "runs": 40}


def test_counts_in_the_store_equal_counts_sent() -> None:
    options = [word for name, value in SMALL.items() for word in (f"--{name}", str(value))]
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for name, count in {"runs": 8, "points": 2400, "values": 2400, "artifacts": 24}.items():
        assert f"{name:<10} sent {count:>8}  in the store {count:>8}" in done.stdout
