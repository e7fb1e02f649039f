"""What a trained model takes and gives: MLflow's signature and input example."""

import importlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema
from mlflow.types.schema import AnyType

from vitrine.files import read_json
from vitrine.tracking.record import Event

EXAMPLE = "input_example.json"
ROWS = 2
# The domains say which columns a model reads. They stand above the tracker, which imports nothing
# of the library that runs models, so they are loaded by name when a model is sent.
DOMAINS = "vitrine.data.domains.registry"


def described(events: Sequence[Event], folder: Path) -> dict[str, Any]:
    """Write an input example beside a model's files.

    The example is the first rows of the validation split that the model's job has read.

    Args:
        events: the whole record of the job.
        folder: with the model's ``encoding.json``; gets the example.

    Returns:
        The keys ``signature`` and ``saved_input_example_info`` of MLflow's description of a model;
        nothing where the split is gone.
    """
    read = [path for event in events if event["event"] == "inputs" for path in event["files"]]
    splits = [Path(path) for path in read if Path(path).name == "validation.parquet"]
    if not splits or not splits[0].exists():
        return {}
    # Only where a model was trained: the tracker needs no tables else.
    import pandas as pd

    encoding = read_json(folder / "encoding.json")
    frame = pd.read_parquet(splits[0])
    domain = importlib.import_module(DOMAINS).DOMAINS[encoding["domain"]]
    columns = domain.columns_read([str(name) for name in frame])
    frame = frame[columns].head(ROWS)
    content = json.loads(frame.to_json(orient="split", index=False))
    (folder / EXAMPLE).write_text(json.dumps({key: content[key] for key in ("columns", "data")}))
    inputs = [
        # Of numbers MLflow would refuse integers for floats, and the other way round.
        ColSpec(DataType.string if pd.api.types.is_string_dtype(frame[name]) else AnyType(), name)
        for name in columns
    ]
    if encoding["task"] == "classification":
        outputs = [f"probability_{name}" for name in encoding["classes"]]
    else:
        outputs = [f"score_{name}" for name in encoding["vocabulary"]]
    signature = ModelSignature(
        Schema(inputs), Schema([ColSpec(DataType.double, name) for name in outputs])
    )
    return {
        "signature": signature.to_dict(),
        "saved_input_example_info": {
            "artifact_path": EXAMPLE,
            "type": "dataframe",
            "pandas_orient": "split",
        },
    }
