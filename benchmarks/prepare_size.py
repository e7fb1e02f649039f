"""What preparing a user's own data costs: CPU time and peak memory against size.

Writes a table and a file of texts of increasing size, lets the workflow prepare each, and prints
how the cost of the job grows. `--rows 1000000 --megabytes 1000` takes about 15 minutes and 3 GB
of disk.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from measuring import records, snakemake

CHUNK = 50_000  # rows written at once
CHARACTERS = 1000  # of a text, about


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


def configuration(kind: str, file: str) -> dict[str, Any]:
    """A configuration whose only study is the file."""
    columns = {"text": "text"} if kind == "text" else {}
    study = {
        "source": "file",
        "metric": "accuracy",
        "data": {"domain": kind, "file": file, "label": "label", **columns},
        "split": {"kind": "random", "validation": 0.15, "test": 0.15, "seed": 0},
    }
    return {"studies": ["mine"], "definitions": {"mine": study}}


def measure(kind: str, size: int) -> tuple[float, float]:
    """Prepare a file of a size; returns its megabytes and the CPU seconds of the job."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        path = folder / "data.csv"
        (write_table if kind == "table" else write_texts)(path, size)
        config = folder / "mine.yaml"
        config.write_text(yaml.safe_dump(configuration(kind, path.name)))
        target = "results/mine/data/datasheet.json"
        snakemake(["--cores", "1", "--configfile", str(config), "--", target], folder)
        (events,) = records(folder)
        megabytes = path.stat().st_size / 1e6
    end = events[-1]
    metrics = [event["values"] for event in events if event["event"] == "metrics"]
    rows = sum(
        count for values in metrics for name, count in values.items() if name.startswith("rows_")
    )
    cost = f"{end['wall_seconds']:>10.1f}{end['cpu_seconds']:>10.1f}"
    memory = end["peak_memory_bytes"] / 2**20
    print(f"{kind:<6}{rows:>12,.0f}{megabytes:>10,.1f}{cost}{memory:>12,.0f}")
    return megabytes, end["cpu_seconds"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
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
