"""Sending run records to MLflow: idempotent, in batches. Not imported by jobs or the Snakefile.

Everything that is sent comes from the record, times included, and a run is found by the id of its
record, so sending an event twice leaves the store as it was.

Without ``MLFLOW_TRACKING_URI`` the store is ``mlflow.db`` in the working directory, with artifacts
in ``mlartifacts/<experiment>/<run>/artifacts`` beside it. Their location is stored *relative*, so
that ``mlflow ui`` and MLflow's Python client find them from that folder, wherever it is moved.
"""

import hashlib
import json
import logging
import os
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LifecycleStage,
    Metric,
    Param,
    Run,
    RunTag,
    ViewType,
)
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, ErrorCode
from mlflow.utils.validation import (
    MAX_DATASET_DIGEST_SIZE,
    MAX_ENTITY_KEY_LENGTH,
    MAX_PARAM_VAL_LENGTH,
    MAX_TAG_VAL_LENGTH,
    path_not_unique,
    validate_param_and_metric_name,
)

from vitrine.files import sha256
from vitrine.tracking.headline import VIEW, headline, view
from vitrine.tracking.models import MODEL_EVENTS, crown, send_model
from vitrine.tracking.points import batches, log_points
from vitrine.tracking.record import (
    FAILED,
    FINISHED,
    KILLED,
    Event,
    read_events,
    without_secrets,
)

_log = logging.getLogger(__name__)

DATABASE = "mlflow.db"
ARTIFACTS = "mlartifacts"
# The experiment of invocations and of jobs that belong to no study and no ability.
COMMON_EXPERIMENT = "vitrine"
ABILITIES_EXPERIMENT = "abilities"
FAMILIES_EXPERIMENT = "families"
# Larger files are not copied into the store; their digest is kept there.
ARTIFACT_LIMIT_BYTES = 64 * 2**20

RECORD_TAG = "vitrine.record"
# Where MLflow's UI keeps views of an experiment that links ask for.
SHARED_VIEW = "mlflow.sharedViewState."
# A server takes requests of 1 MB; 20 values of 6,000 escaped characters stay below it.
_TEXTS_PER_BATCH = 20
_TAG_NAMES = {
    "git.commit": ("git.commit", "mlflow.source.git.commit"),
    "code": ("code_digest",),
}


class StoreUnavailableError(Exception):
    """The store does not answer, is locked or cannot be written; what failed can be sent again."""


@dataclass(frozen=True)
class StoredRun:
    """A run in the store: its ids, and whether its whole record is there already."""

    experiment: str
    run: str
    complete: bool


