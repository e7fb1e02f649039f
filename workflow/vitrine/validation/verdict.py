"""The verdict on a study: which explanation to trust, how far, and with what certainty."""

from typing import Any

import numpy as np
import pandas as pd

from vitrine.evaluation.paired import LEAST, weighted_mean
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.evaluation.weighted import mean_with_interval
from vitrine.seeds import derive
from vitrine.validation.faithfulness.measures.normalised_comprehensiveness import MEASURE

LEADING = MEASURE.name
_TURNED = {"better": "worse", "worse": "better"}


def judge(
    frame: pd.DataFrame,
    comparisons: pd.DataFrame,
    weights: pd.Series,
    statistics: StatisticsSettings,
    seed: int,
    *,
    floor: str,
    measure: str = LEADING,
) -> dict[str, Any] | None:
    """Judge the methods by one measure, of which higher is better.

    The leading method is the one with the best mean on validation; everything said of it is
    measured on test, so that the choice does not flatter it. What is said of a pair is the
    ``outcome`` of its comparison: better, worse, equivalent or inconclusive.

    Args:
        frame: the table ``faithfulness.parquet``.
        comparisons: of that table, see `vitrine.validation.comparison.compare`.
        weights: as there.
        statistics: of the intervals.
        seed: base seed of the resamples.
        floor: name of the random ranking.
        measure: name of the measure.

    Returns:
        ``measure``; ``method``, with ``mean, low, high, n`` and ``random`` (mean of the random
        ranking, None without one), on test; ``against``, the comparison of the leading method with
        every other one, by name; ``chance``, that of every method with the random ranking, by
        name; ``hopeless``, instances of test where no method does better than the random floor;
        ``margin`` within which methods count as equivalent; ``least``, the fewest instances from
        which anything is concluded, and ``too_few``, whether there are fewer. None when nothing
        was measured.
    """
    table = _table(frame, measure, "test")
    methods = [str(name) for name in table.columns if name != floor]
    if table.empty or not methods:
        return None
    means = _means(frame, measure, weights)
    method = max(methods, key=lambda name: means.get(name, -np.inf))
    pairs = _Comparisons(comparisons, measure)
    of_test = weights.loc["test"].reindex(table.index).to_numpy(dtype=np.float64)
    return {
        "measure": measure,
        "method": method,
        **mean_with_interval(
            table[method].to_numpy(), of_test, statistics, derive(seed, "verdict")
        ),
        "random": _weighted(table[floor], of_test) if floor in table else None,
        "against": {name: pairs.of(method, str(name)) for name in table.columns if name != method},
        "chance": {name: pairs.of(name, floor) for name in methods if floor in table},
        "hopeless": int((table[methods] <= 0).all(axis=1).sum()),
        "margin": statistics.margin,
        "least": LEAST,
        "too_few": len(table) < LEAST,
    }


def _table(frame: pd.DataFrame, measure: str, split: str) -> pd.DataFrame:
    """Values of a measure on a split, an instance per row and a method per column."""
    rows = frame[(frame["measure"] == measure) & (frame["split"] == split)]
    return rows.pivot(index="instance", columns="method", values="value").dropna()


def _means(frame: pd.DataFrame, measure: str, weights: pd.Series) -> dict[str, float]:
    """The means that choose the leading method: on validation, or on test without validation."""
    for split in ("validation", "test"):
        table = _table(frame, measure, split)
        if len(table):
            of_split = weights.loc[split].reindex(table.index).to_numpy(dtype=np.float64)
            return {str(name): _weighted(column, of_split) for name, column in table.items()}
    return {}


def _weighted(values: pd.Series, weights: np.ndarray) -> float:
    return float(weighted_mean(values.to_numpy(dtype=np.float64)[:, None], weights)[0])


class _Comparisons:
    """The comparisons of one measure on test, from either side of a pair."""

    def __init__(self, table: pd.DataFrame, measure: str) -> None:
        rows = table[(table["measure"] == measure) & (table["split"] == "test")]
        self.rows = {(row["method"], row["other"]): row for row in rows.to_dict("records")}

    def of(self, method: str, other: str) -> dict[str, Any]:
        """The comparison; ends of an interval that is unbounded are None."""
        turned = (method, other) not in self.rows
        row = self.rows[(other, method) if turned else (method, other)]
        sign = -1 if turned else 1
        low, high = sorted(sign * row[end] for end in ("low", "high"))
        return {
            "outcome": _TURNED.get(row["outcome"], row["outcome"]) if turned else row["outcome"],
            "difference": sign * row["difference"],
            "low": low if np.isfinite(low) else None,
            "high": high if np.isfinite(high) else None,
            "effect": sign * row["effect"],
            "p_value": row["p_value"],
        }
