"""Fields that tell the label better than chance can explain: often known only afterwards."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

_MOST_BINS, _ROWS_PER_BIN = 20, 30
# A value with this share of the rows is a bin of its own, such as the zeros of most amounts; where
# one value has most rows, all others are one bin.
_POINT, _MOST = 0.02, 0.5
_PURE, _COVERED = 0.98, 0.25
# The logarithm of how unlikely a pure bin must be.
_CHANCE = np.log(1e-9)
# Share of the errors of the most frequent class that a field which tells the label leaves.
_ERRORS_LEFT = 0.05


@dataclass(frozen=True)
class Leak:
    """How a field tells the label.

    Attributes:
        label: the class that some values go with; None if all values tell the class.
        rows: rows with such values.
        share: share of them that are of the class that their value tells.
        covered: share of the class's rows that have such values.
    """

    label: str | None
    rows: int
    share: float
    covered: float

    def __str__(self) -> str:
        if self.label is None:
            return f"alone tells the label, in {self.share:.1%} of {self.rows:,} rows"
        return (
            f"alone tells the label: {self.rows:,} rows have values that go with `{self.label}` in "
            f"{self.share:.0%} and hold {self.covered:.0%} of that class"
        )


def leak_of(values: pd.Series, labels: pd.Series) -> Leak | None:
    """The leak of a field, None if there is none.

    A field leaks if its values, with numbers in bins, leave next to no error of the most frequent
    class; or if single values go with one class only, hold a good part of it, and chance at the
    prevalence of the class makes that next to impossible. Bins of numbers do not count for the
    second: high and low ones of an honest field may be as pure.

    Args:
        values: the field as a run reads it.
        labels: the classes, none missing.
    """
    if pd.api.types.is_string_dtype(values) and values.nunique() > len(values) / 4:
        return None
    groups, single = _binned(values)
    counts = pd.crosstab(groups, labels)
    sizes = counts.sum(axis=1)
    errors = int((sizes - counts.max(axis=1)).sum())
    usual = int(sizes.sum() - counts.sum().max())
    if errors <= _ERRORS_LEFT * usual and usual * np.log(0.5) < _CHANCE:
        return Leak(None, len(values), 1 - errors / len(values), 1.0)
    found = [_single(counts[label], sizes, counts.index.isin(single)) for label in counts]
    leaks = [leak for leak in found if leak is not None]
    return max(leaks, key=lambda leak: leak.covered, default=None)


def _single(of_class: pd.Series, sizes: pd.Series, single: np.ndarray) -> Leak | None:
    """The single values that go with a class."""
    prevalence = of_class.sum() / sizes.sum()
    pure = single & (of_class / sizes >= _PURE) & (sizes * np.log(prevalence) < _CHANCE)
    rows, hits = int(sizes[pure].sum()), int(of_class[pure].sum())
    if hits < _COVERED * of_class.sum() or not rows:
        return None
    return Leak(str(of_class.name), rows, hits / rows, float(hits / of_class.sum()))


def _binned(values: pd.Series) -> tuple[pd.Series, list[str]]:
    """A group for each row, and which groups are single values: no bins of numbers."""
    if pd.api.types.is_string_dtype(values):
        groups = values.fillna("missing value")
        return groups, [*groups.unique()]
    dates = pd.api.types.is_datetime64_any_dtype(values)
    numbers = (values.astype("int64") if dates else values).astype("float64").where(values.notna())
    shares = numbers.value_counts(normalize=True)
    at_point = numbers.isin(shares.index[shares >= _POINT])
    groups = pd.Series("missing value", index=values.index, dtype="str")
    groups[at_point] = numbers[at_point].map(lambda value: f"= {value}").astype("str")
    single = ["missing value", *groups[at_point].unique()]
    rest = numbers.notna() & ~at_point
    if not rest.any():
        return groups, single
    if shares.max() >= _MOST or numbers.isna().mean() >= _MOST:
        groups[rest] = "another value"
        return groups, [*single, "another value"]
    count = int(np.clip(rest.sum() // _ROWS_PER_BIN, 1, _MOST_BINS))
    groups[rest] = pd.qcut(numbers[rest], count, duplicates="drop").astype("str")
    return groups, single
