"""Filling the tracking store from the records: exactly what is missing, whatever went wrong before.

``python -m vitrine track`` does it for every invocation; the tracker of each new invocation does it
for earlier ones that were never sent whole, and so closes runs whose processes are gone.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vitrine.files import read_json, write_json
from vitrine.tracking.invocation import state_path
from vitrine.tracking.record import (
    Event,
    alive,
    claimed,
    close_abandoned,
    find_records,
    invocation_path,
    read_ends,
    read_events,
)
from vitrine.tracking.store import Store, StoredRun

_log = logging.getLogger(__name__)


@dataclass
class Refilled:
    """What a refill has done, in records.

    Attributes:
        sent: were missing in the store, in whole or in part.
        present: were there already.
        running: have not ended; sent as far as they go.
        ghosts: had no process any more and have been closed.
        unreadable: hold no start event, or something that MLflow's client cannot take.
        elsewhere: invocations left alone since another process tracks them.
    """

    sent: int = 0
    present: int = 0
    running: int = 0
    ghosts: int = 0
    unreadable: list[Path] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


def refill(store: Store, *, unfinished: bool = False, leave: str | None = None) -> Refilled:
    """Send what the store lacks, and close the records of processes that are gone.

    Args:
        store: where to send.
        unfinished: only invocations that were not sent whole, as their trackers have noted.
        leave: an invocation to leave alone.

    Returns:
        What was done.

    Raises:
        StoreUnavailableError: the store stopped answering; what was sent stays sent.
    """
    done = Refilled()
    candidates = [path.stem for path in sorted(invocation_path("x").parent.glob("*.jsonl"))]
    chosen = [
        identity
        for identity in candidates
        if identity != leave and not (unfinished and _is_whole(identity))
    ]
    if unfinished and not chosen:
        return done
    groups, strays = _records()
    known = store.known_runs()
    for identity in chosen:
        record = invocation_path(identity)
        with claimed(record) as mine:
            if not mine:
                done.elsewhere.append(identity)
                continue
            _fill(store, known, [record, *groups[identity]], done, record)
    if not unfinished:
        others = [path for identity in groups.keys() - set(candidates) for path in groups[identity]]
        _fill(store, known, sorted([*strays, *others]), done, None)
    return done


def _records() -> tuple[dict[str, list[Path]], list[Path]]:
    """Job records by invocation, and those that belong to none."""
    groups: dict[str, list[Path]] = defaultdict(list)
    strays = []
    for path in find_records():
        start, _ = read_ends(path)
        identity = start["tags"].get("invocation") if start is not None else None
        if identity is None:
            strays.append(path)
        elif path.stem != identity:
            groups[identity].append(path)
    return groups, strays


def _is_whole(identity: str) -> bool:
    try:
        return read_json(state_path(invocation_path(identity)))["complete"]
    except (OSError, ValueError, KeyError):
        return False


def _fill(
    store: Store,
    known: Mapping[str, StoredRun],
    paths: Sequence[Path],
    done: Refilled,
    invocation: Path | None,
) -> None:
    """Send the records of one invocation, its own first, and note which runs they are."""
    parent: StoredRun | None = None
    runs = {}
    whole = True
    for path in paths:
        start, end = _ends(path, done)
        if start is None:
            done.unreadable.append(path)
            continue
        stored = known.get(start["id"])
        if stored is not None and stored.complete:
            done.present += 1
        else:
            try:
                events, _ = read_events(path)
                stored = store.open_run(start, parent.run if parent else None)
                store.send(stored.run, events, path)
            except (KeyError, TypeError, ValueError):
                _log.exception("%s cannot be sent and is left out", path)
                done.unreadable.append(path)
                continue
            done.sent += end is not None
            done.running += end is None
            whole = whole and end is not None
        runs[start["id"]] = stored.run
        if path == invocation:
            parent = stored
    if invocation is not None and parent is not None:
        state = {"run_id": parent.run, "experiment_id": parent.experiment, "error": None}
        write_json(state_path(invocation), {**state, "complete": whole, "runs": runs})


def _ends(path: Path, done: Refilled) -> tuple[Event | None, Event | None]:
    start, end = read_ends(path)
    if start is not None and end is None and alive(start) is False:
        close_abandoned(path, start)
        done.ghosts += 1
        return read_ends(path)
    return start, end
