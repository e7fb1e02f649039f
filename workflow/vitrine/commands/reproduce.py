"""``vitrine reproduce FILE``: run the stage that made a file again, elsewhere, and compare.

The stage runs in a scratch folder on copies of the inputs, with the configuration that was kept
and the code as it is now. What it writes is compared with what is there, table by table.
"""

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
from vitrine.files import read_json, relative_to_here, sha256
from vitrine.tracking.outputs import Made, files_made, maker

ROOT = Path(__file__).parents[3]
# Results of one machine are equal to the bit; another processor may round otherwise.
RELATIVE_TOLERANCE = 1e-5
ABSOLUTE_TOLERANCE = 1e-8

EQUAL, WITHIN, DIFFERENT = "equal", "within tolerance", "different"


@dataclass(frozen=True)
class Comparison:
    """How a file that was made again differs from the recorded one.

    Attributes:
        verdict: ``equal`` (to the byte), ``within tolerance`` or ``different``.
        where: the largest difference, or the first thing that differs.
    """

    verdict: str
    where: str = ""


def reproduce(path: Path) -> int:
    """Run the stage behind a file again and print how each of its files compares.

    Returns the exit status: 0 if all are equal or within tolerance, 1 if one differs, 2 if the
    stage could not be run.
    """
    file = relative_to_here(path)
    made = maker(file)
    if made is None:
        print(f"No finished job has recorded {file}, so nothing can be compared.", file=sys.stderr)
        return 2
    config = configuration(made)
    if config is None:
        print("The configuration of that run was not kept.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="vitrine-reproduce-") as scratch:
        folder = Path(scratch)
        print(f"running {made.start['stage']} again in {folder}", file=sys.stderr)
        log = _run(made, config, folder)
        if log is not None:
            print(log, file=sys.stderr)
            return 2
        again = _newest(folder, made)
        worst = EQUAL
        for original in files_made(made.record):
            result = compare(original, folder / original.path)
            print(f"{result.verdict:<17}{original.path}  {result.where}".rstrip())
            worst = max(worst, result.verdict, key=[EQUAL, WITHIN, DIFFERENT].index)
    if again is not None:
        for line in _differences_of_origin(made, again):
            print(f"note: {line}")
    print(f"The stage {made.start['stage']} was run again: {worst}.")
    return 1 if worst == DIFFERENT else 0


def _run(made: Made, config: Path, folder: Path) -> str | None:
    """Run the stage in the scratch folder; returns what was printed if it failed."""
    outputs = [Path(output) for output in made.start["outputs"]]

    def without(directory: str, names: list[str]) -> list[str]:
        parent = Path(directory)
        return [name for name in names if parent / name in outputs or name == "report"]

    shutil.copytree("results", folder / "results", ignore=without)
    if Path(".snakemake/metadata").is_dir():
        shutil.copytree(".snakemake/metadata", folder / ".snakemake/metadata")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")),
            *("--directory", str(folder), "--configfile", str(config.absolute())),
            *("--cores", str(made.start["threads"]), "--rerun-triggers", "mtime"),
            *("--", str(outputs[0])),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr if done.returncode else None


def _newest(folder: Path, made: Made) -> Made | None:
    """The newest record of the same job in the scratch folder."""
    stem = made.record.stem.rpartition(".")[0]
    records = sorted(
        (folder / made.record.parent).glob(f"{stem}.*.jsonl"),
        key=lambda path: int(path.stem.rpartition(".")[2]),
    )
    found = files_made(records[-1]) if records else []
    return found[0] if found else None


def _differences_of_origin(made: Made, again: Made) -> Iterator[str]:
    then, now = made.start, again.start
    if then["tags"].get("code") != now["tags"].get("code"):
        yield "the code of this stage is not what it was"
    for name in then["versions"].keys() | now["versions"].keys():
        if then["versions"].get(name) != now["versions"].get(name):
            yield f"{name} was {then['versions'].get(name)}, is {now['versions'].get(name)}"


def compare(original: Made, again: Path) -> Comparison:
    """Compare a file that was made again with the one that is recorded.

    Tables, JSON files and arrays are compared value by value; everything else by its bytes. Only
    bytes can be compared when the original is gone or damaged.
    """
    if not again.exists():
        return Comparison(DIFFERENT, "was not made again")
    if sha256(again) == original.digest:
        return Comparison(EQUAL)
    damage = original.damage()
    if damage is not None:
        return Comparison(DIFFERENT, f"from what is recorded, and {damage}")
    readers = {
        ".parquet": _table,
        ".json": _json,
        ".safetensors": _tensors,
        ".npz": _arrays,
    }
    reader = readers.get(again.suffix)
    if reader is None:
        return Comparison(DIFFERENT, "in its bytes")
    return compare_values(dict(reader(original.path)), dict(reader(again)))


def compare_values(before: dict[str, Any], after: dict[str, Any]) -> Comparison:
    """Compare named values: arrays of numbers with tolerance, all others exactly."""
    import numpy as np

    if before.keys() != after.keys():
        odd = sorted(before.keys() ^ after.keys())[0]
        return Comparison(DIFFERENT, f"{odd} is only in one of them")
    largest, where = 0.0, ""
    for name, old in before.items():
        new = after[name]
        if old.shape != new.shape or old.dtype != new.dtype:
            return Comparison(
                DIFFERENT, f"{name}: {old.dtype}{old.shape} was, {new.dtype}{new.shape} is"
            )
        if old.dtype.kind not in "fc":
            unequal = np.flatnonzero((old != new).ravel())
            if unequal.size:
                return Comparison(DIFFERENT, _at(name, old, new, int(unequal[0]), unequal.size))
            continue
        close = np.isclose(old, new, RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE, equal_nan=True)
        apart = np.flatnonzero(~close.ravel())
        if apart.size:
            return Comparison(DIFFERENT, _at(name, old, new, int(apart[0]), apart.size))
        gap = np.nan_to_num(np.abs(old - new), nan=0.0, posinf=0.0)
        if gap.size and gap.max() > largest:
            largest, where = float(gap.max()), f"largest difference {gap.max():.2g} in {name}"
    return Comparison(WITHIN, where or "other bytes, the same values")


def _at(name: str, old: Any, new: Any, place: int, count: int) -> str:
    return (
        f"{name}: {count} of {old.size} values, first at {place}: "
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
