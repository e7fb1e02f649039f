"""The baselines of tables, and their game: removed fields take the values of background rows.

The removal is interventional, or imputation by a background of one row.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.data.encoding import Encoding
from vitrine.evaluation.baselines.baseline import (
    Baseline,
    Candidate,
    DomainBaselines,
    Encode,
    Score,
    classifiers,
    logistic,
    read_splits,
)
from vitrine.games.inputs import Value, table_game


def _logistic(folder: Path, encoding: Encoding, _seed: int) -> Iterable[Candidate]:
    return logistic(folder, encoding, one_hot)


def one_hot(train: pd.DataFrame, encoding: Encoding) -> Encode:
    """Categories one-hot; numbers scaled, with the median and a mark where one is missing."""
    fields = encoding.details["fields"]

    def filled(rows: pd.DataFrame, field: dict[str, Any]) -> pd.Series:
        values: pd.Series = rows[field["name"]].fillna(field["median"]).astype(float)
        return values

    numeric = [filled(train, field) for field in fields if field["kind"] == "numeric"]
    scale = {values.name: (values.mean(), values.std() or 1.0) for values in numeric}

    def encode(rows: pd.DataFrame) -> np.ndarray:
        columns: list[np.ndarray] = []
        for field in fields:
            name = field["name"]
            if field["kind"] == "categorical":
                columns += [(rows[name] == value).to_numpy() for value in field["categories"]]
            else:
                mean, deviation = scale[name]
                columns.append(((filled(rows, field) - mean) / deviation).to_numpy())
            columns.append(rows[name].isna().to_numpy())
        return np.column_stack(columns).astype(float)

    return encode


def _boosted_trees(folder: Path, encoding: Encoding, seed: int) -> Iterable[Candidate]:
    from sklearn.ensemble import HistGradientBoostingClassifier

    frames = read_splits(folder)
    fields = encoding.details["fields"]
    types = {
        field["name"]: float
        if field["kind"] == "numeric"
        else pd.CategoricalDtype(field["categories"])
        for field in fields
    }
    models = (
        (
            {"learning_rate": rate, "max_iter": rounds, "max_leaf_nodes": leaves},
            HistGradientBoostingClassifier(
                learning_rate=rate,
                max_iter=rounds,
                max_leaf_nodes=leaves,
                categorical_features="from_dtype",
                early_stopping=False,
                random_state=seed % 2**32,
            ),
        )
        for leaves in (4, 8, 16)
        for rate, rounds in ((0.05, 100), (0.05, 200), (0.05, 400))
    )
    return classifiers(models, lambda rows: rows[list(types)].astype(types), frames, encoding)


def _game(
    _baseline: Candidate,
    score: Score,
    encoding: Encoding,
    row: pd.DataFrame,
    _target: int,
    background: pd.DataFrame | None,
) -> tuple[Value, int]:
    if background is None:
        raise ValueError("the game of a table needs background rows, such as the training table")
    fields = [field["name"] for field in encoding.details["fields"]]
    return table_game(score, row[fields], background[fields]), len(fields)


BASELINES = DomainBaselines(
    name="table",
    order=2,
    baselines={
        "logistic": Baseline("Logistic regression", _logistic),
        "boosted_trees": Baseline("Gradient-boosted trees", _boosted_trees),
    },
    game=_game,
)
