"""Tables: the players are the fields of a row, in the order of the table.

A categorical field is an entry of the vocabulary such as ``Home=rent``. A numeric field, also one
of dates, is the entry of its name, and its value enters as features by piecewise-linear encoding:
with bin edges b_0 < ... < b_k at quantiles of the training values, feature t is the share of bin t
that lies below the value (Gorishniy, Rubachev and Babenko, "On Embeddings for Numerical Features in
Tabular Deep Learning", 2022, eq. 1). Unlike there, values outside the training range are taken as
its ends. A missing value is the entry ``Income is missing``, its features are zero. Ids follow from
the order of fields and categories, so that no name of a field or category can be taken for another.

``Encoding.details``: ``fields``, in the order of the table; each has ``name``, ``column`` (of the
prepared tables), ``kind`` and ``first``, the id of its first entry (the last one is that of a
missing value); a numeric one also ``edges``, ``median`` and ``dates`` (whether they are seconds
since 1970), a categorical one ``categories``.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vitrine.data.changes import all_players
from vitrine.data.domains.table import field_of
from vitrine.data.encoding import UNKNOWN, Encoding, Players
from vitrine.data.examples import Examples

if TYPE_CHECKING:
    from vitrine.data.settings import StudyData

BINS = 8
# In these names an entry's text would not tell where the name ends.
_UNCLEAR = re.compile(r'["=<>\\]|\s$|^\s|\bis missing$')


def fit(study: str, train: pd.DataFrame, classes: list[str], _settings: StudyData) -> Encoding:
    """Fit edges, medians and categories on the training rows (all but ``instance``, ``label``)."""
    entries = [UNKNOWN]
    fields = []
    for column, values in train.drop(columns=["instance", "label"]).items():
        field = _fit_field(str(column), values) | {"first": len(entries)}
        name = _clear(field["name"])
        if field["kind"] == "numeric":
            entries.append(name)
        entries += [f"{name}={value}" for value in field.get("categories", [])]
        entries.append(_missing(name))
        fields.append(field)
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


def _clear(name: str) -> str:
    """A field's name as entries and names of players have it, in quotes where it is unclear."""
    return json.dumps(name, ensure_ascii=False) if _UNCLEAR.search(name) else name


def _missing(name: str) -> str:
    return f"{name} is missing"


def _fit_field(column: str, values: pd.Series) -> dict[str, Any]:
    field = {"name": field_of(column), "column": column}
    present = values.dropna()
    dates = pd.api.types.is_datetime64_any_dtype(values)
    if not dates and not pd.api.types.is_numeric_dtype(values):
        return field | {"kind": "categorical", "categories": sorted(present.unique())}
    numbers = numbers_of(present, dates)
    quantiles = np.linspace(0, 1, BINS + 1)
    edges = np.unique(np.quantile(numbers, quantiles)).tolist() if len(numbers) else []
    return field | {
        "kind": "numeric",
        "dates": dates,
        "edges": edges,
        "median": float(np.median(numbers)) if len(numbers) else 0.0,
    }


def numbers_of(values: pd.Series, dates: bool) -> np.ndarray:
    """A numeric column as float64 [n], dates as seconds since 1970; NaN where it is missing."""
    if dates and not pd.api.types.is_datetime64_any_dtype(values):
        # Rows that are sent to a served model have dates as text.
        values = pd.to_datetime(values)
    if pd.api.types.is_datetime64_any_dtype(values):
        seconds = values.to_numpy().astype("datetime64[us]").astype(np.int64) / 1e6
        return np.where(values.isna(), np.nan, seconds)
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


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
    features[:, : max(len(edge) - 1, 0)] = np.nan_to_num(np.clip(shares, 0, 1))
    return features


def encode(frame: pd.DataFrame, encoding: Encoding) -> Players:
    """Turn each row into one player per field."""
    n, width = len(frame), len(encoding.details["fields"])
    ids = np.zeros((n, width), dtype=np.int64)
    features = np.zeros((n, width, BINS), dtype=np.float32)
    for j, field in enumerate(encoding.details["fields"]):
        column = frame[field["column"]]
        if field["kind"] == "numeric":
            features[:, j] = piecewise_linear(numbers_of(column, field["dates"]), field["edges"])
            ids[:, j] = field["first"]
        else:
            places = {value: field["first"] + k for k, value in enumerate(field["categories"])}
            ids[:, j] = [places.get(value, 0) for value in column]
        ids[column.isna().to_numpy(), j] = _missing_id(field)
    return Players(
        lengths=np.full(n, width, dtype=np.int64),
        ids=ids.ravel(),
        features=features.reshape(n * width, BINS),
        truncated=np.zeros(n, dtype=np.int64),
    )


def _missing_id(field: dict[str, Any]) -> int:
    """The id of the entry for a missing value of a field."""
    return int(field["first"]) + (1 if field["kind"] == "numeric" else len(field["categories"]))


def names(frame: pd.DataFrame, encoding: Encoding) -> list[list[str]]:
    """Field and value of each player, such as ``Income = 129`` or ``Income is missing``."""
    fields = encoding.details["fields"]
    rows = frame[[field["column"] for field in fields]].astype(object).itertuples(index=False)
    clear = [_clear(field["name"]) for field in fields]
    return [
        [
            _missing(name) if pd.isna(value) else f"{name} = {value_text(value)}"
            for name, value in zip(clear, row, strict=True)
        ]
        for row in rows
    ]


def value_text(value: Any) -> str:
    """A value as pages show it: ``missing``, a date, a category or a number."""
    if pd.isna(value):
        return "missing"
    if isinstance(value, pd.Timestamp):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")
    return value if isinstance(value, str) else f"{value:.12g}"


def missing_ids(positions: np.ndarray, encoding: Encoding) -> np.ndarray:
    """The entry for a missing value of the field at each position, int64 like ``positions``."""
    ids = [_missing_id(field) for field in encoding.details["fields"]]
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
    present = np.zeros(len(encoding.vocabulary), dtype=bool)
    present[[field["first"] for field in fields if field["kind"] == "numeric"]] = True
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
