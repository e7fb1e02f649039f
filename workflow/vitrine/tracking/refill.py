"""Filling the tracking store from the records: exactly what is missing.

``python -m vitrine track`` does it for every invocation. The tracker of each new invocation does it
for earlier ones that were not sent completely, and so closes runs whose processes are gone.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vitrine.files import read_json, write_json
from vitrine.tracking.events import EndEvent, StartEvent, read_ends, read_events
from vitrine.tracking.paths import (
    find_records,
    invocation_path,
    invocation_records,
    state_path,
)
from vitrine.tracking.processes import claim, close_abandoned, is_running
from vitrine.tracking.store import Store, StoredRun

_log = logging.getLogger(__name__)


@dataclass
class RefillReport:
    """What a refill has done, in numbers of records.

    Attributes:
        sent: were missing in the store, completely or in part.
        present: were in the store already.
        running: have not ended; sent as far as they go.
        abandoned: belonged to a process that is gone, and were closed.
        unreadable: have no start event, or something that MLflow's client cannot send.
        claimed: invocations left out because another process sends them.
    """

    sent: int = 0
    present: int = 0
    running: int = 0
    abandoned: int = 0
    unreadable: list[Path] = field(default_factory=list)
    claimed: list[str] = field(default_factory=list)


def refill(store: Store, *, unfinished: bool = False, exclude: str | None = None) -> RefillReport:
    """Send what the store lacks, and close the records of processes that are gone.

    Args:
        store: where to send.
        unfinished: only invocations that were not sent completely, as their trackers have noted.
        exclude: an invocation to leave out.

    Returns:
        What was done.

    Raises:
        StoreUnavailableError: the store stopped answering; what was sent stays sent.
    """
    report = RefillReport()
    invocations = [path.stem for path in invocation_records()]
    selected = [
        identity
        for identity in invocations
        if identity != exclude and not (unfinished and _is_complete(identity))
    ]
    if unfinished and not selected:
        return report
    jobs, unassigned = _job_records()
    stored_runs = store.stored_runs()
    for identity in selected:
        record = invocation_path(identity)
        with claim(record) as claimed:
            if not claimed:
                report.claimed.append(identity)
                continue
            _send_records(store, stored_runs, [record, *jobs[identity]], report, record)
    if not unfinished:
        others = [path for identity in jobs.keys() - {*invocations} for path in jobs[identity]]
        _send_records(store, stored_runs, sorted([*unassigned, *others]), report, None)
    return report


def _job_records() -> tuple[dict[str, list[Path]], list[Path]]:
    """Job records by invocation, and those that belong to none."""
    jobs: dict[str, list[Path]] = defaultdict(list)
    unassigned = []
    for path in find_records():
        start, _ = read_ends(path)
        identity = start["tags"].get("invocation") if start is not None else None
        if identity is None:
            unassigned.append(path)
        elif path.stem != identity:
            jobs[identity].append(path)
    return jobs, unassigned


def _is_complete(identity: str) -> bool:
    try:
        return bool(read_json(state_path(invocation_path(identity)))["complete"])
    except (OSError, ValueError, KeyError):
        return False


def _send_records(
    store: Store,
    stored_runs: Mapping[str, StoredRun],
    paths: Sequence[Path],
    report: RefillReport,
    invocation: Path | None,
) -> None:
    """Send the records of one invocation, its own first, and note the ids of their runs."""
    parent: StoredRun | None = None
    runs = {}
    complete = True
    for path in paths:
        start, end = _closed_ends(path, report)
        if start is None:
            report.unreadable.append(path)
            continue
        stored = stored_runs.get(start["id"])
        if stored is not None and stored.complete:
            report.present += 1
        else:
            try:
                events, _ = read_events(path)
                stored = store.open_run(start, parent.run if parent else None)
                store.send(stored.run, events, path)
            except (KeyError, TypeError, ValueError):
                _log.exception("%s cannot be sent and is left out", path)
                report.unreadable.append(path)
                continue
            report.sent += end is not None
            report.running += end is None
            complete = complete and end is not None
        runs[start["id"]] = stored.run
        if path == invocation:
            parent = stored
    if invocation is not None and parent is not None:
        state = {"run_id": parent.run, "experiment_id": parent.experiment, "error": None}
        write_json(state_path(invocation), {**state, "complete": complete, "runs": runs})


def _closed_ends(path: Path, report: RefillReport) -> tuple[StartEvent | None, EndEvent | None]:
    """The first and last event of a record, which is closed if its process is gone."""
    start, end = read_ends(path)
    if start is not None and end is None and is_running(start) is False:
        close_abandoned(path, start)
        report.abandoned += 1
        return read_ends(path)
    return start, end
