"""The run record: an append-only log of events, one JSON object per line, one file per attempt.

The record is the truth about a job; a tracking store is filled from it, live or later. Every event
is written with a single system call to a file opened for appending. So a reader never sees half a
line, and a killed process leaves a valid prefix.

Events (see `vitrine.tracking.events`; each has ``event`` and ``time``, seconds since the epoch):

- ``start``: always the first; what runs, where, with which parameters, code and versions
- ``params``, ``metrics``, ``tag``, ``artifact``, ``inputs``, ``dataset``: what the job reports
- ``end``: always the last; status, cost, and the end of the traceback of a failed job

Numbers that JSON does not have are written as the strings "NaN", "Infinity" and "-Infinity", which
``float`` reads back. The environment is never written, and secrets are removed from texts (see
`vitrine.tracking.redaction`).
"""

import errno
import os
import resource
import socket
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, SupportsFloat

import psutil

from vitrine.files import StrPath, sha256
from vitrine.tracking.events import event_line, json_value
from vitrine.tracking.redaction import last_lines, without_secrets
from vitrine.tracking.versions import versions

INVOCATION_VARIABLE = "VITRINE_INVOCATION"


class Record:
    """A run record that is being written by the process that it describes.

    Args:
        path: the file to create.
        stage: the kind of step, such as ``train``.
        name: the run's name as people see it.
        wildcards: what distinguishes this job from others of the stage (study, scale, seed,
            method).
        params: the parameters of the job, flat.
        tags: facts about code and origin (commit, code digest, invocation).
        command: a command line that does this work again.
        identity: the record's id; a random one unless given.
        details: further entries of the start event.

    Raises:
        FileExistsError: the file exists.
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
            params=json_value(params),
            tags=dict(tags),
            command=without_secrets(command),
            host=socket.gethostname(),
            pid=os.getpid(),
            process_start=psutil.Process().create_time(),
            versions=versions(),
            **(details or {}),
        )

    def params(self, values: Mapping[str, Any]) -> None:
        """Add parameters.

        Raises:
            ValueError: a parameter already has another value.
        """
        for key, value in values.items():
            if key in self._params and json_value(self._params[key]) != json_value(value):
                raise ValueError(
                    f"parameter {key!r} is already {self._params[key]!r} and cannot become "
                    f"{value!r}; use another name, or record it as a metric"
                )
        self._params.update(values)
        self._append("params", values=json_value(values))

    def metrics(self, values: Mapping[str, SupportsFloat], step: int | None = None) -> None:
        """Add one point to each metric; NaN and infinity are kept.

        Raises:
            TypeError: a value is not a number.
        """
        numbers = {}
        for key, value in values.items():
            try:
                numbers[key] = json_value(float(value))
            except (TypeError, ValueError) as error:
                raise TypeError(f"metric {key!r} is not a number: {value!r}") from error
        self._append("metrics", step=None if step is None else int(step), values=numbers)

    def artifact(self, path: StrPath, folder: str | None = None) -> None:
        """Record a file that the job has written, with its size in bytes and its SHA-256.

        Args:
            path: the file, preferably relative to the working directory.
            folder: where a store should show it; at the top unless given.
        """
        size = Path(path).stat().st_size
        self._append("artifact", path=str(path), folder=folder, size=size, sha256=sha256(path))

    def inputs(self, digests: Mapping[str, str]) -> None:
        """Record the files that the job reads, with their SHA-256."""
        self._append("inputs", files=dict(digests))

    def dataset(self, name: str, digest: str, context: str, source: str) -> None:
        """Record a table that the job reads: its digest, its role and its place."""
        source = without_secrets(source)
        self._append("dataset", name=name, digest=digest, context=context, source=source)

    def tag(self, key: str, value: str) -> None:
        """Attach a label to the run; a later value replaces an earlier one."""
        self._append("tag", key=key, value=str(value))

    def end(self, status: str, error: str | None = None) -> None:
        """Write the last event and close the file.

        Args:
            status: FINISHED, FAILED or KILLED.
            error: the traceback of a job that did not finish; its last lines are kept.
        """
        process = resource.getrusage(resource.RUSAGE_SELF)
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        unit = 1 if sys.platform == "darwin" else 1024
        self._append(
            "end",
            status=status,
            wall_seconds=time.perf_counter() - self._started,
            cpu_seconds=sum(usage.ru_utime + usage.ru_stime for usage in (process, children)),
            peak_memory_bytes=max(process.ru_maxrss, children.ru_maxrss) * unit,
            error=None if error is None else without_secrets(last_lines(error)),
        )
        os.close(self._file)

    def _append(self, event: str, **content: Any) -> None:
        line = event_line({"event": event, "time": time.time(), **content})
        with self._lock:
            if self._torn:
                line = b"\n" + line
            written = os.write(self._file, line)
            self._torn = written < len(line)
        if self._torn:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Turn nested mappings into one with dotted keys; lists stay as they are."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            flat.update(flatten(value, f"{name}."))
        else:
            flat[name] = value
    return flat
