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


def study(kind: str, file: str) -> dict[str, Any]:
    """The definition of a study on a file."""
    columns = {"text": "text"} if kind == "text" else {}
    return {
        "source": "file",
        "metric": "accuracy",
        "data": {"domain": kind, "file": file, "label": "label", **columns},
        "split": {"kind": "random", "validation": 0.15, "test": 0.15, "seed": 0},
    }


def measure(cases: list[tuple[str, int]], folder: Path) -> list[tuple[float, float]]:
    """Prepare files one after the other; returns the megabytes of each and the job's CPU seconds.

    Args:
        cases: kind and size of each file.
        folder: an empty folder.
    """
    definitions: dict[str, dict[str, Any]] = {}
    for kind, size in cases:
        path = folder / f"{kind}{size}.csv"
        (write_table if kind == "table" else write_texts)(path, size)
        definitions[path.stem] = study(kind, path.name)
    config = folder / "studies.yaml"
    config.write_text(yaml.safe_dump({"studies": [*definitions], "definitions": definitions}))
    targets = [f"results/{name}/data/datasheet.json" for name in definitions]
    snakemake(["--cores", "1", "--configfile", str(config), "--", *targets], folder)
    jobs = {events[0]["wildcards"]["study"]: events for events in records(folder)}
    results = []
    for kind, size in cases:
        name = f"{kind}{size}"
        megabytes = (folder / f"{name}.csv").stat().st_size / 1e6
        print(row(kind, megabytes, jobs[name]))
        results.append((megabytes, jobs[name][-1]["cpu_seconds"]))
    return results


def row(kind: str, megabytes: float, events: list[dict[str, Any]]) -> str:
    """A row of the table, from the record of a job."""
    end = events[-1]
    metrics = [event["values"] for event in events if event["event"] == "metrics"]
    rows = sum(
        count for values in metrics for name, count in values.items() if name.startswith("rows_")
    )
    cost = f"{end['wall_seconds']:>10.1f}{end['cpu_seconds']:>10.1f}"
    memory = end["peak_memory_bytes"] / 2**20
    return f"{kind:<6}{rows:>12,.0f}{megabytes:>10,.1f}{cost}{memory:>12,.0f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000, help="of the largest table")
    parser.add_argument("--megabytes", type=int, default=100, help="of the largest file of texts")
    options = parser.parse_args()
    print(f"{'kind':<6}{'rows':>12}{'MB':>10}{'wall s':>10}{'CPU s':>10}{'peak MiB':>12}")
    kinds = {"table": options.rows, "text": options.megabytes}
    cases = [(kind, size) for kind, largest in kinds.items() for size in (largest // 4, largest)]
    with tempfile.TemporaryDirectory() as temporary:
        results = measure(cases, Path(temporary))
    for number, kind in enumerate(kinds):
        (small, small_cpu), (large, large_cpu) = results[2 * number : 2 * number + 2]
        growth = (large_cpu / small_cpu) / (large / small)
        print(f"{kind}: {growth:.2f} times the CPU time per MB at four times the size")


if __name__ == "__main__":
    main()
