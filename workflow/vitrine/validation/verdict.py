"""The verdict on a study: which explanation to trust, how far, and with what certainty."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from vitrine.evaluation.bootstrap import bootstrap, interval
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.seeds import derive
from vitrine.validation.faithfulness.measures.normalised_comprehensiveness import MEASURE
from vitrine.validation.paired_tests import least_p_value

LEADING = MEASURE.name


def judge(
    frame: pd.DataFrame,
    comparisons: pd.DataFrame,
    statistics: StatisticsSettings,
    seed: int,
    *,
    floor: str,
    rivals: Sequence[str],
    measure: str = LEADING,
) -> dict[str, Any] | None:
    """Judge the methods by one measure, of which higher is better.

    The leading method is the one with the best mean on validation; everything said of it is
    measured on test, so that the choice does not flatter it. One method *beats* another when the
    interval of the paired difference lies above zero and Holm's p-value below 1 - confidence. Too
    few instances for any result to reach that level are no evidence against a method.

    Args:
        frame: the table ``faithfulness.parquet``.
        comparisons: of that table, see `vitrine.validation.comparison.compare`.
        statistics: of the intervals.
        seed: base seed of the resamples.
        floor: name of the random ranking.
        rivals: names of cheap methods that a method worth its cost must beat.
        measure: name of the measure.

    Returns:
        ``measure``; ``method``, with ``mean, low, high, n`` and ``random`` (mean of the random
        ranking, None without one), on test; ``rivals``, the floor and rivals that ran and do not
        lead, each with ``beaten`` and the columns of the comparison; ``tied``, other methods that
        the leading one does not beat; ``no_better_than_chance``, methods that do not beat the
        random ranking; ``hopeless``, instances of test where no method does better than the
        random floor; ``pairs`` compared, ``least_p``, the smallest p-value after Holm that as many
        instances and pairs allow, and ``too_few``, whether that is above the level. None when
        nothing was measured.
    """
    table = _table(frame, measure, "test")
    methods = [str(name) for name in table.columns if name != floor]
    if table.empty or not methods:
        return None
    means = _means(frame, measure)
    method = max(methods, key=lambda name: means.get(name, -np.inf))
    pairs = _Comparisons(comparisons, measure, 1 - statistics.confidence)
    against = [name for name in (floor, *rivals) if name in table and name != method]
    least_p = min(1.0, len(pairs.rows) * least_p_value(len(table)))
    return {
        "measure": measure,
        "method": method,
        **_mean_with_interval(table[method].to_numpy(), statistics, derive(seed, "verdict")),
        "random": float(table[floor].mean()) if floor in table else None,
        "rivals": {name: pairs.of(method, name) for name in against},
        "tied": [name for name in methods if name != method and not pairs.beats(method, name)],
        "no_better_than_chance": [
            name for name in methods if floor in table and not pairs.beats(name, floor)
        ],
        "hopeless": int((table[methods] <= 0).all(axis=1).sum()),
        "pairs": len(pairs.rows),
        "least_p": least_p,
        "too_few": least_p >= pairs.level,
    }


def _table(frame: pd.DataFrame, measure: str, split: str) -> pd.DataFrame:
    """Values of a measure on a split, an instance per row and a method per column."""
    rows = frame[(frame["measure"] == measure) & (frame["split"] == split)]
    return rows.pivot(index="instance", columns="method", values="value").dropna()


def _means(frame: pd.DataFrame, measure: str) -> "pd.Series[float]":
    """The means that choose the leading method: on validation, or on test without validation."""
    rows = frame[frame["measure"] == measure]
    validation = rows[rows["split"] == "validation"]
    used = validation if len(validation) else rows[rows["split"] == "test"]
    return used.groupby("method")["value"].mean()


def _mean_with_interval(
    values: np.ndarray, statistics: StatisticsSettings, seed: int
) -> dict[str, float | int]:
    """``mean, low, high, n`` of float64 [n]."""
    n = len(values)
    draws = bootstrap(lambda weights: weights @ values / n, n, statistics.bootstrap, seed)
    low, high = interval(draws, statistics.confidence)
    return {"mean": float(values.mean()), "low": low, "high": high, "n": n}


class _Comparisons:
    """The comparisons of one measure on test, from either side of a pair."""

    def __init__(self, table: pd.DataFrame, measure: str, level: float) -> None:
        rows = table[(table["measure"] == measure) & (table["split"] == "test")]
        self.rows = {(row["method"], row["other"]): row for row in rows.to_dict("records")}
        self.level = level

    def beats(self, method: str, other: str) -> bool:
        return bool(self.of(method, other)["beaten"])

    def of(self, method: str, other: str) -> dict[str, Any]:
        if (method, other) in self.rows:
            sign, row = 1.0, self.rows[method, other]
        else:
            sign, row = -1.0, self.rows[other, method]
        ends = sorted((sign * row["low"], sign * row["high"]))
        return {
            "beaten": bool(ends[0] > 0 and row["p_holm"] < self.level),
            "difference": sign * row["difference"],
            "low": ends[0],
            "high": ends[1],
            "effect": sign * row["effect"],
            "p_holm": row["p_holm"],
        }
