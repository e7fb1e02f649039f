"""Values of run records as MLflow's entities: names, texts and numbers that MLflow accepts."""

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag
from mlflow.utils.validation import (
    MAX_DATASET_DIGEST_SIZE,
    MAX_ENTITY_KEY_LENGTH,
    MAX_PARAM_VAL_LENGTH,
    MAX_TAG_VAL_LENGTH,
    path_not_unique,
    validate_param_and_metric_name,
)

from vitrine.tracking.events import DatasetEvent, StartEvent

RECORD_TAG = "vitrine.record"
# The experiment of invocations and of jobs that belong to no study, ability or family.
COMMON_EXPERIMENT = "vitrine"
ABILITIES_EXPERIMENT = "abilities"
FAMILIES_EXPERIMENT = "families"
_TAG_NAMES = {
    "git.commit": ("git.commit", "mlflow.source.git.commit"),
    "code": ("code_digest",),
}


def experiment_name(wildcards: Mapping[str, str]) -> str:
    """The experiment of a job: its study's, that of abilities or families, or the common one."""
    if "ability" in wildcards:
        return ABILITIES_EXPERIMENT
    if "family" in wildcards:
        return FAMILIES_EXPERIMENT
    return wildcards.get("study", COMMON_EXPERIMENT)


def start_tags(start: StartEvent, parent: str | None) -> dict[str, str]:
    """The tags with which a run is created.

    Args:
        start: the record's start event.
        parent: the run of the invocation.
    """
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


def texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Values as texts: strings as they are, all others as JSON."""
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for key, value in values.items()
    }


def params(values: Mapping[str, str]) -> list[Param]:
    """Texts as parameters of a run."""
    return [
        Param(safe_key(key), _truncate(text, MAX_PARAM_VAL_LENGTH)) for key, text in values.items()
    ]


def tags(values: Mapping[str, str]) -> list[RunTag]:
    """Texts as tags of a run."""
    return [
        RunTag(safe_key(key), _truncate(text, MAX_TAG_VAL_LENGTH)) for key, text in values.items()
    ]


def metrics(values: Mapping[str, Any], time: float, step: int | None) -> list[Metric]:
    """Numbers as points of metrics.

    Args:
        values: numbers, or the strings that stand for non-finite ones.
        time: seconds since the epoch.
        step: None for metrics without steps.
    """
    return [
        Metric(safe_key(key), float(value), milliseconds(time), step or 0)
        for key, value in values.items()
    ]


def dataset(event: DatasetEvent) -> DatasetInput:
    """A table that a job has read."""
    table = Dataset(
        name=event["name"],
        digest=event["digest"][:MAX_DATASET_DIGEST_SIZE],
        source_type="local",
        source=json.dumps({"uri": event["source"]}),
    )
    return DatasetInput(table, [InputTag("mlflow.data.context", event["context"])])


@cache
def safe_key(key: str) -> str:
    """A name that MLflow accepts: letters, digits, ``_-.:/`` and spaces, a plain path, 250 long.

    A name that has to be changed gets a digest of the original, so that two names stay different.
    """
    if key.strip() and len(key) <= MAX_ENTITY_KEY_LENGTH and _is_name(key) and _is_plain_path(key):
        return key
    safe = re.sub(r"[^\w.\-:/ ]", "_", key)
    if not _is_plain_path(safe):
        safe = safe.replace("/", "_").replace("..", "_")
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{safe[: MAX_ENTITY_KEY_LENGTH - 9]}_{digest}"


def _is_name(key: str) -> bool:
    return bool(validate_param_and_metric_name(key))  # type: ignore[no-untyped-call]


def _is_plain_path(key: str) -> bool:
    return not path_not_unique(key)  # type: ignore[no-untyped-call]


def milliseconds(time: float) -> int:
    """Seconds as whole milliseconds."""
    return int(time * 1000)


def _truncate(text: str, limit: int) -> str:
    # Half of a surrogate pair cannot be stored.
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= limit else text[: limit - 1] + "…"
