"""Where run records and the files beside them lie."""

import os
from collections.abc import Iterator
from pathlib import Path

from vitrine.files import StrPath

RESULTS = Path("results")
FOLDER = "records"


def attempt_paths(folder: StrPath, name: str) -> Iterator[Path]:
    """Yield ``<folder>/<name>.<attempt>.jsonl`` for attempts 1, 2, ... that do not exist yet."""
    attempt = 0
    while True:
        attempt += 1
        path = Path(folder) / f"{name}.{attempt}.jsonl"
        if not path.exists():
            yield path


def find_records(root: StrPath = RESULTS) -> Iterator[Path]:
    """Yield every record below ``root``."""
    for folder, names, files in os.walk(root):
        names.sort()
        if Path(folder).name == FOLDER:
            for name in sorted(files):
                if name.endswith(".jsonl"):
                    yield Path(folder) / name


def latest_records(root: StrPath = RESULTS) -> Iterator[Path]:
    """Yield the record of the last attempt of every job below a folder."""
    latest: dict[Path, tuple[int, Path]] = {}
    for path in find_records(root):
        name, _, attempt = path.stem.rpartition(".")
        if attempt.isdigit():
            key = path.with_name(name)
            latest[key] = max(latest.get(key, (0, path)), (int(attempt), path))
    for _, path in latest.values():
        yield path


def invocation_records() -> list[Path]:
    """The records of all invocations, oldest first."""
    return sorted((RESULTS / FOLDER).glob("*.jsonl"))


def invocation_path(identity: str) -> Path:
    """The record of an invocation."""
    return RESULTS / FOLDER / f"{identity}.jsonl"


def state_path(record: Path) -> Path:
    """The file in which the tracker notes the MLflow runs of an invocation."""
    return record.with_suffix(".mlflow.json")


def config_path(record: Path) -> Path:
    """The complete configuration of an invocation."""
    return record.with_suffix(".config.json")


def lock_path(record: Path) -> Path:
    """The file that a process locks while it sends the records of an invocation."""
    return record.with_suffix(".lock")


def recorded_path(path: Path) -> Path:
    """A path as records name it: relative to the working directory, without ``..``."""
    absolute = path.absolute()
    resolved = absolute.parent.resolve() / absolute.name
    here = Path.cwd()
    return resolved.relative_to(here) if resolved.is_relative_to(here) else path