class Store:
    """An MLflow store that run records are sent to.

    Making one creates the database schema where there is none.

    Args:
        uri: MLflow's tracking URI; by default ``MLFLOW_TRACKING_URI``, else the SQLite file
            ``mlflow.db`` in the working directory.

    Raises:
        StoreUnavailableError: by every method, when the store cannot be reached or written.
    """

    def __init__(self, uri: str | None = None) -> None:
        default = f"sqlite:///{DATABASE}"
        self.uri = uri or os.environ.get("MLFLOW_TRACKING_URI") or default
        self._relative = self.uri == default
        self._experiments: dict[str, str] = {}
        with _reaching():
            self._client = MlflowClient(self.uri)
            self._client.search_experiments(max_results=1)

    def known_runs(self) -> dict[str, StoredRun]:
        """Every run that was made from a record, by the record's id; deleted ones count."""
        found: dict[str, StoredRun] = {}
        with _reaching():
            for experiment in self._all_experiments():
                token = None
                while True:
                    page = self._client.search_runs(
                        [experiment], run_view_type=ViewType.ALL, max_results=1000, page_token=token
                    )
                    for run in page:
                        if RECORD_TAG in run.data.tags:
                            found[run.data.tags[RECORD_TAG]] = _stored(run)
                    token = page.token
                    if not token:
                        break
        return found

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

    def open_run(self, start: Event, parent: str | None = None) -> StoredRun:
        """Find or create the run of a record.

        Args:
            start: the record's start event.
            parent: the run of the invocation.
        """
        with _reaching():
            experiment = self._experiment(experiment_of(start["wildcards"]))
            # What a user has deleted stays deleted, so it is looked for as well.
            found = self._client.search_runs(
                [experiment],
                f"tags.`{RECORD_TAG}` = '{start['id']}'",
                run_view_type=ViewType.ALL,
                max_results=1,
            )
            if found:
                run = found[0]
            else:
                tags = _tags(_start_tags(start, parent))
                run = self._client.create_run(
                    experiment,
                    start_time=_milliseconds(start["time"]),
                    tags={tag.key: tag.value for tag in tags},
                    run_name=start["name"],
                )
            return _stored(run)

    def send(self, run: str, events: Sequence[Event], record: Path) -> None:
        """Send events of one record to its run, in order; the end event closes the run.

        What MLflow refuses for good (it never would take it) is logged and passed over: it stays
        in the record.

        Args:
            run: the run's id.
            events: whole events; may have been sent before.
            record: the file they come from; kept as an artifact when the record ends.
        """
        params: dict[str, str] = {}
        tags: dict[str, str] = {}
        metrics: list[Metric] = []
        datasets: list[DatasetInput] = []
        end: Event | None = None
        for event in events:
            match event["event"]:
                case "start":
                    params.update(_texts(event["params"]))
                    if event.get("log"):
                        tags["log"] = event["log"]
                    tags["record"] = str(record)
                    for files in ("inputs", "outputs"):
                        if event.get(files):
                            tags[files] = "\n".join(event[files])
                case "params":
                    params.update(_texts(event["values"]))
                case "tag":
                    tags[event["key"]] = event["value"]
                case "metrics":
                    metrics.extend(_metrics(event["values"], event["time"], event["step"]))
                case "dataset":
                    datasets.append(_dataset(event))
                case "artifact":
                    tags.update(self._copy(run, event))
                case "end":
                    end = event
                    cost = ("wall_seconds", "cpu_seconds", "peak_memory_bytes")
                    values = {key: event[key] for key in cost if key in event}
                    metrics.extend(_metrics(values, event["time"], None))
                    if event.get("error"):
                        tags["error"] = event["error"]
        with _reaching():
            # Text first: the runs' table shows it, and metrics can be many.
            for some in batches(_params(params), _TEXTS_PER_BATCH):
                self._log(run, params=some)
            for labels in batches(_tags(tags), _TEXTS_PER_BATCH):
                self._log(run, tags=labels)
            with _refusable(run):
                log_points(self._client, run, metrics)
            if datasets:
                with _refusable(run):
                    self._client.log_inputs(run, datasets)
            if end is not None:
                self._close(run, end, record)

    def _log(self, run: str, **content: Any) -> None:
        with _refusable(run):
            self._client.log_batch(run, **content)

    def _close(self, run: str, end: Event, record: Path) -> None:
        if record.exists():
            self._client.log_artifact(run, str(record), "record")
        sent = self._client.get_run(run)
        log = sent.data.tags.get("log")
        if log is not None and Path(log).exists():
            self._client.log_artifact(run, log, "log")
        shown = headline(sent.data.params, sent.data.metrics)
        if shown is not None:
            self._client.set_tag(run, "headline", shown)
        if record.exists():
            with _refusable(run):
                events, _ = read_events(record, kinds=MODEL_EVENTS)
                send_model(self._client, sent.info.experiment_id, run, events)
                crown(self._client, sent.info.experiment_id, events)
        self._client.set_terminated(run, end["status"], _milliseconds(end["time"]))

    def _copy(self, run: str, event: Event) -> dict[str, str]:
        """Copy an artifact; return a tag that says why where that is not done."""
        path = Path(event["path"])
        reason = None
        if event["size"] > ARTIFACT_LIMIT_BYTES:
            reason = f"larger than {ARTIFACT_LIMIT_BYTES >> 20} MiB"
        elif not path.exists():
            reason = "gone before it was copied"
        elif path.stat().st_size != event["size"] or sha256(path) != event["sha256"]:
            reason = "changed before it was copied"
        if reason is None:
            with _reaching(), _refusable(run):
                self._client.log_artifact(run, str(path), event["folder"])
            return {}
        return {f"not_copied.{path.name}": f"{reason}: {path}, sha256 {event['sha256']}"}

    def _experiment(self, name: str) -> str:
        """Find or create the experiment of a name, with a location that can be moved."""
        if name in self._experiments:
            return self._experiments[name]
        location = f"{ARTIFACTS}/{name}" if self._relative else None
        known = self._client.get_experiment_by_name(name)
        if known is None:
            identity = self._client.create_experiment(name, artifact_location=location)
            known = self._client.get_experiment(identity)
        elif known.lifecycle_stage == "deleted":
            self._client.restore_experiment(known.experiment_id)
        # MLflow makes the location absolute, and its proxied alternative (mlflow-artifacts:/)
        # cannot be read through a database URI. A relative one works in both, and can be moved.
        if location and known.artifact_location == Path(location).absolute().as_posix():
            with closing(sqlite3.connect(DATABASE, timeout=20)) as database, database:
                database.execute(
                    "UPDATE experiments SET artifact_location = ? WHERE experiment_id = ?",
                    (location, int(known.experiment_id)),
                )
        if f"{SHARED_VIEW}{VIEW}" not in known.tags:
            self._client.set_experiment_tag(known.experiment_id, f"{SHARED_VIEW}{VIEW}", view())
        self._experiments[name] = known.experiment_id
        return self._experiments[name]


