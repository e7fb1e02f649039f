"""The events of a run record, and how they are read.

A record is a file of JSON objects, one per line; each has ``event`` and ``time`` (seconds since the
epoch). The first event is ``start``, the last is ``end``. `vitrine.tracking.record` writes them.
"""

import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, cast

from vitrine.files import StrPath
from vitrine.tracking.redaction import without_secrets

FINISHED, FAILED, KILLED = "FINISHED", "FAILED", "KILLED"

# A metric's value: non-finite numbers are written as "NaN", "Infinity" and "-Infinity".
Number = float | str

# An end event with its error and the line before it fits.
_TAIL_BYTES = 65536


class StartEvent(TypedDict):
    """What runs, where, with which parameters, code and versions."""

    event: Literal["start"]
    time: float
    id: str
    stage: str
    name: str
    wildcards: dict[str, str]
    params: dict[str, Any]
    tags: dict[str, str]
    command: str
    host: str
    pid: int
    process_start: float
    versions: dict[str, str]
    log: NotRequired[str | None]
    inputs: NotRequired[list[str]]
    outputs: NotRequired[list[str]]
    threads: NotRequired[int]


class ParamsEvent(TypedDict):
    """Parameters that are known only while the job runs."""

    event: Literal["params"]
    time: float
    values: dict[str, Any]


class MetricsEvent(TypedDict):
    """One point of each of some metrics."""

    event: Literal["metrics"]
    time: float
    step: int | None
    values: dict[str, Number]


class ArtifactEvent(TypedDict):
    """A file that the job has written."""

    event: Literal["artifact"]
    time: float
    path: str
    folder: str | None
    size: int
    sha256: str


class InputsEvent(TypedDict):
    """The SHA-256 of every file that the job reads."""

    event: Literal["inputs"]
    time: float
    files: dict[str, str]


class DatasetEvent(TypedDict):
    """A table that the job reads."""

    event: Literal["dataset"]
    time: float
    name: str
    digest: str
    context: str
    source: str


class TagEvent(TypedDict):
    """A label of the run; a later value replaces an earlier one."""

    event: Literal["tag"]
    time: float
    key: str
    value: str


class EndEvent(TypedDict):
    """Status and cost; the end of the traceback of a job that failed."""

    event: Literal["end"]
    time: float
    status: str
    wall_seconds: NotRequired[float]
    cpu_seconds: NotRequired[float]
    peak_memory_bytes: NotRequired[int]
    error: NotRequired[str | None]


Event = (
    StartEvent
    | ParamsEvent
    | MetricsEvent
    | ArtifactEvent
    | InputsEvent
    | DatasetEvent
    | TagEvent
    | EndEvent
)


def read_events(
    path: StrPath, offset: int = 0, kinds: Sequence[str] = ()
) -> tuple[list[Event], int]:
    """Read the whole lines from ``offset`` (bytes) on; return their events and the new offset.

    A last line without a line break is left for the next call. A broken line in the middle (a full
    disk can leave one) is skipped.

    Args:
        path: the record.
        offset: where to begin.
        kinds: kinds of events to return; other lines are not parsed. All kinds if empty.
    """
    with Path(path).open("rb") as file:
        file.seek(offset)
        content = file.read()
    whole = content[: content.rfind(b"\n") + 1]
    prefixes = tuple(b'{"event": "%s"' % kind.encode() for kind in kinds) or b""
    lines = (line for line in whole.split(b"\n") if line.startswith(prefixes))
    events = [event for line in lines if (event := parse_event(line)) is not None]
    return events, offset + len(whole)


def read_ends(path: StrPath) -> tuple[StartEvent | None, EndEvent | None]:
    """Read the start event and the end event of a record without the lines between them."""
    with Path(path).open("rb") as file:
        first_line = file.readline()
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL_BYTES))
        last_line = file.read().rstrip(b"\n").rpartition(b"\n")[2]
    first, last = parse_event(first_line), parse_event(last_line)
    return (
        first if first is not None and first["event"] == "start" else None,
        last if last is not None and last["event"] == "end" else None,
    )


def event_line(event: Mapping[str, Any]) -> bytes:
    """An event as one line of strict JSON in UTF-8."""
    text = json.dumps(event, ensure_ascii=False, allow_nan=False)
    # Half of a surrogate pair (a file name that is not UTF-8) becomes its JSON escape.
    return text.encode("utf-8", "backslashreplace") + b"\n"


def parse_event(line: bytes) -> Event | None:
    """The event of a line; None if the line is not a whole event."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return cast(Event, event) if isinstance(event, dict) and "event" in event else None


def json_value(value: Any) -> Any:
    """A value as strict JSON can hold it: non-finite numbers and unknown objects become text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if math.isfinite(value):
            return float(value)
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {str(key): json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    # NumPy and torch scalars
    item = getattr(value, "item", None)
    if callable(item) and not isinstance(value, str):
        return json_value(item())
    return without_secrets(str(value))
