"""What the Snakefile calls around a run: start and finish of an invocation. Imports nothing heavy.

An invocation has a run record like every job, in ``results/records/``. `start` launches the
tracker; the record's end event makes the tracker finish.
"""

import logging
import os
import secrets
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vitrine.files import read_json, write_json
from vitrine.tracking.environment import differences
from vitrine.tracking.events import FINISHED, KILLED, StartEvent, json_value, read_ends
from vitrine.tracking.paths import config_path, find_records, invocation_path, state_path
from vitrine.tracking.record import INVOCATION_VARIABLE, Record, flatten
from vitrine.tracking.versions import git_tags

_log = logging.getLogger(__name__)

TRACKER_LOG = Path("logs/tracker.log")
REPORT = Path("results/report")

# A server that does not answer must not delay a run for minutes, and a workflow that promises to
# need no network sends no usage statistics.
MLFLOW_SETTINGS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}


@dataclass
class _ActiveInvocation:
    record: Record
    tracker: subprocess.Popen[bytes] | None


@dataclass(frozen=True)
class TrackingState:
    """What the tracking store holds of an invocation.

    Attributes:
        run_id: the parent run in MLflow; None if the store was never reached.
        page: the run's page below the address of the MLflow UI, such as
            ``#/experiments/1/runs/5f...``; None without a run.
        complete: whether everything recorded was sent.
        invocation: the identity of the invocation.
        error: the last error of the store; None if it answers.
    """

    run_id: str | None
    page: str | None
    complete: bool
    invocation: str
    error: str | None = None


LIBRARY = Path(__file__).parents[2]

_active: _ActiveInvocation | None = None
_stop_signal: str | None = None


def start(config: Mapping[str, Any], targets: Sequence[str] = ()) -> str:
    """Begin the record of an invocation and launch its tracker; call this in ``onstart``.

    Sets the environment variables by which jobs know the invocation and find this library. The
    paths are relative to the working directory, which must be the workflow's.

    Args:
        config: the complete configuration; must be serialisable as JSON.
        targets: the targets of the command line.

    Returns:
        The identity of the invocation.
    """
    global _active
    identity = time.strftime("%Y%m%d-%H%M%S-") + secrets.token_hex(3)
    path = invocation_path(identity)
    tags = {**git_tags(), "invocation": identity}
    if targets:
        tags["targets"] = shlex.join(targets)
    record = Record(
        path,
        stage="invocation",
        name=" ".join(["snakemake", *targets, identity]),
        wildcards={},
        params=flatten(config),
        tags=tags,
        command=shlex.join(["snakemake", *sys.argv[1:]]),
        identity=identity,
    )
    write_json(config_path(path), json_value(config))
    record.artifact(config_path(path))
    os.environ[INVOCATION_VARIABLE] = identity
    paths = [str(LIBRARY), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    _active = _ActiveInvocation(record, _launch(path))
    _watch_signals()
    for line in differences():
        print(f"Vitrine: another environment: {line}", file=sys.stderr)
    return identity


def finish(status: str, graph: str | None = None, patience: float = 60.0) -> TrackingState | None:
    """End the record of the invocation and wait until the tracker has sent everything.

    Call this in ``onsuccess`` and ``onerror``. The record gets the graph of jobs, the report, the
    headline numbers and the number of jobs by how they ended.

    Args:
        status: ``FINISHED`` or ``FAILED``; recorded as ``KILLED`` if a signal stopped the run.
        graph: Snakemake's graph of jobs in Mermaid's language. It is complete only at the end,
            when all checkpoints are evaluated.
        patience: seconds to wait for the tracker before it is stopped.

    Returns:
        The state of tracking, or None if no invocation was started.
    """
    global _active
    if _active is None:
        return None
    record, tracker = _active.record, _active.tracker
    _active = None
    os.environ.pop(INVOCATION_VARIABLE, None)
    try:
        record.metrics(_job_metrics(record.identity))
        if graph is not None:
            drawing = record.path.with_name(f"{record.identity}.jobs.mmd")
            drawing.write_text(graph + "\n", encoding="utf-8")
            record.artifact(drawing)
        if REPORT.is_dir():
            for path in sorted(path for path in REPORT.iterdir() if path.is_file()):
                record.artifact(path, folder="report")
        if (REPORT / "headline.json").exists():
            record.metrics(dict(_headline_metrics(read_json(REPORT / "headline.json"))))
    finally:
        record.end(KILLED if _stop_signal is not None and status != FINISHED else status)
    if tracker is not None:
        try:
            tracker.wait(patience)
        except subprocess.TimeoutExpired:
            tracker.kill()
            tracker.wait()
    return _tracking_state(record.path)


def _launch(record: Path) -> subprocess.Popen[bytes] | None:
    TRACKER_LOG.parent.mkdir(parents=True, exist_ok=True)
    try:
        with TRACKER_LOG.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "vitrine.tracking.tracker", str(record)],
                env={**MLFLOW_SETTINGS, **os.environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for Snakemake; the tracker still has to record how the run ended.
                start_new_session=True,
            )
    except OSError as error:
        _log.warning("the tracker cannot be started, runs are only recorded in results: %s", error)
        return None


def _watch_signals() -> None:
    """Remember the signal that stops the run, then let Snakemake handle it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        previous = signal.getsignal(number)

        def remember(received: int, frame: Any, previous: Any = previous) -> None:
            global _stop_signal
            _stop_signal = signal.Signals(received).name
            if callable(previous):
                previous(received, frame)

        # Hooks run in the main thread unless Snakemake is embedded in another program.
        if threading.current_thread() is threading.main_thread():
            signal.signal(number, remember)


def stop_signal() -> str | None:
    """The signal that stopped this invocation, such as ``SIGINT`` for Ctrl-C; None without one."""
    return _stop_signal


def _job_metrics(identity: str) -> dict[str, float]:
    """The number of jobs of an invocation by status, and their CPU seconds."""
    counts: Counter[str] = Counter()
    cpu_seconds = 0.0
    for path in find_records():
        start_event, end_event = read_ends(path)
        if start_event is not None and _is_job_of(start_event, identity):
            counts[end_event["status"] if end_event is not None else KILLED] += 1
            cpu_seconds += end_event.get("cpu_seconds", 0.0) if end_event is not None else 0.0
    jobs = {f"jobs/{status.lower()}": float(count) for status, count in counts.items()}
    return {"jobs": float(counts.total()), **jobs, "jobs/cpu_seconds": cpu_seconds}


def _is_job_of(start_event: StartEvent, identity: str) -> bool:
    return start_event["id"] != identity and start_event["tags"].get("invocation") == identity


def _headline_metrics(content: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """The numbers of each study; its main value is named after its metric."""
    for study in content["studies"]:
        for key, value in study.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                yield f"{study['study']}/{study['metric'] if key == 'value' else key}", value


def _tracking_state(record: Path) -> TrackingState:
    try:
        state = read_json(state_path(record))
    except (FileNotFoundError, ValueError):
        return TrackingState(None, None, complete=False, invocation=record.stem)
    run = state["run_id"]
    page = f"#/experiments/{state['experiment_id']}/runs/{run}" if run else None
    return TrackingState(run, page, state["complete"], record.stem, state["error"])
