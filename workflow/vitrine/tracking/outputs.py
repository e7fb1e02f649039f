"""What the records say of the files in results: who made them, and whether they are still whole.

Nothing half-written takes a final name, so a file that differs from its record was damaged later:
by a full disk, a broken copy, or an editor. Such a file is set aside, never deleted, and made anew.
"""

import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vitrine.files import StrPath, sha256
from vitrine.tracking.record import FINISHED, Event, find_records, read_ends

RESULTS = Path("results")
DAMAGED = ".damaged"

_ARTIFACT = b'{"event": "artifact"'
_TAIL_BYTES = 16384
# Snakemake touches outputs after their job has ended.
_TOUCH_SECONDS = 5.0


class DamagedFileError(Exception):
    """A file that a stage reads is not what the stage before it wrote."""


@dataclass(frozen=True)
class Made:
    """One file as the record of its job describes it.

    Attributes:
        path: the file, relative to the working directory.
        size: in bytes.
        digest: SHA-256.
        record: where the record lies.
        start, end: its first and last event.
    """

    path: Path
    size: int
    digest: str
    record: Path
    start: Event
    end: Event

    def damage(self, *, thorough: bool = True) -> str | None:
        """Say how the file differs from what is recorded; None if it does not.

        Args:
            thorough: read the file even when nothing has touched it since its job ended.
        """
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return "it is gone"
        if status.st_size != self.size:
            return f"it has {status.st_size:,} bytes instead of {self.size:,}"
        untouched = status.st_mtime <= self.end["time"] + _TOUCH_SECONDS
        if (untouched and not thorough) or sha256(self.path) == self.digest:
            return None
        return "its content has changed (SHA-256)"

    @property
    def output(self) -> Path:
        """The declared output that the file is or lies in."""
        if str(self.path) in self.start["outputs"]:
            return self.path
        outputs = map(Path, self.start["outputs"])
        return next((output for output in outputs if self.path.is_relative_to(output)), self.path)


def files_made(record: Path) -> list[Made]:
    """The files that a record names; none unless its job finished.

    They stand at the end of the record, before the end event, so its metrics are not read.
    """
    start, end = read_ends(record)
    if start is None or end is None or end["status"] != FINISHED or "outputs" not in start:
        return []
    events = [json.loads(line) for line in _last_lines(record) if line.startswith(_ARTIFACT)]
    return [
        Made(Path(one["path"]), one["size"], one["sha256"], record, start, end) for one in events
    ]


def _last_lines(record: Path) -> list[bytes]:
    """The end of a record from before its first artifact on."""
    with record.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        length = _TAIL_BYTES
        while True:
            file.seek(max(0, size - length))
            lines = file.read().splitlines()
            # The first line is cut unless it is the record's own first.
            if length >= size or not any(line.startswith(_ARTIFACT) for line in lines[:2]):
                return lines
            length *= 4


def latest_records(root: StrPath = RESULTS) -> Iterator[Path]:
    """The record of the last attempt of every job below a folder."""
    latest: dict[Path, tuple[int, Path]] = {}
    for path in find_records(root):
        name, _, attempt = path.stem.rpartition(".")
        if attempt.isdigit():
            key = path.with_name(name)
            latest[key] = max(latest.get(key, (0, path)), (int(attempt), path))
    for _, path in latest.values():
        yield path


def maker(path: StrPath) -> Made | None:
    """Find what the records say of a file; None when no finished job has recorded it.

    Args:
        path: the file; one outside the working directory is made by no job.
    """
    wanted = Path(path)
    if wanted.is_absolute():
        if not wanted.is_relative_to(Path.cwd()):
            return None
        wanted = wanted.relative_to(Path.cwd())
    # Records lie in the folder of a job's first output: here, above, or beside.
    searched: set[Path] = set()
    for folder in wanted.parents:
        for record in latest_records(folder):
            if record in searched:
                continue
            searched.add(record)
            for made in files_made(record):
                if made.path == wanted:
                    return made
        if folder.parent == Path():
            break
    return None


def check_input(path: StrPath) -> str:
    """Check a file that is about to be read against the record of the job that made it.

    Returns:
        Its SHA-256.

    Raises:
        DamagedFileError: it differs; it has been set aside, so that the next run makes it anew.
    """
    made = maker(path)
    reason = made.damage() if made is not None else None
    if made is None or reason is None:
        return made.digest if made is not None else sha256(path)
    aside = set_aside(made.output)
    raise DamagedFileError(
        f"{path} is not what the stage {made.start['stage']} wrote: {reason}. It has been set "
        f"aside as {aside}. Run the same command again: it is made anew, and so is what needs it."
    )


def all_files() -> list[Made]:
    """Every file in results that the last attempt of a job has recorded."""
    return [made for record in latest_records() for made in files_made(record)]


def damaged_outputs(files: Sequence[Made]) -> Iterator[tuple[Path, str]]:
    """Every output that differs from its record, and how.

    Cheap: a file is read only when its size is right and something has touched it.
    """
    found: set[Path] = set()
    for made in files:
        output = made.output
        if output not in found and output.exists():
            reason = made.damage(thorough=False)
            if reason is not None:
                found.add(output)
                yield output, f"{made.path}: {reason}"


def back_from_the_future(files: Sequence[Made]) -> list[Path]:
    """Give outputs whose time stamps lie ahead of the clock the time at which their job ended.

    A clock that ran ahead leaves them; every stage that reads them would run again and again.
    """
    now = time.time()
    found = []
    for made in files:
        for path in {made.path, made.output}:
            if path.exists() and path.stat().st_mtime > now + _TOUCH_SECONDS:
                then = min(now, made.end["time"])
                os.utime(path, (then, then))
                found.append(path)
    return found


def set_aside(output: Path) -> Path:
    """Give a damaged file or folder another name beside its own; an older one makes room."""
    number = 0
    while True:
        number += 1
        aside = output.with_name(f"{output.name}{DAMAGED}{number if number > 1 else ''}")
        if not aside.exists():
            return output.rename(aside)
