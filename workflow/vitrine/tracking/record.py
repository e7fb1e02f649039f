"""The run record: an append-only log of events, one JSON object per line, one file per attempt.

The record is the truth about a job; a tracking store is filled from it, live or later. Every event
is written with a single system call to a file opened for appending, so that a reader never sees
half a line and a killed process leaves a valid prefix behind.

Events (each has ``event`` and ``time``, seconds since the epoch):

- ``start``: always the first; what runs, where, with which parameters, code and versions
- ``params``, ``metrics``, ``tag``, ``artifact``, ``dataset``: what the job reports
- ``end``: always the last; status, cost, and the end of the traceback of a failed job

Numbers that JSON does not know are written as the strings "NaN", "Infinity" and "-Infinity",
which ``float`` reads back. The environment is never written, and secrets are removed from texts:
user names and passwords inside URIs, tokens in their queries, and the values of environment
variables whose names say that they are secret.
"""

import errno
import fcntl
import functools
import importlib.metadata
import json
import math
import os
import platform
import re
import resource
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, SupportsFloat

import psutil

from vitrine.files import StrPath, sha256

Event = dict[str, Any]

FOLDER = "records"
INVOCATION_VARIABLE = "VITRINE_INVOCATION"

FINISHED, FAILED, KILLED = "FINISHED", "FAILED", "KILLED"

# What a result can depend on; looked up by metadata, nothing is imported.
_PACKAGES = ("mlflow", "numpy", "pandas", "scikit-learn", "snakemake", "torch")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s'\"]+@")
_QUERY_SECRETS = re.compile(
    r"([?&](?:\w*(?:token|password|passwd|secret|signature|api_?key|access_?key)\w*|sig|key)=)[^&\s'\"]+",
    re.IGNORECASE,
)
_SECRET_VARIABLE = re.compile(
    r"TOKEN|PASSWORD|PASSWD|SECRET|CREDENTIAL|API_?KEY|ACCESS_?KEY", re.IGNORECASE
)
# Shorter values are words that a text may hold by chance.
_SECRET_LENGTH = 6
# A clock correction shifts the start time that the system reports for a running process.
_START_TOLERANCE = 2.0
_ERROR_LINES = 40
_ERROR_CHARACTERS = 8000


