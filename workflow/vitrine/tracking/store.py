"""Sending run records to MLflow: idempotent, in batches. Not imported by jobs or the Snakefile.

Everything that is sent comes from the record, times included. A run is found by the id of its
record, so sending an event twice leaves the store unchanged.

Without ``MLFLOW_TRACKING_URI`` the store is ``mlflow.db`` in the working directory, with artifacts
in ``mlartifacts/<experiment>/<run>/artifacts`` beside it. Their location is stored *relative*, so
that ``mlflow ui`` and MLflow's Python client find them from that folder, wherever it is moved.
"""

import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import DatasetInput, Experiment, LifecycleStage, Metric, Run, ViewType
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, ErrorCode

from vitrine.files import sha256
from vitrine.tracking import entities
from vitrine.tracking.entities import RECORD_TAG, milliseconds
from vitrine.tracking.events import (
    FAILED,
    FINISHED,
    KILLED,
    ArtifactEvent,
    EndEvent,
    Event,
    StartEvent,
    read_events,
)
from vitrine.tracking.headline import VIEW, headline, view
from vitrine.tracking.models import MODEL_EVENTS, promote_champion, send_model
from vitrine.tracking.points import batches, log_points
from vitrine.tracking.redaction import without_secrets

_log = logging.getLogger(__name__)

DATABASE = "mlflow.db"
ARTIFACTS = "mlartifacts"
# Larger files are not copied into the store; their digest is kept there.
ARTIFACT_LIMIT_BYTES = 64 * 2**20

# The tags in which MLflow's UI stores the views of an experiment that links refer to.
SHARED_VIEW = "mlflow.sharedViewState."
# A server accepts requests of 1 MB; 20 values of 6,000 escaped characters are less.
_TEXTS_PER_BATCH = 20


class StoreUnavailableError(Exception):
    """The store does not answer, is locked or cannot be written; what failed can be sent again."""


@dataclass(frozen=True)
class StoredRun:
    """A run in the store: its ids, and whether the store has its whole record."""

    experiment: str
    run: str
    complete: bool


@dataclass
class _Content:
    """What some events of a record add to its run."""

    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    metrics: list[Metric] = field(default_factory=list)
    datasets: list[DatasetInput] = field(default_factory=list)
    end: EndEvent | None = None

    def add(self, event: Event) -> None:
        """Add an event other than an artifact, which is copied instead."""
        match event["event"]:
            case "start":
                self._add_start(event)
            case "params":
                self.params.update(entities.texts(event["values"]))
            case "tag":
                self.tags[event["key"]] = event["value"]
            case "metrics":
                points = entities.metrics(event["values"], event["time"], event["step"])
                self.metrics.extend(points)
            case "dataset":
                self.datasets.append(entities.dataset(event))
            case "end":
                self._add_end(event)

    def _add_start(self, event: StartEvent) -> None:
        self.params.update(entities.texts(event["params"]))
        log = event.get("log")
        if log:
            self.tags["log"] = log
        files = {"inputs": event.get("inputs"), "outputs": event.get("outputs")}
        self.tags.update({name: "\n".join(paths) for name, paths in files.items() if paths})

    def _add_end(self, event: EndEvent) -> None:
        self.end = event
        cost = ("wall_seconds", "cpu_seconds", "peak_memory_bytes")
        values = {key: value for key, value in event.items() if key in cost}
        self.metrics.extend(entities.metrics(values, event["time"], None))
        error = event.get("error")
        if error:
            self.tags["error"] = error


