"""Methods compared pair by pair on the same instances."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from vitrine.evaluation.bootstrap import bootstrap, interval
from vitrine.ranks import average_ranks
from vitrine.seeds import derive
from vitrine.validation.ranks import signed_rank_test
from vitrine.validation.registry import MEASURES

COLUMNS = [
    *("split", "measure", "method", "other", "n", "difference", "low", "high"),
    *("effect", "p_value", "p_holm"),
]


def compare(frame: pd.DataFrame, statistics: Mapping[str, Any], seed: int) -> pd.DataFrame:
    """Compare every pair of methods by every measure.

    Args:
        frame: the table ``faithfulness.parquet``.
        statistics: ``bootstrap`` (number of resamples) and ``confidence`` (of the intervals).
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
        found = _compared(differences, statistics, derive(seed, "compare", str(split)))
        methods, others = zip(*pairs, strict=True)
        parts.append(
            found.assign(split=str(split), measure=str(measure), method=methods, other=others)
        )
    return pd.concat(parts, ignore_index=True)[COLUMNS] if parts else pd.DataFrame(columns=COLUMNS)


def _compared(differences: np.ndarray, statistics: Mapping[str, Any], seed: int) -> pd.DataFrame:
    """What is said of each pair, by its differences float64 [n, pairs]; one row per pair."""
    n = len(differences)
    draws = bootstrap(
        lambda weights: weights @ differences / n, n, int(statistics["bootstrap"]), seed
    )
    rows = []
    for own, drawn in zip(differences.T, draws.T, strict=True):
        low, high = interval(drawn, statistics["confidence"])
        rows.append(
            {
                "n": n,
                "difference": float(own.mean()),
                "low": low,
                "high": high,
                "effect": rank_biserial(own),
                "p_value": signed_rank_test(own),
            }
        )
    table = pd.DataFrame(rows)
    return table.assign(p_holm=holm(table["p_value"].to_numpy()))


def rank_biserial(differences: np.ndarray) -> float:
    """Matched-pairs rank-biserial correlation (Kerby 2014), the effect size of signed ranks.

    Args:
        differences: float64 [n]; zeros are left out, as in the test.

    Returns:
        The share of the rank sum that is positive less the share that is negative: 1 where every
        difference is positive, -1 where every one is negative, 0 where they balance.
    """
    moved = differences[differences != 0]
    if len(moved) == 0:
        return 0.0
    ranks = average_ranks(np.abs(moved))
    return float((np.sign(moved) * ranks).sum() / ranks.sum())


def holm(p_values: np.ndarray) -> np.ndarray:
    """Adjust p-values for their number (Holm 1979), float64 [m]: step-down, monotone, at most 1.

    Rejecting what lies below a level keeps the probability of any false rejection below it.
    """
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * p_values[order]), 1.0)
    return adjusted
