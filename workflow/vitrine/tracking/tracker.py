"""The tracker: one process per invocation that follows run records and sends them to MLflow.

``python -m vitrine.tracking.tracker results/records/<invocation>.jsonl``. It ends when the
invocation's record has ended and everything is sent, or when Snakemake is gone. A store that does
not answer costs nothing but patience: it is tried again, said once, and given up after a bounded
time at the end; what was not sent stays in the records.
"""

import argparse
import gc
import logging
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from vitrine.files import write_json
from vitrine.tracking.invocation import state_path
from vitrine.tracking.record import (
    KILLED,
    Event,
    alive,
    claimed,
    close_abandoned,
    find_records,
    read_ends,
    read_events,
)
from vitrine.tracking.refill import refill
from vitrine.tracking.store import Store, StoreUnavailableError

_log = logging.getLogger(__name__)

INTERVAL_SECONDS = 1.0
# How long a store may be away at the end before the rest is left in the records.
PATIENCE_SECONDS = 20.0
# How long jobs may take to die after the invocation has ended.
GRACE_SECONDS = 5.0
_MOMENT_SECONDS = 0.1


@dataclass
class Followed:
    """A record that is being sent: how far it is read, what waits, which run it has become."""

    path: Path
    offset: int = 0
    start: Event | None = None
    ended: bool = False
    pending: list[Event] = field(default_factory=list)
    run: str | None = None

    def read(self) -> None:
        """Take in what has been appended; a record that was removed ends as KILLED."""
        if self.ended:
            return
        try:
            events, self.offset = read_events(self.path, self.offset)
        except FileNotFoundError:
            removed = {"status": KILLED, "error": "the run record was removed"}
            events = [{"event": "end", "time": time.time(), **removed}]
        self.pending.extend(events)
        for event in events:
            if event["event"] == "start":
                self.start = event
            elif event["event"] == "end":
                self.ended = True


