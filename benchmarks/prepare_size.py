"""What preparing a user's own data costs: CPU time and peak memory against size.

Writes a table and a file of texts of rising size, prepares each in a process of its own as the
workflow would, and prints how cost grows. `--rows 1000000 --megabytes 1000` takes some 15 minutes
and 3 GB of disk.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
CHUNK = 50_000  # rows written at once
CHARACTERS = 1000  # of a text, about

PREPARE = """
import json, logging, resource, sys, time
from pathlib import Path
from vitrine.data.prepare import prepare_study
from vitrine.data.settings import StudyData

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
settings = StudyData(**json.loads(sys.argv[1]))
wall, cpu = time.perf_counter(), time.process_time()
facts = prepare_study("mine", settings, Path("prepared"))
usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu, usage / 1024, facts]))
"""


def write_table(path: Path, rows: int) -> None:
    """Loans with numbers, categories and gaps."""
    rng = np.random.default_rng(0)
    for start in range(0, rows, CHUNK):
        n = min(CHUNK, rows - start)
        numbers = {f"amount{k}": rng.normal(100, 20, n).round(2) for k in range(8)}
        kinds = {f"kind{k}": rng.choice(["one", "two", "three", "four"], n) for k in range(4)}
        frame = pd.DataFrame(numbers | kinds)
        frame.loc[rng.random(n) < 0.05, "amount0"] = np.nan
        odds = (frame["amount1"] - 100) / 20 + (frame["kind0"] == "one")
        frame["label"] = np.where(rng.random(n) < 1 / (1 + np.exp(-odds)), "bad", "good")
        frame.to_csv(path, mode="a" if start else "w", header=not start, index=False)


def write_texts(path: Path, megabytes: int) -> None:
    """Texts of words that are as frequent as those of a language (Zipf's law)."""
    rng = np.random.default_rng(0)
    words = np.array(["".join(rng.choice(list("abcdefghij"), 1 + k % 9)) for k in range(50_000)])
    share = 1 / np.arange(1, len(words) + 1)
    length = float((np.char.str_len(words) + 1) @ (share / share.sum()))
    each = round(CHARACTERS / length)
    rows = round(megabytes * 1e6 / CHARACTERS)
    with path.open("w") as file:
        file.write("text,label\n")
        for start in range(0, rows, 5000):
            n = min(5000, rows - start)
            drawn = words[rng.choice(len(words), (n, each), p=share / share.sum())]
            for number, text in enumerate(drawn, start):
                file.write(f"{' '.join(text)},{('great', 'other')[number % 2]}\n")


def measure(kind: str, size: int) -> list[float]:
    """Wall and CPU seconds, and peak memory in MiB, of preparing a file of a size."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        path = folder / "data.csv"
        (write_table if kind == "table" else write_texts)(path, size)
        settings = {
            "source": "file",
            "data": {"domain": kind, "file": "data.csv"},
            "split": {"kind": "random"},
        }
        done = subprocess.run(
            [sys.executable, "-c", PREPARE, json.dumps(settings)],
            cwd=folder,
            env={"PYTHONPATH": str(ROOT / "workflow")},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        wall, cpu, memory, facts = json.loads(done.stdout)
        megabytes = path.stat().st_size / 1e6
    rows = sum(count for name, count in facts.items() if name.startswith("rows_"))
    print(f"{kind:<6}{rows:>12,}{megabytes:>10,.0f}{wall:>10.1f}{cpu:>10.1f}{memory:>12,.0f}")
    return [megabytes, cpu]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000, help="of the largest table")
    parser.add_argument("--megabytes", type=int, default=100, help="of the largest file of texts")
    options = parser.parse_args()
    print(f"{'kind':<6}{'rows':>12}{'MB':>10}{'wall s':>10}{'CPU s':>10}{'peak MiB':>12}")
    for kind, largest in (("table", options.rows), ("text", options.megabytes)):
        small, large = (measure(kind, size) for size in (largest // 4, largest))
        growth = (large[1] / small[1]) / (large[0] / small[0])
        print(f"{kind}: {growth:.2f} times the CPU time per MB at four times the size")


if __name__ == "__main__":
    main()