class Record:
    """A run record that is being written by the process that it describes.

    Args:
        path: the file to create; raises FileExistsError if it exists.
        stage: the word for the kind of step, such as ``train``.
        name: the run's name as people see it.
        wildcards: what tells this job from others of the stage (study, scale, seed, method).
        params: the parameters of the job, flat.
        tags: facts about code and origin (commit, code digest, invocation).
        command: a command line that does this work again.
        identity: the record's own id; a fresh one unless given.
        details: further entries of the start event.
    """

    def __init__(
        self,
        path: StrPath,
        *,
        stage: str,
        name: str,
        wildcards: Mapping[str, str],
        params: Mapping[str, Any],
        tags: Mapping[str, str],
        command: str,
        identity: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o666)
        self._lock = threading.Lock()
        self._torn = False
        self._started = time.perf_counter()
        self._params = dict(params)
        self.identity = identity or uuid.uuid4().hex
        self._append(
            "start",
            id=self.identity,
            stage=stage,
            name=name,
            wildcards=dict(wildcards),
            params=plain(params),
            tags=dict(tags),
            command=without_secrets(command),
            host=socket.gethostname(),
            pid=os.getpid(),
            process_start=psutil.Process().create_time(),
            versions=versions(),
            **(details or {}),
        )

    def params(self, values: Mapping[str, Any]) -> None:
        """Add parameters. Raises ValueError when one has already another value."""
        for key, value in values.items():
            if key in self._params and plain(self._params[key]) != plain(value):
                raise ValueError(
                    f"parameter {key!r} is already {self._params[key]!r} and cannot become "
                    f"{value!r}; give it another name, or record it as a metric"
                )
        self._params.update(values)
        self._append("params", values=plain(values))

    def metrics(self, values: Mapping[str, SupportsFloat], step: int | None = None) -> None:
        """Add one point to each metric; NaN and infinity are kept.

        Raises TypeError for a value that is not a number.
        """
        numbers = {}
        for key, value in values.items():
            try:
                numbers[key] = plain(float(value))
            except (TypeError, ValueError) as error:
                raise TypeError(f"metric {key!r} is not a number: {value!r}") from error
        self._append("metrics", step=None if step is None else int(step), values=numbers)

    def artifact(self, path: StrPath, folder: str | None = None) -> None:
        """Name a file that the job has made, with its size and SHA-256.

        Args:
            path: the file, best relative to the working directory.
            folder: where a store should show it; at the top unless given.
        """
        size = Path(path).stat().st_size
        self._append("artifact", path=str(path), folder=folder, size=size, sha256=sha256(path))

    def inputs(self, digests: Mapping[str, str]) -> None:
        """Name the files that the job reads, with their SHA-256."""
        self._append("inputs", files=dict(digests))

    def dataset(self, name: str, digest: str, context: str, source: str) -> None:
        """Name a table that the job reads: its digest, its role and where it lies."""
        source = without_secrets(source)
        self._append("dataset", name=name, digest=digest, context=context, source=source)

    def tag(self, key: str, value: str) -> None:
        """Attach a word to the run; a later value replaces an earlier one."""
        self._append("tag", key=key, value=str(value))

    def end(self, status: str, error: str | None = None) -> None:
        """Write the last event and close the file.

        Args:
            status: FINISHED, FAILED or KILLED.
            error: the traceback of a job that did not finish; its last lines are kept.
        """
        own = resource.getrusage(resource.RUSAGE_SELF)
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        unit = 1 if sys.platform == "darwin" else 1024
        self._append(
            "end",
            status=status,
            wall_seconds=time.perf_counter() - self._started,
            cpu_seconds=own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime,
            peak_memory_bytes=max(own.ru_maxrss, children.ru_maxrss) * unit,
            error=None if error is None else without_secrets(last_lines(error)),
        )
        os.close(self._file)

    def _append(self, event: str, **content: Any) -> None:
        line = _line({"event": event, "time": time.time(), **content})
        with self._lock:
            if self._torn:
                line = b"\n" + line
            written = os.write(self._file, line)
            self._torn = written < len(line)
        if self._torn:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))


def attempt_paths(folder: StrPath, name: str) -> Iterator[Path]:
    """Yield ``<folder>/<name>.<attempt>.jsonl`` for attempts 1, 2, ... that do not exist yet."""
    attempt = 0
    while True:
        attempt += 1
        path = Path(folder) / f"{name}.{attempt}.jsonl"
        if not path.exists():
            yield path


def read_events(
    path: StrPath, offset: int = 0, kinds: Sequence[str] = ()
) -> tuple[list[Event], int]:
    """Read the whole lines from ``offset`` (bytes) on; return their events and the new offset.

    A last line without its end is left for the next time. A broken line in the middle (a full
    disk can leave one) is passed over.

    Args:
        path: the record.
        offset: where to begin.
        kinds: of events to return; others are not parsed. All if empty.
    """
    with Path(path).open("rb") as file:
        file.seek(offset)
        content = file.read()
    whole = content[: content.rfind(b"\n") + 1]
    begins = tuple(b'{"event": "%s"' % kind.encode() for kind in kinds) or b""
    lines = (line for line in whole.split(b"\n") if line.startswith(begins))
    events = [event for line in lines if (event := _event(line)) is not None]
    return events, offset + len(whole)


def read_ends(path: StrPath) -> tuple[Event | None, Event | None]:
    """Read a record's start event and its end event without reading what lies between."""
    with Path(path).open("rb") as file:
        first = file.readline()
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 65536))
        last = file.read().rstrip(b"\n").rpartition(b"\n")[2]
    start, end = (_event(line) for line in (first, last))
    return (
        start if start is not None and start["event"] == "start" else None,
        end if end is not None and end["event"] == "end" else None,
    )


