"""What the Snakefile calls around a run: start and finish of an invocation. Imports nothing heavy.

An invocation has a run record like every job, in ``results/records/``. Its start launches the
tracker, its end event is what tells the tracker to finish.
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
from vitrine.tracking.record import (
    FINISHED,
    INVOCATION_VARIABLE,
    KILLED,
    Event,
    Record,
    find_records,
    flatten,
    git_tags,
    invocation_path,
    plain,
    read_ends,
)

_log = logging.getLogger(__name__)

TRACKER_LOG = Path("logs/tracker.log")
REPORT = Path("results/report")

# A server that is away must not hold up what is sent for minutes, and a workflow that promises to
# need no network sends no usage statistics.
MLFLOW_SETTINGS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}


@dataclass
class _Running:
    record: Record
    tracker: subprocess.Popen[bytes] | None


@dataclass(frozen=True)
class Tracked:
    """Where the tracking store shows an invocation.

    Attributes:
        run_id: the parent run in MLflow; None if the store was never reached.
        page: the run's page below the address of the MLflow UI, such as
            ``#/experiments/1/runs/5f...``; None without a run.
        complete: whether everything recorded has been sent.
        invocation: whose record it is.
        error: what the store answered, where it does not.
    """

    run_id: str | None
    page: str | None
    complete: bool
    invocation: str
    error: str | None = None


LIBRARY = Path(__file__).parents[2]

_running: _Running | None = None
_stopped_by: str | None = None


def start(config: Mapping[str, Any], targets: Sequence[str] = ()) -> str:
    """Begin the record of an invocation and launch its tracker; call this in ``onstart``.

    Sets the environment variables by which jobs know the invocation and find this library. The
    paths are relative to the working directory, which must be the workflow's.

    Args:
        config: the complete configuration; must be serialisable as JSON.
        targets: what was asked for on the command line.

    Returns:
        The identity of the invocation.
    """
    global _running
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
    configuration = path.with_name(f"{identity}.config.json")
    write_json(configuration, plain(config))
    record.artifact(configuration)
    os.environ[INVOCATION_VARIABLE] = identity
    paths = [str(LIBRARY), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    _running = _Running(record, _launch(path))
    _note_signals()
    for line in differences():
        print(f"Vitrine: another environment: {line}", file=sys.stderr)
    return identity


def finish(status: str, graph: str | None = None, patience: float = 60.0) -> Tracked | None:
    """End the record of the invocation and wait until the tracker has sent everything.

    Call this in ``onsuccess`` and ``onerror``. The record gets the graph of jobs, the report, the
    headline numbers and the number of jobs by how they ended.

    Args:
        status: ``FINISHED`` or ``FAILED``; recorded as ``KILLED`` if a signal stopped the run.
        graph: Snakemake's graph of jobs in Mermaid's language. It is complete only at the end,
            when every checkpoint has said what depends on it.
        patience: seconds to wait for the tracker before it is stopped.

    Returns:
        Where the run is shown, or None if no invocation was started.
    """
    global _running
    if _running is None:
        return None
    record, tracker = _running.record, _running.tracker
    _running = None
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
            record.metrics(dict(_headline(read_json(REPORT / "headline.json"))))
    finally:
        record.end(KILLED if _stopped_by is not None and status != FINISHED else status)
    if tracker is not None:
        try:
            tracker.wait(patience)
        except subprocess.TimeoutExpired:
            tracker.kill()
            tracker.wait()
    return _tracked(record.path)


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
                # Ctrl-C is for Snakemake; the tracker still has to say how that ended.
                start_new_session=True,
            )
    except OSError as error:
        _log.warning("the tracker cannot be started, runs are only recorded in results: %s", error)
        return None


def _note_signals() -> None:
    """Remember what stops the run, beside what Snakemake does about it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(number)

        def note(received: int, frame: Any, before: Any = before) -> None:
            global _stopped_by
            _stopped_by = signal.Signals(received).name
            if callable(before):
                before(received, frame)

        # Hooks run in the main thread unless somebody has embedded Snakemake.
        if threading.current_thread() is threading.main_thread():
            signal.signal(number, note)


def stopped_by() -> str | None:
    """The signal that stopped this invocation, such as ``SIGINT`` for Ctrl-C."""
    return _stopped_by


def _job_metrics(identity: str) -> dict[str, float]:
    counts: Counter[str] = Counter()
    cpu_seconds = 0.0
    for path in find_records():
        begin, end = read_ends(path)
        if begin is not None and _is_job_of(begin, identity):
            counts[end["status"] if end is not None else KILLED] += 1
            cpu_seconds += end.get("cpu_seconds", 0.0) if end is not None else 0.0
    jobs = {f"jobs/{status.lower()}": float(count) for status, count in counts.items()}
    return {"jobs": float(counts.total()), **jobs, "jobs/cpu_seconds": cpu_seconds}


def _is_job_of(begin: Event, identity: str) -> bool:
    return begin["id"] != identity and begin["tags"].get("invocation") == identity


def _headline(content: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """The numbers of each study; its main value is named by what it measures."""
    for study in content["studies"]:
        for key, value in study.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                yield f"{study['study']}/{study['metric'] if key == 'value' else key}", value


def state_path(record: Path) -> Path:
    """Where the tracker says which MLflow run belongs to an invocation's record."""
    return record.with_suffix(".mlflow.json")


def _tracked(record: Path) -> Tracked:
    try:
        state = read_json(state_path(record))
    except (FileNotFoundError, ValueError):
        return Tracked(None, None, complete=False, invocation=record.stem)
    run = state["run_id"]
    page = f"#/experiments/{state['experiment_id']}/runs/{run}" if run else None
    return Tracked(run, page, state["complete"], record.stem, state["error"])
