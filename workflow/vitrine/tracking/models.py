"""Trained models as MLflow models: listed with their runs, and loaded by ``mlflow.pyfunc``.

The best model of each study is in the registry, under the study's name and with the alias
``champion``.
"""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from mlflow import MlflowClient
from mlflow.entities import LoggedModel, LoggedModelOutput, LoggedModelStatus
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, ErrorCode
from mlflow.version import VERSION

from vitrine.files import read_json, sha256
from vitrine.tracking.events import FINISHED, Event, StartEvent
from vitrine.tracking.signature import signature_entries
from vitrine.tracking.versions import versions

# The module that `mlflow.pyfunc` loads a model with; it is not imported here.
FLAVOR = "vitrine.evaluation.served"
# The events of a record that this module reads.
MODEL_EVENTS = ("start", "inputs", "artifact", "end")
CHAMPION = "champion"
_OUTPUTS = ("model.safetensors", "architecture.json")
_INPUTS = ("encoding.json",)
_CHOICE = ("chosen.json",)
_RECORD = "vitrine.record"


def send_model(client: MlflowClient, experiment: str, run: str, events: Sequence[Event]) -> None:
    """Create an MLflow model from the files that a finished job has trained, once.

    Args:
        client: of the store.
        experiment: the id of the run's experiment.
        run: the job's run.
        events: the job's, at least those of `MODEL_EVENTS`. Nothing is done unless they name a
            model whose files are unchanged.
    """
    start = events[0]
    if start["event"] != "start" or not _finished(events):
        return
    files = _model_files(events)
    if len(files) < len(_OUTPUTS) + len(_INPUTS):
        return
    model = _logged_model(client, experiment, run, start)
    if model.status == LoggedModelStatus.READY:
        return
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            shutil.copy(file, folder)
        description = _description(model.model_id, run) | signature_entries(events, Path(folder))
        (Path(folder) / "MLmodel").write_text(yaml.safe_dump(description))
        client.log_model_artifacts(model.model_id, folder)
    client.log_outputs(run, [LoggedModelOutput(model.model_id, step=0)])
    client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)


def promote_champion(client: MlflowClient, experiment: str, events: Sequence[Event]) -> None:
    """Give the model that a finished job has chosen a version in the registry and the alias.

    Args:
        client: of the store.
        experiment: the id of the study's experiment.
        events: the job's, at least those of `MODEL_EVENTS`. Nothing is done unless the job has
            written a choice whose model is in the store.
    """
    written = [event["path"] for event in events if event["event"] == "artifact"]
    choices = [Path(path) for path in written if _has_name(path, _CHOICE) and Path(path).exists()]
    if not choices or not _finished(events):
        return
    choice = read_json(choices[0])
    query = " AND ".join(f"tags.`{key}` = '{choice[key]}'" for key in ("study", "scale", "seed"))
    ready = [
        model
        for model in client.search_logged_models([experiment], query)
        if model.status == LoggedModelStatus.READY
    ]
    if not ready:
        return
    newest = max(ready, key=lambda model: model.creation_timestamp)
    version = _registered_version(client, choice["study"], newest)
    client.set_registered_model_alias(choice["study"], CHAMPION, version.version)


def _finished(events: Sequence[Event]) -> bool:
    last = events[-1]
    return last["event"] == "end" and last["status"] == FINISHED


def _logged_model(
    client: MlflowClient, experiment: str, run: str, start: StartEvent
) -> LoggedModel:
    """Find or create the logged model of a record."""
    existing = client.search_logged_models([experiment], f"tags.`{_RECORD}` = '{start['id']}'")
    if existing:
        return existing[0]
    labels = start["wildcards"]
    name = "-".join(filter(None, (labels.get("study"), labels.get("scale"), "seed")))
    return client.create_logged_model(
        experiment,
        name=f"{name}{labels.get('seed', '')}",
        source_run_id=run,
        tags={_RECORD: start["id"], **labels},
        model_type="transformer",
    )


def _registered_version(client: MlflowClient, name: str, model: LoggedModel) -> ModelVersion:
    """Find or create the version of a logged model in the registry."""
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
            raise
    for version in client.search_model_versions(f"name = '{name}'"):
        if version.tags.get(_RECORD) == model.tags[_RECORD]:
            return version
    return client.create_model_version(
        name,
        f"models:/{model.model_id}",
        model.source_run_id,
        tags=model.tags,
        await_creation_for=0,
        model_id=model.model_id,
    )


def _model_files(events: Sequence[Event]) -> list[Path]:
    """Weights and architecture that the job has written, and the encoding that it has read.

    Only files that are still what the record states.
    """
    digests: dict[str, str] = {}
    for event in events:
        if event["event"] == "inputs":
            files = event["files"]
            digests |= {path: files[path] for path in files if _has_name(path, _INPUTS)}
        elif event["event"] == "artifact" and _has_name(event["path"], _OUTPUTS):
            digests[event["path"]] = event["sha256"]
    return [
        Path(path)
        for path, digest in digests.items()
        if Path(path).exists() and sha256(path) == digest
    ]


def _has_name(path: str, names: Sequence[str]) -> bool:
    return Path(path).name in names


def _description(model: str, run: str) -> dict[str, Any]:
    flavor = {"loader_module": FLAVOR, "python_version": versions()["python"]}
    return {
        "flavors": {"python_function": flavor},
        "mlflow_version": VERSION,
        "model_id": model,
        "run_id": run,
    }
