"""Faithfulness of the methods as means over a split, the one source of these numbers."""

from typing import Any

import numpy as np
import pandas as pd

from vitrine.evaluation.bootstrap import interval
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.evaluation.weighted import draw_means
from vitrine.seeds import derive
from vitrine.validation.registry import MEASURES

COLUMNS = ["split", "measure", "method", "mean", "low", "high", "n"]


def method_means(
    frame: pd.DataFrame, weights: pd.Series, statistics: StatisticsSettings, seed: int
) -> pd.DataFrame:
    """Mean of each measure by split and method over the split, with bootstrap intervals.

    Only instances count on which all methods have a value, so that the means can be compared; all
    methods of a split are measured on the same resamples.

    Args:
        frame: the table ``faithfulness.parquet``.
        weights: how many instances of the split each explained one stands for, by split and
            instance; see `vitrine.explaining.selection.instance_weights`.
        statistics: of the intervals.
        seed: base seed of the resamples.

    Returns:
        One row per split, measure and method: ``split, measure, method, mean, low, high, n``.
    """
    rows: list[dict[str, Any]] = []
    for split in ("validation", "test"):
        for name in MEASURES:
            part = frame[(frame["split"] == split) & (frame["measure"] == name)]
            table = part.pivot(index="instance", columns="method", values="value").dropna()
            if table.empty:
                continue
            of_split = weights.loc[split].reindex(table.index).to_numpy(dtype=np.float64)
            values = table.to_numpy(dtype=np.float64)
            draws = draw_means(values, of_split, statistics, derive(seed, "faithfulness", split))
            means = of_split @ values / of_split.sum()
            for method, mean, drawn in zip(table, means, draws.T, strict=True):
                low, high = interval(drawn, statistics.confidence)
                row = {"split": split, "measure": name, "method": str(method), "n": len(table)}
                rows.append(row | {"mean": float(mean), "low": low, "high": high})
    return pd.DataFrame(rows, columns=COLUMNS)