def find_records(root: StrPath = "results") -> Iterator[Path]:
    """Yield every record below ``root``."""
    for folder, names, files in os.walk(root):
        names.sort()
        if Path(folder).name == FOLDER:
            for name in sorted(files):
                if name.endswith(".jsonl"):
                    yield Path(folder) / name


def invocation_path(identity: str) -> Path:
    """Where the record of an invocation lies."""
    return Path("results") / FOLDER / f"{identity}.jsonl"


def alive(start: Event) -> bool | None:
    """Say whether the process of a start event still runs; None if it ran on another host."""
    if start["host"] != socket.gethostname():
        return None
    try:
        process = psutil.Process(start["pid"])
        return (
            abs(process.create_time() - start["process_start"]) < _START_TOLERANCE
            and process.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.NoSuchProcess:
        return False


@contextmanager
def claimed(path: StrPath) -> Iterator[bool]:
    """Claim an invocation's record for one tracker at a time, for as long as the block lasts.

    Yields whether the claim succeeded. The claim ends with the process that holds it, however that
    ends. Where the file system knows no locks, everyone succeeds.
    """
    with Path(path).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        except OSError:
            pass
        yield True


def close_abandoned(path: StrPath, start: Event) -> None:
    """Write the end event that a killed process could not write.

    The status is FAILED if the job's log shows a traceback, otherwise KILLED; ``error`` is the end
    of that log.
    """
    log = Path(start["log"]) if start.get("log") else None
    text = log.read_text(errors="replace") if log is not None and log.exists() else ""
    now = time.time()
    event = {
        "event": "end",
        "time": now,
        "status": FAILED if "Traceback (most recent call last)" in text else KILLED,
        "wall_seconds": now - start["time"],
        "error": without_secrets(last_lines(text)) or "the process ended without a word",
    }
    with Path(path).open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        cut_short = file.read(1) not in (b"", b"\n")
        file.write((b"\n" if cut_short else b"") + _line(event))


def last_lines(text: str) -> str:
    """The end of a text: at most 40 lines and 8,000 characters."""
    return "\n".join(text.rstrip().splitlines()[-_ERROR_LINES:])[-_ERROR_CHARACTERS:]


def without_secrets(text: str) -> str:
    """Remove from a text what must not be kept.

    User names and passwords inside URIs go, tokens in their queries, and whatever equals the value
    of an environment variable that is named like a secret (``..._TOKEN``, ``..._PASSWORD``).
    """
    text = _QUERY_SECRETS.sub(r"\1***", _CREDENTIALS.sub("", text))
    for name, value in os.environ.items():
        if len(value) >= _SECRET_LENGTH and _SECRET_VARIABLE.search(name):
            text = text.replace(value, "***")
    return text


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Turn nested mappings into one with dotted keys; lists stay what they are."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            flat.update(flatten(value, f"{name}."))
        else:
            flat[name] = value
    return flat


def versions() -> dict[str, str]:
    """What results depend on beside code and data: Python, packages, the kind of machine."""
    found = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
    }
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


@functools.cache
def _processor() -> str:
    """The processor's name; last digits of floating-point numbers can depend on it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def git_tags() -> dict[str, str]:
    """The commit of the code and whether files differ from it; empty outside a git repository."""

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "--no-optional-locks", *arguments],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
        return done.stdout.strip()

    try:
        commit = git("rev-parse", "--verify", "HEAD")
        return {"git.commit": commit, "git.dirty": str(bool(git("status", "--porcelain"))).lower()}
    except (OSError, subprocess.SubprocessError):
        return {}


def plain(value: Any) -> Any:
    """What strict JSON can hold: non-finite numbers and unknown objects become text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if math.isfinite(value):
            return float(value)
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    # NumPy and torch scalars
    item = getattr(value, "item", None)
    if callable(item) and not isinstance(value, str):
        return plain(item())
    return without_secrets(str(value))


def _line(event: Event) -> bytes:
    text = json.dumps(event, ensure_ascii=False, allow_nan=False)
    # Half of a surrogate pair (a file name that is not UTF-8) becomes its JSON escape.
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _event(line: bytes) -> Event | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "event" in event else None
