"""Methods compared pair by pair on the same instances."""

from itertools import combinations

import numpy as np
import pandas as pd

from vitrine.evaluation.paired import differences, outcome
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.seeds import derive
from vitrine.validation.effects import rank_biserial
from vitrine.validation.registry import MEASURES

COLUMNS = [
    *("split", "measure", "method", "other", "n", "difference", "std_error", "low", "high"),
    *("effect", "p_value", "outcome"),
]


def compare(
    frame: pd.DataFrame, weights: pd.Series, statistics: StatisticsSettings, seed: int
) -> pd.DataFrame:
    """Compare every pair of methods by every measure.

    Args:
        frame: the table ``faithfulness.parquet``.
        weights: how many instances of the split each explained one stands for, by split and
            instance; see `vitrine.explaining.selection.instance_weights`.
        statistics: resamples, confidence and margin.
        seed: base seed of the resamples; all pairs of a split see the same ones.

    Returns:
        One row per split, measure and pair: ``split, measure, method, other, n``; ``difference``,
        the weighted mean over instances of how much better ``method`` is, with ``std_error``,
        ``low`` and ``high`` (intervals that hold for all pairs of the split and measure together)
        and ``p_value`` (adjusted for all these pairs by the same procedure, so that the interval
        excludes zero exactly where it is at most 1 - confidence); ``effect``, the matched-pairs
        rank-biserial correlation (`rank_biserial`); ``outcome``, better, worse, equivalent or
        inconclusive (`vitrine.evaluation.paired.outcome`).
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
        values = sign * np.stack(
            [(table[method] - table[other]).to_numpy() for method, other in pairs], axis=1
        )
        of_split = weights.loc[str(split)].reindex(table.index).to_numpy(dtype=np.float64)
        compared = _compared(values, of_split, statistics, derive(seed, "compare", str(split)))
        methods, others = zip(*pairs, strict=True)
        parts.append(
            compared.assign(split=str(split), measure=str(measure), method=methods, other=others)
        )
    return pd.concat(parts, ignore_index=True)[COLUMNS] if parts else pd.DataFrame(columns=COLUMNS)


def _compared(
    values: np.ndarray, weights: np.ndarray, statistics: StatisticsSettings, seed: int
) -> pd.DataFrame:
    """Statistics of the differences of each pair, float64 [n, pairs]; one row per pair."""
    n = len(values)
    found = differences(values, weights, statistics, seed)
    return pd.DataFrame(
        {
            "n": n,
            "difference": found.mean,
            "std_error": found.std_error,
            "low": found.low,
            "high": found.high,
            "effect": [rank_biserial(column) for column in values.T],
            "p_value": found.p_value,
            "outcome": [
                outcome(low, high, statistics.margin, n)
                for low, high in zip(found.low, found.high, strict=True)
            ],
        }
    )
