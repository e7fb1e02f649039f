"""Methods compared pair by pair on the same instances."""

from itertools import combinations

import numpy as np
import pandas as pd

from vitrine.evaluation.bootstrap import bootstrap, interval
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.seeds import derive
from vitrine.validation.paired_tests import holm, rank_biserial, signed_rank_test
from vitrine.validation.registry import MEASURES

COLUMNS = [
    *("split", "measure", "method", "other", "n", "difference", "low", "high"),
    *("effect", "p_value", "p_holm"),
]


def compare(frame: pd.DataFrame, statistics: StatisticsSettings, seed: int) -> pd.DataFrame:
    """Compare every pair of methods by every measure.

    Args:
        frame: the table ``faithfulness.parquet``.
        statistics: of the intervals.
        seed: base seed of the resamples; all pairs of a split see the same ones.

    Returns:
        One row per split, measure and pair: ``split, measure, method, other, n``; ``difference,
        low, high``, the mean over instances of how much better ``method`` is, with its bootstrap
        interval; ``effect``, the matched-pairs rank-biserial correlation (`rank_biserial`);
        ``p_value`` of Wilcoxon's signed-rank test, two-sided; ``p_holm``, adjusted over all pairs
        of the split and measure.
    """
    parts = []
    for (split, measure), rows in frame[frame["measure"].isin(list(MEASURES))].groupby(
        ["split", "measure"], sort=True
    ):
        table = rows.pivot(index="instance", columns="method", values="value").dropna()
        if table.empty or len(table.columns) < 2:
            continue
        sign = 1.0 if MEASURES[str(measure)].higher_is_better else -1.0
        pairs = list(combinations(table.columns, 2))
        differences = sign * np.stack(
            [(table[method] - table[other]).to_numpy() for method, other in pairs], axis=1
        )
        compared = _compared(differences, statistics, derive(seed, "compare", str(split)))
        methods, others = zip(*pairs, strict=True)
        parts.append(
            compared.assign(split=str(split), measure=str(measure), method=methods, other=others)
        )
    return pd.concat(parts, ignore_index=True)[COLUMNS] if parts else pd.DataFrame(columns=COLUMNS)


def _compared(differences: np.ndarray, statistics: StatisticsSettings, seed: int) -> pd.DataFrame:
    """Statistics of the differences of each pair, float64 [n, pairs]; one row per pair."""
    n = len(differences)
    draws = bootstrap(lambda weights: weights @ differences / n, n, statistics.bootstrap, seed)
    rows = []
    for column, drawn in zip(differences.T, draws.T, strict=True):
        low, high = interval(drawn, statistics.confidence)
        rows.append(
            {
                "n": n,
                "difference": float(column.mean()),
                "low": low,
                "high": high,
                "effect": rank_biserial(column),
                "p_value": signed_rank_test(column),
            }
        )
    table = pd.DataFrame(rows)
    return table.assign(p_holm=holm(table["p_value"].to_numpy()))