class Tracker:
    """Follows the records of one invocation.

    Args:
        invocation: the record of the invocation.
        patience: seconds that the store may be away at the end.
    """

    def __init__(self, invocation: Path, patience: float = PATIENCE_SECONDS) -> None:
        self.parent = Followed(invocation)
        self.patience = patience
        self._followed = {invocation: self.parent}
        self._others: set[Path] = set()
        self._store: Store | None = None
        self._experiment: str | None = None
        self._noted: dict[str, object] = {}
        self._error: str | None = None
        self._failing_since: float | None = None
        self._looked_back = False
        self._ended_since: float | None = None

    def follow(self) -> bool:
        """Follow until the invocation is over; return whether everything was sent.

        An invocation that another process follows is left to it.
        """
        with claimed(self.parent.path) as mine:
            if not mine:
                _log.warning("%s is followed by another process", self.parent.path)
            return mine and self._follow()

    def _follow(self) -> bool:
        self._leave_state(complete=False)
        while True:
            # A job's record that is there when the invocation ends is found after that.
            last_look = self.parent.ended
            began = time.monotonic()
            self._discover()
            effort = time.monotonic() - began
            for record in self._followed.values():
                record.read()
            self._close_abandoned()
            self._send()
            self._leave_state(complete=False)
            self._look_back()
            if last_look and self._over():
                break
            self._rest(max(INTERVAL_SECONDS, 9 * effort))
        complete = not any(record.pending for record in self._followed.values())
        if not complete:
            _log.warning("not everything was sent; what is missing is in the records")
        self._leave_state(complete)
        return complete

    def _discover(self) -> None:
        for path in find_records():
            if path in self._followed or path in self._others:
                continue
            try:
                start, _ = read_ends(path)
            except FileNotFoundError:
                continue
            if start is None:
                continue
            if start["tags"].get("invocation") == self.parent.path.stem:
                self._followed[path] = Followed(path)
            else:
                self._others.add(path)

    def _close_abandoned(self) -> None:
        """End the records of processes that are gone."""
        if self.parent.ended and self._ended_since is None:
            self._ended_since = time.monotonic()
        for record in self._followed.values():
            if record.ended or record.start is None:
                continue
            state = alive(record.start)
            # Of another host nothing is known but that Snakemake waits for its jobs.
            if state is False or (state is None and self._grace_is_over()):
                # It may have ended by itself since it was read.
                record.read()
                if not record.ended:
                    close_abandoned(record.path, record.start)
                    record.read()

    def _send(self) -> None:
        try:
            if self._store is None:
                self._store = Store()
            for record in self._followed.values():
                if record.pending and record.start is not None:
                    self._send_one(self._store, record, record.start)
        except StoreUnavailableError as error:
            if self._failing_since is None:
                self._failing_since = time.monotonic()
                self._error = str(error)
                _log.warning("the store does not answer and will be tried again: %s", error)
        else:
            if self._failing_since is not None:
                self._failing_since = None
                self._error = None
                _log.info("the store answers again")

    def _look_back(self) -> None:
        """Once the store answers, close and send what earlier invocations left behind."""
        if self._looked_back or self._store is None or self._failing_since is not None:
            return
        self._looked_back = True
        try:
            done = refill(self._store, unfinished=True, leave=self.parent.path.stem)
        except (StoreUnavailableError, OSError) as error:
            _log.warning("earlier invocations were not looked at: %s", error)
        else:
            if done.sent or done.ghosts:
                _log.info("earlier invocations: %d sent, %d closed", done.sent, done.ghosts)

    def _send_one(self, store: Store, record: Followed, start: Event) -> None:
        try:
            if record.run is None:
                parent = None if record is self.parent else self.parent.run
                stored = store.open_run(start, parent)
                record.run = stored.run
                if record is self.parent:
                    self._experiment = stored.experiment
                if stored.complete:
                    record.pending.clear()
                    return
            store.send(record.run, record.pending, record.path)
        except (KeyError, TypeError, ValueError, OSError):
            _log.exception("%s cannot be sent and is left out", record.path)
        record.pending.clear()

    def _over(self) -> bool:
        if any(record.pending for record in self._followed.values()):
            failing = self._failing_since
            return failing is not None and time.monotonic() - failing > self.patience
        if all(record.ended for record in self._followed.values()):
            return True
        # Snakemake waits for the tracker, not for jobs that outlive it; without Snakemake there is
        # time to see how its last jobs end.
        return self._grace_is_over() and bool(self.parent.start and alive(self.parent.start))

    def _grace_is_over(self) -> bool:
        since = self._ended_since
        return since is not None and time.monotonic() - since > GRACE_SECONDS

    def _rest(self, seconds: float) -> None:
        """Sleep, but only for a moment once Snakemake waits for the tracker."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(_MOMENT_SECONDS)
            self.parent.read()
            waited_for = self.parent.ended and not self._grace_is_over()
            if waited_for and self._failing_since is None:
                return

    def _leave_state(self, complete: bool) -> None:
        """Note which runs the records have become, and whether anything is missing."""
        runs = {r.start["id"]: r.run for r in self._followed.values() if r.start and r.run}
        state: dict[str, object] = {
            "run_id": self.parent.run,
            "experiment_id": self._experiment,
            "complete": complete,
            "error": self._error,
            "runs": runs,
        }
        if state == self._noted:
            return
        try:
            write_json(state_path(self.parent.path), state)
        except OSError as error:
            _log.warning("which runs there are cannot be noted: %s", error)
        else:
            self._noted = state


def main() -> None:
    """Follow the invocation that the command line names."""
    parser = argparse.ArgumentParser(description="Send run records to MLflow while jobs run.")
    parser.add_argument("invocation", type=Path, help="record of the invocation")
    parser.add_argument("--patience", type=float, default=PATIENCE_SECONDS, metavar="SECONDS")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # The jobs' work comes first.
    os.nice(5)
    # Points are many small objects that live for a moment: the usual collector takes a fifth of the
    # time that sending them takes.
    gc.set_threshold(50_000)
    Tracker(arguments.invocation, arguments.patience).follow()


if __name__ == "__main__":
    main()
