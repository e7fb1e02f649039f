"""The processes behind records: whether they still run, and which one sends an invocation."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock
import psutil

from vitrine.files import StrPath
from vitrine.tracking.events import FAILED, KILLED, EndEvent, StartEvent, event_line
from vitrine.tracking.paths import lock_path
from vitrine.tracking.redaction import last_lines, without_secrets

# A clock correction shifts the start time that the system reports for a running process.
_START_TOLERANCE_SECONDS = 2.0


def is_running(start: StartEvent) -> bool | None:
    """Whether the process of a start event still runs; None if it ran on another host."""
    if start["host"] != socket.gethostname():
        return None
    try:
        process = psutil.Process(start["pid"])
        difference = abs(process.create_time() - start["process_start"])
        running: bool = process.status() != psutil.STATUS_ZOMBIE
        return difference < _START_TOLERANCE_SECONDS and running
    except psutil.NoSuchProcess:
        return False


@contextmanager
def claim(record: Path) -> Iterator[bool]:
    """Claim the record of an invocation for this process for as long as the block lasts.

    Yields whether the claim succeeded; it fails while another process holds it. The claim ends
    with the process that holds it, even if that process is killed, since the operating system
    drops the lock. Where the file system has no locks, or the folder cannot be written, every
    claim succeeds.

    Raises:
        FileNotFoundError: there is no such record.
    """
    record.stat()
    # A soft lock would outlive a process that is killed.
    lock = filelock.FileLock(lock_path(record), blocking=False, fallback_to_soft=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        yield False
        return
    except (OSError, NotImplementedError):
        yield True
        return
    try:
        yield True
    finally:
        lock.release()


def close_abandoned(path: StrPath, start: StartEvent) -> None:
    """Write the end event that a killed process could not write.

    The status is FAILED if the job's log shows a traceback, otherwise KILLED; ``error`` is the end
    of that log.
    """
    name = start.get("log")
    log = Path(name) if name else None
    text = log.read_text(errors="replace") if log is not None and log.exists() else ""
    now = time.time()
    end: EndEvent = {
        "event": "end",
        "time": now,
        "status": FAILED if "Traceback (most recent call last)" in text else KILLED,
        "wall_seconds": now - start["time"],
        "error": without_secrets(last_lines(text)) or "the process ended without an error message",
    }
    with Path(path).open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        cut_short = file.read(1) not in (b"", b"\n")
        file.write((b"\n" if cut_short else b"") + event_line(end))
