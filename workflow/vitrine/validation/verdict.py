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
    interval of the paired difference lies above zero and Holm's p-value below 1 - confidence. So
    few instances that no result could bring that p-value down are no evidence against a method.

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
        ranking, None without one), on test; ``rivals``, the floor and those rivals that ran and do
        not lead, each with ``beaten`` and the columns of the comparison; ``tied``, other methods
        that the leading one does not beat; ``no_better_than_chance``, methods that do not beat the
        random ranking; ``hopeless``, instances of test where no method does better than the
        random floor; ``pairs`` compared, ``least_p``, the smallest p-value after Holm that as many
        instances and pairs allow, and ``too_few``, whether that is above the level. None when
        nothing was measured.
    """
    rows = frame[(frame["measure"] == measure) & (frame["split"] == "test")]
    table = rows.pivot(index="instance", columns="method", values="value").dropna()
    methods = [str(name) for name in table.columns if name != floor]
    if table.empty or not methods:
        return None
    earlier = frame[(frame["measure"] == measure) & (frame["split"] == "validation")]
    means = (earlier if len(earlier) else rows).groupby("method")["value"].mean()
    method = max(methods, key=lambda name: means.get(name, -np.inf))
    values = table[method].to_numpy()
    n = len(values)
    draws = bootstrap(lambda w: w @ values / n, n, statistics.bootstrap, derive(seed, "verdict"))
    low, high = interval(draws, statistics.confidence)
    pairs = _Comparisons(comparisons, measure, 1 - statistics.confidence)
    present = [str(name) for name in table.columns]
    against = [name for name in (floor, *rivals) if name in present and name != method]
    least_p = min(1.0, len(pairs.rows) * least_p_value(n))
    return {
        "measure": measure,
        "method": method,
        "mean": float(values.mean()),
        "low": low,
        "high": high,
        "n": n,
        "random": float(table[floor].mean()) if floor in present else None,
        "rivals": {name: pairs.of(method, name) for name in against},
        "tied": [
            name for name in methods if name != method and not pairs.of(method, name)["beaten"]
        ],
        "no_better_than_chance": [
            name for name in methods if floor in present and not pairs.of(name, floor)["beaten"]
        ],
        "hopeless": int((table[methods] <= 0).all(axis=1).sum()),
        "pairs": len(pairs.rows),
        "least_p": least_p,
        "too_few": least_p >= pairs.level,
    }


class _Comparisons:
    """The comparisons of one measure on test, from either side of a pair."""

    def __init__(self, table: pd.DataFrame, measure: str, level: float) -> None:
        rows = table[(table["measure"] == measure) & (table["split"] == "test")]
        self.rows = {(row["method"], row["other"]): row for row in rows.to_dict("records")}
        self.level = level

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
