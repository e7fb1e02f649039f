"""The baselines of tables, and their game: removed fields take the values of background rows.

The removal is interventional, or imputation by a background of one row.
"""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array, hstack

from vitrine.data.domains.table.encoding import numbers_of
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

# Tables of fewer columns are small as arrays, on which a linear model is fitted faster.
DENSE_COLUMNS = 512
# The most that scikit-learn's histogram trees allow.
TREE_CATEGORIES = 255


def _logistic(folder: Path, encoding: Encoding, _seed: int) -> Iterable[Candidate]:
    return logistic(folder, encoding, one_hot)


def one_hot(train: pd.DataFrame, encoding: Encoding) -> Encode:
    """Categories one-hot; numbers scaled, with the median and a mark where one is missing.

    Args:
        train: the training table.
        encoding: of the study.

    Returns:
        A function from n rows to float64 [n, columns]: an array, or a sparse CSR array if there
        are more than ``DENSE_COLUMNS`` columns. A category that the training rows do not have is
        all zeros.
    """
    fields = encoding.details["fields"]

    def filled(rows: pd.DataFrame, field: dict[str, Any]) -> pd.Series:
        return _number(rows[field["column"]], field["dates"]).fillna(field["median"])

    numeric = [filled(train, field) for field in fields if field["kind"] == "numeric"]
    scale = {values.name: (values.mean(), values.std() or 1.0) for values in numeric}

    def encode(rows: pd.DataFrame) -> np.ndarray | csr_array:
        blocks: list[coo_array] = []
        for field in fields:
            name = field["column"]
            if field["kind"] == "categorical":
                blocks.append(_indicators(rows[name], field["categories"]))
            else:
                mean, deviation = scale[name]
                scaled = (filled(rows, field) - mean) / deviation
                blocks.append(coo_array(scaled.to_numpy()[:, None]))
            blocks.append(coo_array(rows[name].isna().to_numpy(dtype=float)[:, None]))
        table = hstack(blocks, format="csr", dtype=np.float64)
        return table if table.shape[1] > DENSE_COLUMNS else table.toarray()

    return encode


def _indicators(values: pd.Series, categories: list[Any]) -> coo_array:
    """One column per category, float64 [n, categories]: 1 where the value is it."""
    codes = pd.Index(categories).get_indexer(values)
    known = np.flatnonzero(codes >= 0)
    shape = (len(values), len(categories))
    return coo_array((np.ones(len(known)), (known, codes[known])), shape=shape)


def tree_columns(train: pd.DataFrame, encoding: Encoding) -> Encode:
    """What boosted trees take: numbers as they are, and categories of which there are few enough.

    Of a field with more than ``TREE_CATEGORIES`` categories the most frequent ones of the training
    rows stay; all others, and those that the training rows do not have, are one category.

    Args:
        train: the training table.
        encoding: of the study.

    Returns:
        A function from n rows to a frame with a column per field, float64 or categorical.
    """
    fields = encoding.details["fields"]
    columns = {
        field["column"]: partial(_number, dates=field["dates"])
        if field["kind"] == "numeric"
        else _tree_categories(train[field["column"]], field["categories"])
        for field in fields
    }
    return lambda rows: pd.DataFrame({name: column(rows[name]) for name, column in columns.items()})


def _number(values: pd.Series, dates: bool) -> pd.Series:
    return pd.Series(numbers_of(values, dates), index=values.index, name=values.name)


def _tree_categories(train: pd.Series, categories: list[Any]) -> Callable[[pd.Series], pd.Series]:
    """A function from values to the numbers of at most ``TREE_CATEGORIES`` categories."""
    grouped = len(categories) > TREE_CATEGORIES
    single = pd.Index(train.value_counts().index[: TREE_CATEGORIES - 1] if grouped else categories)
    dtype = pd.CategoricalDtype([*range(len(single) + grouped)])

    def numbered(values: pd.Series) -> pd.Series:
        codes = single.get_indexer(values)
        if grouped:
            codes = np.where((codes < 0) & values.notna(), len(single), codes)
        return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype), index=values.index)

    return numbered


def _boosted_trees(folder: Path, encoding: Encoding, seed: int) -> Iterable[Candidate]:
    from sklearn.ensemble import HistGradientBoostingClassifier

    frames = read_splits(folder)
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
    return classifiers(models, tree_columns(frames["train"], encoding), frames, encoding)


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
    fields = [field["column"] for field in encoding.details["fields"]]
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
