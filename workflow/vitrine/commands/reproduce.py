"""Run the stage that made a file again in another folder, and compare its files.

The stage runs in a temporary folder on copies of the inputs, with the stored configuration of its
invocation and the present code. Its tables, JSON files and arrays are compared value by value. The
exit status is 0 if all files are equal or within tolerance, 1 if one differs, 2 if the stage could
not be run.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vitrine.commands.which import configuration
from vitrine.files import read_json, sha256
from vitrine.tracking.outputs import RecordedFile, recorded_file, recorded_files
from vitrine.tracking.paths import recorded_path

ROOT = Path(__file__).parents[3]
# Results of one machine are equal to the bit; another processor may round otherwise.
RELATIVE_TOLERANCE = 1e-5
ABSOLUTE_TOLERANCE = 1e-8

EQUAL, WITHIN, DIFFERENT = "equal", "within tolerance", "different"


@dataclass(frozen=True)
class FileComparison:
    """How a file that was made again differs from the recorded one.

    Attributes:
        result: ``equal`` (to the byte), ``within tolerance`` or ``different``.
        detail: the largest difference, or the first value that differs.
    """

    result: str
    detail: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("file", type=Path, help="a file in results")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    return reproduce(options.file)


def reproduce(path: Path) -> int:
    """Run the stage behind a file again and print how each of its files compares.

    Returns the exit status: 0 if all are equal or within tolerance, 1 if one differs, 2 if the
    stage could not be run.
    """
    name = recorded_path(path)
    file = recorded_file(name)
    if file is None:
        print(f"No finished job has recorded {name}, so nothing can be compared.", file=sys.stderr)
        return 2
    config = configuration(file)
    if config is None:
        print("The configuration of that run was not kept.", file=sys.stderr)
        return 2
    stage = file.start["stage"]
    with tempfile.TemporaryDirectory(prefix="vitrine-reproduce-") as temporary:
        folder = Path(temporary)
        print(f"running {stage} again in {folder}", file=sys.stderr)
        log = _run_stage(file, config, folder)
        if log is not None:
            print(log, file=sys.stderr)
            return 2
        repetition = _newest(folder, file)
        worst = EQUAL
        for original in recorded_files(file.record):
            comparison = compare(original, folder / original.path)
            print(f"{comparison.result:<17}{original.path}  {comparison.detail}".rstrip())
            worst = max(worst, comparison.result, key=[EQUAL, WITHIN, DIFFERENT].index)
    if repetition is not None:
        for line in _differences_of_origin(file, repetition):
            print(f"note: {line}")
    print(f"The stage {stage} was run again: {worst}.")
    return 1 if worst == DIFFERENT else 0


def _run_stage(file: RecordedFile, config: Path, folder: Path) -> str | None:
    """Run the stage in the temporary folder; returns what it printed if it failed."""
    outputs = [Path(output) for output in file.start["outputs"]]

    def excluded(directory: str, names: list[str]) -> list[str]:
        parent = Path(directory)
        return [name for name in names if parent / name in outputs or name == "report"]

    shutil.copytree("results", folder / "results", ignore=excluded)
    if Path(".snakemake/metadata").is_dir():
        shutil.copytree(".snakemake/metadata", folder / ".snakemake/metadata")
    process = subprocess.run(
        [
            *(sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")),
            *("--directory", str(folder), "--configfile", str(config.absolute())),
            *("--cores", str(file.start["threads"]), "--rerun-triggers", "mtime"),
            *("--", str(outputs[0])),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return process.stdout + process.stderr if process.returncode else None


def _newest(folder: Path, file: RecordedFile) -> RecordedFile | None:
    """A file of the newest record of the same job in the temporary folder."""
    stem = file.record.stem.rpartition(".")[0]
    records = sorted(
        (folder / file.record.parent).glob(f"{stem}.*.jsonl"),
        key=lambda path: int(path.stem.rpartition(".")[2]),
    )
    return next(iter(recorded_files(records[-1])), None) if records else None


def _differences_of_origin(original: RecordedFile, repetition: RecordedFile) -> Iterator[str]:
    before, after = original.start, repetition.start
    if before["tags"].get("code") != after["tags"].get("code"):
        yield "the code of this stage has changed"
    for name in before["versions"].keys() | after["versions"].keys():
        if before["versions"].get(name) != after["versions"].get(name):
            yield f"{name} was {before['versions'].get(name)}, is {after['versions'].get(name)}"


def compare(original: RecordedFile, again: Path) -> FileComparison:
    """Compare a file that was made again with the one that is recorded.

    Tables, JSON files and arrays are compared value by value, other files byte by byte. If the
    original is gone or damaged, only bytes can be compared.
    """
    if not again.exists():
        return FileComparison(DIFFERENT, "it was not made again")
    if sha256(again) == original.digest:
        return FileComparison(EQUAL)
    damage = original.damage()
    if damage is not None:
        return FileComparison(DIFFERENT, f"from what is recorded, and {damage}")
    readers = {
        ".parquet": _table,
        ".json": _json,
        ".safetensors": _tensors,
        ".npz": _arrays,
    }
    reader = readers.get(again.suffix)
    if reader is None:
        return FileComparison(DIFFERENT, "the bytes differ")
    return compare_values(dict(reader(original.path)), dict(reader(again)))


def compare_values(before: dict[str, Any], after: dict[str, Any]) -> FileComparison:
    """Compare named arrays: floating-point numbers with tolerance, all others exactly."""
    import numpy as np

    if before.keys() != after.keys():
        name = sorted(before.keys() ^ after.keys())[0]
        return FileComparison(DIFFERENT, f"{name} is only in one of them")
    largest, detail = 0.0, ""
    for name, old in before.items():
        new = after[name]
        if old.shape != new.shape or old.dtype != new.dtype:
            return FileComparison(
                DIFFERENT, f"{name}: {old.dtype}{old.shape} was, {new.dtype}{new.shape} is"
            )
        floating = old.dtype.kind in "fc"
        if floating:
            equal = np.isclose(old, new, RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE, equal_nan=True)
        else:
            equal = old == new
        unequal = np.flatnonzero(~np.ravel(equal))
        if unequal.size:
            return FileComparison(DIFFERENT, _first(name, old, new, unequal))
        gap = np.nan_to_num(np.abs(old - new), nan=0.0, posinf=0.0) if floating else np.zeros(0)
        if gap.size and gap.max() > largest:
            largest, detail = float(gap.max()), f"largest difference {gap.max():.2g} in {name}"
    return FileComparison(WITHIN, detail or "the bytes differ, the values are equal")


def _first(name: str, old: Any, new: Any, unequal: Any) -> str:
    """The first of the unequal values of an array."""
    place = int(unequal[0])
    return (
        f"{name}: {unequal.size} of {old.size} values, first at {place}: "
        f"{old.ravel()[place]} was, {new.ravel()[place]} is"
    )


def _table(path: Path) -> Iterator[tuple[str, Any]]:
    import pandas as pd

    for name, column in pd.read_parquet(path).items():
        numeric = column.dtype.kind in "fiub"
        yield f"column {name}", column.to_numpy() if numeric else column.map(repr).to_numpy("U")


def _json(path: Path) -> Iterator[tuple[str, Any]]:
    import numpy as np

    for name, value in _leaves(read_json(path), ""):
        number = isinstance(value, float)
        yield name, np.array([value if number else json.dumps(value)])


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{name}[{index}]")
    else:
        yield name, value


def _tensors(path: Path) -> Iterator[tuple[str, Any]]:
    from safetensors.numpy import load_file

    yield from load_file(path).items()


def _arrays(path: Path) -> Iterator[tuple[str, Any]]:
    import numpy as np

    with np.load(path, allow_pickle=False) as arrays:
        yield from arrays.items()