class Store:
    """An MLflow store that run records are sent to.

    Opening one creates the database schema if there is none.

    Args:
        uri: MLflow's tracking URI; by default ``MLFLOW_TRACKING_URI``, otherwise the SQLite file
            ``mlflow.db`` in the working directory.

    Raises:
        StoreUnavailableError: by every method, if the store cannot be reached or written.
    """

    def __init__(self, uri: str | None = None) -> None:
        default = f"sqlite:///{DATABASE}"
        self.uri = uri or os.environ.get("MLFLOW_TRACKING_URI") or default
        self._relative = self.uri == default
        self._experiments: dict[str, str] = {}
        with _store_errors():
            self._client = MlflowClient(self.uri)
            self._client.search_experiments(max_results=1)

    def stored_runs(self) -> dict[str, StoredRun]:
        """Every run that was made from a record, by the id of the record; deleted ones as well."""
        runs: dict[str, StoredRun] = {}
        with _store_errors():
            for experiment in self._all_experiments():
                token = None
                while True:
                    page = self._client.search_runs(
                        [experiment], run_view_type=ViewType.ALL, max_results=1000, page_token=token
                    )
                    for run in page:
                        if RECORD_TAG in run.data.tags:
                            runs[run.data.tags[RECORD_TAG]] = _stored_run(run)
                    token = page.token
                    if not token:
                        break
        return runs

    def _all_experiments(self) -> Iterator[str]:
        token = None
        while True:
            page = self._client.search_experiments(
                view_type=ViewType.ALL, max_results=1000, page_token=token
            )
            yield from (experiment.experiment_id for experiment in page)
            token = page.token
            if not token:
                return

    def open_run(self, start: StartEvent, parent: str | None = None) -> StoredRun:
        """Find or create the run of a record.

        Args:
            start: the record's start event.
            parent: the run of the invocation.
        """
        with _store_errors():
            experiment = self._experiment_id(entities.experiment_name(start["wildcards"]))
            # A run that a user has deleted stays deleted, so deleted runs are searched as well.
            matches = self._client.search_runs(
                [experiment],
                f"tags.`{RECORD_TAG}` = '{start['id']}'",
                run_view_type=ViewType.ALL,
                max_results=1,
            )
            if matches:
                return _stored_run(matches[0])
            tags = entities.tags(entities.start_tags(start, parent))
            run = self._client.create_run(
                experiment,
                start_time=milliseconds(start["time"]),
                tags={tag.key: tag.value for tag in tags},
                run_name=start["name"],
            )
            return _stored_run(run)

    def send(self, run: str, events: Sequence[Event], record: Path) -> None:
        """Send events of one record to its run, in order; the end event closes the run.

        A value that MLflow rejects as invalid is logged and skipped; it stays in the record.

        Args:
            run: the run's id.
            events: whole events; may have been sent before.
            record: the file they come from; stored as an artifact when the record ends.
        """
        content = _Content()
        for event in events:
            if event["event"] == "artifact":
                content.tags.update(self._copy(run, event))
            else:
                content.add(event)
            if event["event"] == "start":
                content.tags["record"] = str(record)
        with _store_errors():
            # Texts first: the table of runs shows them, and there can be many metrics.
            for params in batches(entities.params(content.params), _TEXTS_PER_BATCH):
                self._log(run, params=params)
            for tags in batches(entities.tags(content.tags), _TEXTS_PER_BATCH):
                self._log(run, tags=tags)
            with _skip_rejected(run):
                log_points(self._client, run, content.metrics)
            if content.datasets:
                with _skip_rejected(run):
                    self._client.log_inputs(run, content.datasets)
            if content.end is not None:
                self._close(run, content.end, record)

    def _log(self, run: str, **content: Any) -> None:
        with _skip_rejected(run):
            self._client.log_batch(run, **content)

    def _close(self, run: str, end: EndEvent, record: Path) -> None:
        if record.exists():
            self._client.log_artifact(run, str(record), "record")
        stored = self._client.get_run(run)
        log = stored.data.tags.get("log")
        if log is not None and Path(log).exists():
            self._client.log_artifact(run, log, "log")
        text = headline(stored.data.params, stored.data.metrics)
        if text is not None:
            self._client.set_tag(run, "headline", text)
        if record.exists():
            with _skip_rejected(run):
                events, _ = read_events(record, kinds=MODEL_EVENTS)
                send_model(self._client, stored.info.experiment_id, run, events)
                promote_champion(self._client, stored.info.experiment_id, events)
        self._client.set_terminated(run, end["status"], milliseconds(end["time"]))

    def _copy(self, run: str, event: ArtifactEvent) -> dict[str, str]:
        """Copy an artifact; if it is not copied, return a tag that states the reason."""
        path = Path(event["path"])
        reason = None
        if event["size"] > ARTIFACT_LIMIT_BYTES:
            reason = f"larger than {ARTIFACT_LIMIT_BYTES >> 20} MiB"
        elif not path.exists():
            reason = "gone before it was copied"
        elif path.stat().st_size != event["size"] or sha256(path) != event["sha256"]:
            reason = "changed before it was copied"
        if reason is None:
            with _store_errors(), _skip_rejected(run):
                self._client.log_artifact(run, str(path), event["folder"])
            return {}
        return {f"not_copied.{path.name}": f"{reason}: {path}, sha256 {event['sha256']}"}

    def _experiment_id(self, name: str) -> str:
        """Find or create the experiment of a name, with a location that can be moved."""
        if name not in self._experiments:
            location = f"{ARTIFACTS}/{name}" if self._relative else None
            experiment = self._open_experiment(name, location)
            if location is not None:
                _store_relative_location(experiment, location)
            if f"{SHARED_VIEW}{VIEW}" not in experiment.tags:
                tag = f"{SHARED_VIEW}{VIEW}"
                self._client.set_experiment_tag(experiment.experiment_id, tag, view())
            self._experiments[name] = experiment.experiment_id
        return self._experiments[name]

    def _open_experiment(self, name: str, location: str | None) -> Experiment:
        experiment = self._client.get_experiment_by_name(name)
        if experiment is None:
            identity = self._client.create_experiment(name, artifact_location=location)
            return self._client.get_experiment(identity)
        if experiment.lifecycle_stage == "deleted":
            self._client.restore_experiment(experiment.experiment_id)
        return experiment


def _store_relative_location(experiment: Experiment, location: str) -> None:
    """Replace the absolute location that MLflow has stored for an experiment.

    MLflow makes locations absolute, and its proxied alternative (mlflow-artifacts:/) cannot be read
    through a database URI. A relative one works in both, and can be moved.
    """
    if experiment.artifact_location == Path(location).absolute().as_posix():
        with closing(sqlite3.connect(DATABASE, timeout=20)) as database, database:
            database.execute(
                "UPDATE experiments SET artifact_location = ? WHERE experiment_id = ?",
                (location, int(experiment.experiment_id)),
            )


def _stored_run(run: Run) -> StoredRun:
    # Closing a run is the last thing that is sent.
    ended = run.info.status in (FINISHED, FAILED, KILLED)
    complete = ended or run.info.lifecycle_stage == LifecycleStage.DELETED
    return StoredRun(run.info.experiment_id, run.info.run_id, complete)


@contextmanager
def _store_errors() -> Iterator[None]:
    """Turn every failure of the store itself into StoreUnavailableError."""
    try:
        yield
    except Exception as error:
        text = without_secrets(str(error)).strip() or type(error).__name__
        raise StoreUnavailableError(text.splitlines()[0][:500]) from error


@contextmanager
def _skip_rejected(run: str) -> Iterator[None]:
    """Log and skip what MLflow calls invalid: it would reject it each time."""
    try:
        yield
    except MlflowException as error:
        if error.error_code != ErrorCode.Name(INVALID_PARAMETER_VALUE):
            raise
        _log.warning("run %s: MLflow rejects a part, which stays in the record: %s", run, error)
