"""What the records state about files in results: the job that wrote them, and their digests.

Every file gets its final name only when it is complete, so a file that differs from its record was
damaged later: by a full disk, an interrupted copy, or an editor. Such a file is set aside, never
deleted, and made again.
"""

import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vitrine.files import StrPath, sha256
from vitrine.tracking.events import FINISHED, ArtifactEvent, EndEvent, StartEvent, read_ends
from vitrine.tracking.paths import latest_records

DAMAGED = ".damaged"

_ARTIFACT = b'{"event": "artifact"'
_TAIL_BYTES = 16384
# Snakemake touches outputs after their job has ended.
_TOUCH_SECONDS = 5.0


class DamagedFileError(Exception):
    """A file that a stage reads is not what the stage before it wrote."""


@dataclass(frozen=True)
class RecordedFile:
    """A file as the record of its job describes it.

    Attributes:
        path: the file, relative to the working directory.
        size: in bytes.
        digest: SHA-256.
        record: path of the record.
        start, end: the record's first and last event.
    """

    path: Path
    size: int
    digest: str
    record: Path
    start: StartEvent
    end: EndEvent

    def damage(self, *, thorough: bool = True) -> str | None:
        """Say how the file differs from its record; None if it does not.

        Args:
            thorough: read the file even if it was not modified after its job ended.
        """
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return "it is gone"
        if status.st_size != self.size:
            return f"it has {status.st_size:,} bytes instead of {self.size:,}"
        unmodified = status.st_mtime <= self.end["time"] + _TOUCH_SECONDS
        if (unmodified and not thorough) or sha256(self.path) == self.digest:
            return None
        return "its content has changed (SHA-256)"

    @property
    def output(self) -> Path:
        """The declared output that the file is or lies in."""
        declared = self.start.get("outputs", [])
        if str(self.path) in declared:
            return self.path
        outputs = map(Path, declared)
        return next((output for output in outputs if self.path.is_relative_to(output)), self.path)


def recorded_files(record: Path) -> list[RecordedFile]:
    """The files that a record names; none unless its job finished.

    Artifacts stand at the end of a record, before the end event, so its metrics are not read.
    """
    start, end = read_ends(record)
    if start is None or end is None or end["status"] != FINISHED or "outputs" not in start:
        return []
    artifacts: list[ArtifactEvent] = [
        json.loads(line) for line in _last_lines(record) if line.startswith(_ARTIFACT)
    ]
    return [
        RecordedFile(
            Path(artifact["path"]), artifact["size"], artifact["sha256"], record, start, end
        )
        for artifact in artifacts
    ]


def _last_lines(record: Path) -> list[bytes]:
    """The end of a record from before its first artifact on."""
    with record.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        length = _TAIL_BYTES
        while True:
            file.seek(max(0, size - length))
            lines = file.read().splitlines()
            # The first line is cut unless it is the first of the record.
            if length >= size or not any(line.startswith(_ARTIFACT) for line in lines[:2]):
                return lines
            length *= 4


def recorded_file(path: StrPath) -> RecordedFile | None:
    """Find what the records state about a file; None if no finished job has recorded it.

    Args:
        path: the file. No job has recorded a file outside the working directory.
    """
    wanted = Path(path)
    if wanted.is_absolute():
        if not wanted.is_relative_to(Path.cwd()):
            return None
        wanted = wanted.relative_to(Path.cwd())
    # Records lie in the folder of a job's first output: the file's folder, one above, or a sibling.
    searched: set[Path] = set()
    for folder in wanted.parents:
        for record in latest_records(folder):
            if record in searched:
                continue
            searched.add(record)
            for file in recorded_files(record):
                if file.path == wanted:
                    return file
        if folder.parent == Path():
            break
    return None


def check_input(path: StrPath) -> str:
    """Check a file that is about to be read against the record of the job that made it.

    Returns:
        Its SHA-256.

    Raises:
        DamagedFileError: it differs. It has been set aside, so that the next run makes it again.
    """
    file = recorded_file(path)
    if file is None:
        return sha256(path)
    reason = file.damage()
    if reason is None:
        return file.digest
    aside = set_aside(file.output)
    raise DamagedFileError(
        f"{path} is not what the stage {file.start['stage']} wrote: {reason}. It was set aside as "
        f"{aside}. Run the same command again: it makes the file and all that depends on it."
    )


def all_recorded_files() -> list[RecordedFile]:
    """Every file in results that the last attempt of a job has recorded."""
    return [file for record in latest_records() for file in recorded_files(record)]


def damaged_outputs(files: Sequence[RecordedFile]) -> Iterator[tuple[Path, str]]:
    """Yield every output that differs from its record, and the difference.

    Cheap: a file is read only if its size is right and it was modified after its job ended.
    """
    damaged: set[Path] = set()
    for file in files:
        output = file.output
        if output not in damaged and output.exists():
            reason = file.damage(thorough=False)
            if reason is not None:
                damaged.add(output)
                yield output, f"{file.path}: {reason}"


def reset_future_timestamps(files: Sequence[RecordedFile]) -> list[Path]:
    """Set time stamps that lie in the future to the time at which the file's job ended.

    A clock that was ahead leaves such files, and every stage that reads them would run again each
    time.

    Returns:
        The files whose time stamps were set.
    """
    now = time.time()
    changed = []
    for file in files:
        for path in {file.path, file.output}:
            if path.exists() and path.stat().st_mtime > now + _TOUCH_SECONDS:
                timestamp = min(now, file.end["time"])
                os.utime(path, (timestamp, timestamp))
                changed.append(path)
    return changed


def set_aside(output: Path) -> Path:
    """Rename a damaged file or folder to a free name beside it; returns that name."""
    number = 0
    while True:
        number += 1
        aside = output.with_name(f"{output.name}{DAMAGED}{number if number > 1 else ''}")
        if not aside.exists():
            return output.rename(aside)
