"""The tracker: one process per invocation that follows run records and sends them to MLflow.

``python -m vitrine.tracking.tracker results/records/<invocation>.jsonl``. It ends when the
invocation's record has ended and everything is sent, or when Snakemake is gone. A store that does
not answer is tried again, reported once, and given up a bounded time after the end; what was not
sent stays in the records.
"""

import argparse
import gc
import logging
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from vitrine.files import write_json
from vitrine.tracking.events import KILLED, Event, StartEvent, read_ends, read_events
from vitrine.tracking.paths import find_records, state_path
from vitrine.tracking.processes import claim, close_abandoned, is_running
from vitrine.tracking.refill import refill
from vitrine.tracking.store import Store, StoreUnavailableError

_log = logging.getLogger(__name__)

INTERVAL_SECONDS = 1.0
# How long a store may fail to answer at the end before the rest is left in the records.
PATIENCE_SECONDS = 20.0
# How long jobs may take to stop after the invocation has ended.
GRACE_SECONDS = 5.0
_POLL_SECONDS = 0.1


@dataclass
class RecordTransfer:
    """A record that is being sent: how far it is read, which events wait, and its run."""

    path: Path
    offset: int = 0
    start: StartEvent | None = None
    ended: bool = False
    pending: list[Event] = field(default_factory=list)
    run: str | None = None

    def read(self) -> None:
        """Read what was appended; a record that was removed ends as KILLED."""
        if self.ended:
            return
        events: list[Event]
        try:
            events, self.offset = read_events(self.path, self.offset)
        except FileNotFoundError:
            error = "the run record was removed"
            events = [{"event": "end", "time": time.time(), "status": KILLED, "error": error}]
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
        patience: seconds for which the store may fail to answer at the end.
    """

    def __init__(self, invocation: Path, patience: float = PATIENCE_SECONDS) -> None:
        self.parent = RecordTransfer(invocation)
        self.patience = patience
        self._transfers = {invocation: self.parent}
        self._foreign: set[Path] = set()
        self._store: Store | None = None
        self._experiment: str | None = None
        self._written_state: dict[str, object] = {}
        self._error: str | None = None
        self._failing_since: float | None = None
        self._sent_earlier = False
        self._ended_since: float | None = None

    def follow(self) -> bool:
        """Follow until the invocation is over; return whether everything was sent.

        Nothing is done if another process follows the invocation.
        """
        with claim(self.parent.path) as claimed:
            if not claimed:
                _log.warning("%s is followed by another process", self.parent.path)
            return claimed and self._follow()

    def _follow(self) -> bool:
        self._write_state(complete=False)
        while True:
            # A job's record that exists when the invocation ends is found in the next round.
            last_round = self.parent.ended
            began = time.monotonic()
            self._discover()
            effort = time.monotonic() - began
            for transfer in self._transfers.values():
                transfer.read()
            self._close_abandoned()
            self._send()
            self._write_state(complete=False)
            self._send_earlier_invocations()
            if last_round and self._is_over():
                break
            self._rest(max(INTERVAL_SECONDS, 9 * effort))
        complete = not any(transfer.pending for transfer in self._transfers.values())
        if not complete:
            _log.warning("not everything was sent; what is missing is in the records")
        self._write_state(complete)
        return complete

    def _discover(self) -> None:
        for path in find_records():
            if path in self._transfers or path in self._foreign:
                continue
            try:
                start, _ = read_ends(path)
            except FileNotFoundError:
                continue
            if start is None:
                continue
            if start["tags"].get("invocation") == self.parent.path.stem:
                self._transfers[path] = RecordTransfer(path)
            else:
                self._foreign.add(path)

    def _close_abandoned(self) -> None:
        """End the records of processes that are gone."""
        if self.parent.ended and self._ended_since is None:
            self._ended_since = time.monotonic()
        for transfer in self._transfers.values():
            if transfer.ended or transfer.start is None:
                continue
            running = is_running(transfer.start)
            # Processes of another host cannot be seen, but Snakemake waits for its jobs.
            if running is False or (running is None and self._grace_is_over()):
                # It may have ended by itself since it was read.
                transfer.read()
                if not transfer.ended:
                    close_abandoned(transfer.path, transfer.start)
                    transfer.read()

    def _send(self) -> None:
        try:
            if self._store is None:
                self._store = Store()
            for transfer in self._transfers.values():
                if transfer.pending and transfer.start is not None:
                    self._send_record(self._store, transfer, transfer.start)
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

    def _send_earlier_invocations(self) -> None:
        """Once the store answers, close and send what earlier invocations left behind."""
        if self._sent_earlier or self._store is None or self._failing_since is not None:
            return
        self._sent_earlier = True
        try:
            report = refill(self._store, unfinished=True, exclude=self.parent.path.stem)
        except (StoreUnavailableError, OSError) as error:
            _log.warning("earlier invocations were not checked: %s", error)
        else:
            if report.sent or report.abandoned:
                _log.info("earlier invocations: %d sent, %d closed", report.sent, report.abandoned)

    def _send_record(self, store: Store, transfer: RecordTransfer, start: StartEvent) -> None:
        try:
            if transfer.run is None:
                parent = None if transfer is self.parent else self.parent.run
                stored = store.open_run(start, parent)
                transfer.run = stored.run
                if transfer is self.parent:
                    self._experiment = stored.experiment
                if stored.complete:
                    transfer.pending.clear()
                    return
            store.send(transfer.run, transfer.pending, transfer.path)
        except (KeyError, TypeError, ValueError, OSError):
            _log.exception("%s cannot be sent and is left out", transfer.path)
        transfer.pending.clear()

    def _is_over(self) -> bool:
        if any(transfer.pending for transfer in self._transfers.values()):
            since = self._failing_since
            return since is not None and time.monotonic() - since > self.patience
        if all(transfer.ended for transfer in self._transfers.values()):
            return True
        # Snakemake waits for the tracker but not for jobs that outlive it. Without Snakemake there
        # is time to see how its last jobs end.
        start = self.parent.start
        return self._grace_is_over() and bool(start and is_running(start))

    def _grace_is_over(self) -> bool:
        since = self._ended_since
        return since is not None and time.monotonic() - since > GRACE_SECONDS

    def _rest(self, seconds: float) -> None:
        """Sleep, but only for one poll once Snakemake waits for the tracker."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(_POLL_SECONDS)
            self.parent.read()
            awaited = self.parent.ended and not self._grace_is_over()
            if awaited and self._failing_since is None:
                return

    def _write_state(self, complete: bool) -> None:
        """Note the run of every record, and whether anything is missing."""
        runs = {t.start["id"]: t.run for t in self._transfers.values() if t.start and t.run}
        state: dict[str, object] = {
            "run_id": self.parent.run,
            "experiment_id": self._experiment,
            "complete": complete,
            "error": self._error,
            "runs": runs,
        }
        if state == self._written_state:
            return
        try:
            write_json(state_path(self.parent.path), state)
        except OSError as error:
            _log.warning("the ids of the runs cannot be written: %s", error)
        else:
            self._written_state = state


def main() -> None:
    """Follow the invocation that the command line names."""
    parser = argparse.ArgumentParser(description="Send run records to MLflow while jobs run.")
    parser.add_argument("invocation", type=Path, help="record of the invocation")
    parser.add_argument("--patience", type=float, default=PATIENCE_SECONDS, metavar="SECONDS")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # Jobs take precedence.
    os.nice(5)
    # Points are many small objects with a short life: with the usual threshold the garbage
    # collector takes a fifth of the time that sending them takes.
    gc.set_threshold(50_000)
    Tracker(arguments.invocation, arguments.patience).follow()


if __name__ == "__main__":
    main()
