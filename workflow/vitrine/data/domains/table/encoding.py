"""Tables: the players are the fields of a row, in the order of the table.

A categorical field is an entry of the vocabulary such as ``Home=rent``. A numeric field is the
entry of its name, and its value enters as features by piecewise-linear encoding: with bin edges
b_0 < ... < b_k at quantiles of the training values, feature t is the share of bin t that lies below
the value (Gorishniy, Rubachev and Babenko, "On Embeddings for Numerical Features in Tabular Deep
Learning", 2022, eq. 1). Unlike there, values outside the training range are taken as its ends. A
missing value is the entry ``Income=missing``, its features are zero.

``Encoding.details``: ``fields``, in the order of the table; a numeric one has ``name``, ``kind``,
``edges`` and ``median``, a categorical one ``name``, ``kind`` and ``categories``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vitrine.data.changes import all_players
from vitrine.data.encoding import UNKNOWN, Encoding, Players
from vitrine.data.examples import Examples

if TYPE_CHECKING:
    from vitrine.data.settings import StudyData

BINS = 8
MISSING = "missing"


def fit(study: str, train: pd.DataFrame, classes: list[str], _settings: StudyData) -> Encoding:
    """Fit edges, medians and categories on the training rows (all but ``instance``, ``label``)."""
    columns = train.drop(columns=["instance", "label"])
    fields = [_fit_field(str(name), values) for name, values in columns.items()]
    entries = [UNKNOWN]
    for field in fields:
        if field["kind"] == "numeric":
            entries.append(field["name"])
        entries += [f"{field['name']}={value}" for value in field.get("categories", [])]
        entries.append(f"{field['name']}={MISSING}")
    return Encoding(
        study=study,
        domain="table",
        task="classification",
        classes=classes,
        vocabulary=entries,
        players=len(fields),
        positions=len(fields),
        feature_width=BINS,
        feature_groups=len(fields),
        details={"fields": fields},
    )


def _fit_field(name: str, values: pd.Series) -> dict[str, Any]:
    present = values.dropna()
    if not pd.api.types.is_numeric_dtype(values):
        return {"name": name, "kind": "categorical", "categories": sorted(present.unique())}
    numbers = present.to_numpy(dtype=np.float64)
    edges = np.unique(np.quantile(numbers, np.linspace(0, 1, BINS + 1)))
    return {
        "name": name,
        "kind": "numeric",
        "edges": edges.tolist(),
        "median": float(np.median(numbers)),
    }


def piecewise_linear(values: np.ndarray, edges: list[float]) -> np.ndarray:
    """Encode numbers by the share of each bin that lies below them.

    Args:
        values: float [n]; NaN gives zeros.
        edges: at most ``BINS + 1`` rising bin edges.

    Returns:
        float32 [n, BINS]; bins that a field does not have are zero.
    """
    edge = np.asarray(edges)
    features = np.zeros((len(values), BINS), dtype=np.float32)
    shares = (values[:, None] - edge[:-1]) / np.diff(edge)
    features[:, : len(edge) - 1] = np.nan_to_num(np.clip(shares, 0, 1))
    return features


def encode(frame: pd.DataFrame, encoding: Encoding) -> Players:
    """Turn each row into one player per field."""
    index = encoding.index()
    n, width = len(frame), len(encoding.details["fields"])
    ids = np.zeros((n, width), dtype=np.int64)
    features = np.zeros((n, width, BINS), dtype=np.float32)
    for j, field in enumerate(encoding.details["fields"]):
        name = field["name"]
        column = frame[name]
        if field["kind"] == "numeric":
            values = column.to_numpy(dtype=np.float64, na_value=np.nan)
            features[:, j] = piecewise_linear(values, field["edges"])
            ids[:, j] = index[name]
        else:
            ids[:, j] = [index.get(f"{name}={value}", 0) for value in column]
        ids[column.isna().to_numpy(), j] = index[f"{name}={MISSING}"]
    return Players(
        lengths=np.full(n, width, dtype=np.int64),
        ids=ids.ravel(),
        features=features.reshape(n * width, BINS),
        truncated=np.zeros(n, dtype=np.int64),
    )


def names(frame: pd.DataFrame, encoding: Encoding) -> list[list[str]]:
    """Field and value of each player, such as ``Income = 129``."""
    fields = [field["name"] for field in encoding.details["fields"]]
    rows = frame[fields].astype(object).itertuples(index=False)
    return [
        [f"{name} = {_formatted(value)}" for name, value in zip(fields, row, strict=True)]
        for row in rows
    ]


def _formatted(value: Any) -> str:
    if pd.isna(value):
        return MISSING
    return value if isinstance(value, str) else f"{value:.12g}"


def missing_ids(positions: np.ndarray, encoding: Encoding) -> np.ndarray:
    """The entry for a missing value of the field at each position, int64 like ``positions``."""
    index = encoding.index()
    ids = [index[f"{field['name']}={MISSING}"] for field in encoding.details["fields"]]
    values: np.ndarray = np.array(ids, dtype=np.int64)[positions]
    return values


def move_one_field(
    examples: Examples, encoding: Encoding, size: float, rng: np.random.Generator
) -> tuple[Examples, list[np.ndarray]]:
    """Move one numeric field of each instance that is not missing.

    Args:
        examples: n instances.
        encoding: of the study.
        size: deviation of the move, as a share of the training rows that it passes.
        rng: the random stream.

    Returns:
        The changed instances, and for each all of its players.
    """
    fields = encoding.details["fields"]
    bins = np.array([len(field.get("edges", [0])) - 1 for field in fields])
    names = {field["name"] for field in fields if field["kind"] == "numeric"}
    present = np.array([entry in names for entry in encoding.vocabulary])
    features = examples.features.copy()
    for i in range(len(examples)):
        rows = np.arange(examples.offsets[i], examples.offsets[i + 1])
        numeric = rows[present[examples.ids[rows]]]
        if len(numeric) == 0:
            continue
        row = rng.choice(numeric)
        count = bins[examples.positions[row]]
        # The piecewise-linear code of a value sums to its place among the quantiles.
        place = features[row].sum() + size * count * rng.standard_normal()
        features[row, :count] = np.clip(place - np.arange(count), 0.0, 1.0)
    return replace(examples, features=features), all_players(examples)
