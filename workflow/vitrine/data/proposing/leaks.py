"""Fields that tell the label better than chance can explain: often known only afterwards."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

_MOST_BINS, _ROWS_PER_BIN = 20, 30
# A value with this share of the rows is a bin of its own, such as the zeros of most amounts.
_POINT = 0.02
_PURE = 0.98
_CHANCE = 1e-9
# A leak tells of a good part of a class; a strong field that is honest tells of few rows so surely.
_COVERED = 0.25


@dataclass(frozen=True)
class Leak:
    """Values of a field that go with one class nearly always.

    Attributes:
        label: the class.
        rows: rows with such values.
        share: share of them that are of the class.
        covered: share of the class's rows that have such values.
    """

    label: str
    rows: int
    share: float
    covered: float


def leak_of(values: pd.Series, labels: pd.Series) -> Leak | None:
    """The leak of a field, None if there is none.

    A value (or bin) of a number is pure if nearly all its rows are of one class although chance, at
    the class's prevalence, makes that next to impossible. A class is leaked if pure values cover a
    good part of it and do not simply cover the most frequent class.

    Args:
        values: the field as a run reads it.
        labels: the classes, none missing.
    """
    if pd.api.types.is_string_dtype(values) and values.nunique() > len(values) / 4:
        return None
    groups = _binned(values)
    counts = pd.crosstab(groups, labels)
    sizes = counts.sum(axis=1)
    best: Leak | None = None
    for label in counts.columns:
        prevalence = float(counts[label].sum() / sizes.sum())
        share = counts[label] / sizes
        unlikely = sizes * np.log(prevalence) < np.log(_CHANCE) if prevalence < 1 else sizes < 0
        pure = (share >= _PURE) & unlikely
        rows = int(sizes[pure].sum())
        if not rows:
            continue
        covered = float(counts.loc[pure, label].sum() / counts[label].sum())
        # How much purer than the class is anyway: nothing to tell if almost all are of it.
        leak = Leak(str(label), rows, float(counts.loc[pure, label].sum() / rows), covered)
        if covered >= _COVERED and prevalence < 0.9 and (best is None or covered > best.covered):
            best = leak
    return best


def _binned(values: pd.Series) -> pd.Series:
    """A group for each row: categories, missing, frequent values, and quantiles of the rest."""
    if pd.api.types.is_string_dtype(values):
        return values.fillna("")
    numbers = pd.Series(
        values.astype("int64").where(values.notna())
        if pd.api.types.is_datetime64_any_dtype(values)
        else values.astype("float64"),
        index=values.index,
    )
    counts = numbers.value_counts(normalize=True)
    points = counts.index[counts >= _POINT]
    groups = pd.Series("missing", index=values.index, dtype=object)
    at_point = numbers.isin(points)
    groups[at_point] = numbers[at_point].map(lambda value: f"= {value}")
    rest = numbers.notna() & ~at_point
    if rest.any():
        count = int(np.clip(rest.sum() // _ROWS_PER_BIN, 1, _MOST_BINS))
        bins = pd.qcut(numbers[rest], count, duplicates="drop")
        groups[rest] = bins.astype("str")
    return groups