def _stored(run: Run) -> StoredRun:
    # To close a run is the last thing that is sent.
    ended = run.info.status in (FINISHED, FAILED, KILLED)
    complete = ended or run.info.lifecycle_stage == LifecycleStage.DELETED
    return StoredRun(run.info.experiment_id, run.info.run_id, complete)


@contextmanager
def _reaching() -> Iterator[None]:
    """Turn every failure of the store itself into StoreUnavailableError."""
    try:
        yield
    except Exception as error:
        text = without_secrets(str(error)).strip() or type(error).__name__
        raise StoreUnavailableError(text.splitlines()[0][:500]) from error


@contextmanager
def _refusable(run: str) -> Iterator[None]:
    """Log and pass over what MLflow calls invalid: it would say so each time."""
    try:
        yield
    except MlflowException as error:
        if error.error_code != ErrorCode.Name(INVALID_PARAMETER_VALUE):
            raise
        _log.warning("run %s: MLflow refuses a part, which stays in the record: %s", run, error)


def experiment_of(wildcards: Mapping[str, str]) -> str:
    """The experiment of a job: its study's, that of abilities or families, or the common one."""
    if "ability" in wildcards:
        return ABILITIES_EXPERIMENT
    if "family" in wildcards:
        return FAMILIES_EXPERIMENT
    return wildcards.get("study", COMMON_EXPERIMENT)


def _start_tags(start: Event, parent: str | None) -> dict[str, str]:
    tags = {RECORD_TAG: start["id"], "stage": start["stage"], **start["wildcards"]}
    for key, value in start["tags"].items():
        for name in _TAG_NAMES.get(key, (key,)):
            tags[name] = value
    tags["command"] = start["command"]
    tags["versions"] = ", ".join(f"{name} {version}" for name, version in start["versions"].items())
    tags["mlflow.source.name"] = start["stage"]
    tags["mlflow.source.type"] = "JOB"
    if parent is not None:
        tags["mlflow.parentRunId"] = parent
    return tags


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for key, value in values.items()
    }


def _params(texts: Mapping[str, str]) -> list[Param]:
    return [Param(safe_key(key), _cut(text, MAX_PARAM_VAL_LENGTH)) for key, text in texts.items()]


def _tags(texts: Mapping[str, str]) -> list[RunTag]:
    return [RunTag(safe_key(key), _cut(text, MAX_TAG_VAL_LENGTH)) for key, text in texts.items()]


def _metrics(values: Mapping[str, Any], time: float, step: int | None) -> list[Metric]:
    return [
        Metric(safe_key(key), float(value), _milliseconds(time), step or 0)
        for key, value in values.items()
    ]


def _dataset(event: Event) -> DatasetInput:
    table = Dataset(
        name=event["name"],
        digest=event["digest"][:MAX_DATASET_DIGEST_SIZE],
        source_type="local",
        source=json.dumps({"uri": event["source"]}),
    )
    return DatasetInput(table, [InputTag("mlflow.data.context", event["context"])])


@cache
def safe_key(key: str) -> str:
    """A name that MLflow takes: letters, digits, ``_-.:/`` and spaces, a plain path, 250 long.

    A name that has to be changed gets a digest of the original, so that two names stay two.
    """
    legal = key.strip() and validate_param_and_metric_name(key) and not path_not_unique(key)
    if legal and len(key) <= MAX_ENTITY_KEY_LENGTH:
        return key
    safe = re.sub(r"[^\w.\-:/ ]", "_", key)
    if path_not_unique(safe):
        safe = safe.replace("/", "_").replace("..", "_")
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{safe[: MAX_ENTITY_KEY_LENGTH - 9]}_{digest}"


def _cut(text: str, limit: int) -> str:
    # Half of a surrogate pair cannot be stored.
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _milliseconds(time: float) -> int:
    return int(time * 1000)
