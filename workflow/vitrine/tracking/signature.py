"""The inputs and outputs of a trained model: MLflow's signature and input example."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema, TensorSpec
from mlflow.types.schema import AnyType

from vitrine.data.domains.registry import DOMAINS
from vitrine.files import read_json
from vitrine.tracking.events import Event

EXAMPLE = "input_example.json"
ROWS = 2


def signature_entries(events: Sequence[Event], folder: Path) -> dict[str, Any]:
    """Write an input example beside a model's files.

    The example is the first rows of the validation split that the model's job has read.

    Args:
        events: the job's, its ``inputs`` event among them.
        folder: contains the model's ``encoding.json``; the example is written into it.

    Returns:
        The entries ``signature`` and ``saved_input_example_info`` of MLflow's description of a
        model; empty if the split no longer exists.
    """
    inputs = [path for event in events if event["event"] == "inputs" for path in event["files"]]
    splits = [Path(path) for path in inputs if Path(path).name == "validation.parquet"]
    if not splits or not splits[0].exists():
        return {}
    # Imported here, since the tracker needs pandas only if a model was trained.
    import pandas as pd

    encoding = read_json(folder / "encoding.json")
    frame = pd.read_parquet(splits[0])
    domain = DOMAINS[encoding["domain"]]
    columns = domain.columns_read([str(name) for name in frame])
    frame = frame[columns].head(ROWS)
    content = json.loads(frame.to_json(orient="split", index=False, date_format="iso"))
    (folder / EXAMPLE).write_text(json.dumps({key: content[key] for key in ("columns", "data")}))
    # With a numeric type MLflow would reject integers for floats, and the other way round.
    any_type = AnyType()  # type: ignore[no-untyped-call]
    specifications: list[ColSpec | TensorSpec] = [
        ColSpec(DataType.string if pd.api.types.is_string_dtype(frame[name]) else any_type, name)
        for name in columns
    ]
    if encoding["task"] == "classification":
        outputs = [f"probability_{name}" for name in encoding["classes"]]
    else:
        outputs = [f"score_{name}" for name in encoding["vocabulary"]]
    scores: list[ColSpec | TensorSpec] = [ColSpec(DataType.double, name) for name in outputs]
    signature = ModelSignature(Schema(specifications), Schema(scores))
    return {
        "signature": signature.to_dict(),
        "saved_input_example_info": {
            "artifact_path": EXAMPLE,
            "type": "dataframe",
            "pandas_orient": "split",
        },
    }
