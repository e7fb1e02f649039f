"""Trained models as MLflow models: listed with their runs, and loaded by ``mlflow.pyfunc``.

The best of each study is in the registry, under the study's name and with the alias ``champion``.
"""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from mlflow import MlflowClient
from mlflow.entities import LoggedModelOutput, LoggedModelStatus
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, ErrorCode
from mlflow.version import VERSION

from vitrine.files import read_json, sha256
from vitrine.tracking.record import FINISHED, Event, versions
from vitrine.tracking.signature import described

FLAVOR = "vitrine.evaluation.served"
# What `send_model` reads of a record.
MODEL_EVENTS = ("start", "inputs", "artifact", "end")
_MADE = ("model.safetensors", "architecture.json")
_READ = ("encoding.json",)
_CHOICE = ("chosen.json",)
CHAMPION = "champion"


def send_model(client: MlflowClient, experiment: str, run: str, events: Sequence[Event]) -> None:
    """Make an MLflow model of what a finished job has trained, once.

    Args:
        client: of the store.
        experiment: the id of the run's experiment.
        run: the job's run.
        events: the job's, at least those of `MODEL_EVENTS`. Nothing is done unless they name a
            model whose files are still what they were.
    """
    start, end = events[0], events[-1]
    files = _model_files(events) if end.get("status") == FINISHED else []
    if len(files) < len(_MADE) + len(_READ):
        return
    identity = {"vitrine.record": start["id"]}
    known = client.search_logged_models([experiment], f"tags.`vitrine.record` = '{start['id']}'")
    model = known[0] if known else None
    if model is None:
        labels = start["wildcards"]
        name = "-".join(filter(None, (labels.get("study"), labels.get("scale"), "seed")))
        model = client.create_logged_model(
            experiment,
            name=f"{name}{labels.get('seed', '')}",
            source_run_id=run,
            tags={**identity, **labels},
            model_type="transformer",
        )
    if model.status == LoggedModelStatus.READY:
        return
    with tempfile.TemporaryDirectory() as scratch:
        for file in files:
            shutil.copy(file, scratch)
        description = _description(model.model_id, run) | described(events, Path(scratch))
        (Path(scratch) / "MLmodel").write_text(yaml.safe_dump(description))
        client.log_model_artifacts(model.model_id, scratch)
    client.log_outputs(run, [LoggedModelOutput(model.model_id, step=0)])
    client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)


def crown(client: MlflowClient, experiment: str, events: Sequence[Event]) -> None:
    """Give the model that a finished job has chosen a version in the registry and the alias.

    Args:
        client: of the store.
        experiment: the id of the study's experiment.
        events: the whole record of the job. Nothing is done unless it has written a choice whose
            model is in the store.
    """
    made = [event["path"] for event in events if event["event"] == "artifact"]
    choices = [Path(path) for path in made if _is(path, _CHOICE) and Path(path).exists()]
    if not choices or events[-1].get("status") != FINISHED:
        return
    choice = read_json(choices[0])
    named = " AND ".join(f"tags.`{key}` = '{choice[key]}'" for key in ("study", "scale", "seed"))
    ready = [
        model
        for model in client.search_logged_models([experiment], named)
        if model.status == LoggedModelStatus.READY
    ]
    if not ready:
        return
    best = max(ready, key=lambda model: model.creation_timestamp)
    name = choice["study"]
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
            raise
    known = [
        version
        for version in client.search_model_versions(f"name = '{name}'")
        if version.tags.get("vitrine.record") == best.tags["vitrine.record"]
    ]
    version = (
        known[0]
        if known
        else client.create_model_version(
            name,
            f"models:/{best.model_id}",
            best.source_run_id,
            tags=best.tags,
            await_creation_for=0,
            model_id=best.model_id,
        )
    )
    client.set_registered_model_alias(name, CHAMPION, version.version)


def _model_files(events: Sequence[Event]) -> list[Path]:
    """Weights and architecture that the job has made, and the encoding that it has read."""
    digests: dict[str, str] = {}
    for event in events:
        if event["event"] == "inputs":
            digests |= {path: sha for path, sha in event["files"].items() if _is(path, _READ)}
        elif event["event"] == "artifact" and _is(event["path"], _MADE):
            digests[event["path"]] = event["sha256"]
    return [
        Path(path)
        for path, digest in digests.items()
        if Path(path).exists() and sha256(path) == digest
    ]


def _is(path: str, names: Sequence[str]) -> bool:
    return Path(path).name in names


def _description(model: str, run: str) -> dict[str, Any]:
    flavor = {"loader_module": FLAVOR, "python_version": versions()["python"]}
    return {
        "flavors": {"python_function": flavor},
        "mlflow_version": VERSION,
        "model_id": model,
        "run_id": run,
    }
