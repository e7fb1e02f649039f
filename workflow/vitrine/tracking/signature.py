"""What a trained model takes and gives, for MLflow: a signature, and rows to try it with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mlflow.models.signature import ModelSignature
from mlflow.types.schema import Array, ColSpec, DataType, Schema

EXAMPLE = "input_example.json"
ROWS = 3
# Columns of a prepared table that no model reads.
_OTHERS = ("instance", "label", "target", "kind", "reasons")


def example_rows(table: Path) -> pd.DataFrame:
    """The first rows of a prepared table, with the columns that a model reads."""
    from pyarrow.parquet import ParquetFile

    names = [name for name in ParquetFile(table).schema_arrow.names if name not in _OTHERS]
    batch = next(ParquetFile(table).iter_batches(batch_size=ROWS, columns=names))
    return batch.to_pandas()


def signature(rows: pd.DataFrame, encoding: Mapping[str, Any]) -> ModelSignature:
    """The columns that a model takes and gives.

    Columns may be missing or have missing values; a column of whole numbers may not, since tables
    hold those with a missing one as floats, which MLflow tells apart.

    Args:
        rows: of `example_rows`.
        encoding: the study's ``encoding.json``.
    """
    classifies = encoding["task"] == "classification"
    prefix, names = (
        ("probability", encoding["classes"]) if classifies else ("score", encoding["vocabulary"])
    )
    return ModelSignature(
        inputs=Schema([ColSpec(_type(rows[name]), name, required=False) for name in rows]),
        outputs=Schema([ColSpec(DataType.double, f"{prefix}_{name}") for name in names]),
    )


def _type(column: "pd.Series[Any]") -> DataType | Array:
    first = column.iloc[0] if len(column) else ""
    if isinstance(first, np.ndarray):
        return Array(_number(first.dtype.kind))
    if pd.api.types.is_numeric_dtype(column):
        return _number(column.dtype.kind)
    return DataType.string


def _number(kind: str) -> DataType:
    return DataType.long if kind in "iu" else DataType.double


def write_example(rows: pd.DataFrame, folder: Path) -> dict[str, str]:
    """Write rows as MLflow reads an input example; returns what ``MLmodel`` says of them."""
    rows.to_json(folder / EXAMPLE, orient="split", index=False)
    return {"artifact_path": EXAMPLE, "type": "dataframe", "pandas_orient": "split"}
