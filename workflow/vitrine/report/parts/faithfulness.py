"""Faithfulness of the methods as means over instances, compared on the same resamples."""

from typing import Any

import numpy as np
import pandas as pd

from vitrine.explaining.tables import weighted_means
from vitrine.report.methods import find_floor, is_floor, order_methods
from vitrine.report.parts.means import Resamples
from vitrine.validation.registry import MEASURES

_AREA = "_auc"
CURVES = tuple(name.removesuffix(_AREA) for name in MEASURES if name.endswith(_AREA))
"""The curves of the output while features go or come: those of which the area is a measure."""


def area_of(curve: str) -> str:
    """The measure that is the area under a curve."""
    return f"{curve}{_AREA}"


def pictured_measures() -> list[str]:
    """The measures that a study's page shows as charts."""
    return [name for name, measure in MEASURES.items() if measure.pictured]


def compared_measures() -> list[str]:
    """The measures that are compared over all studies, those with charts first."""
    compared = [name for name, measure in MEASURES.items() if measure.compared]
    return sorted(compared, key=lambda name: not MEASURES[name].pictured)


def summarise_methods(frame: pd.DataFrame, resamples: Resamples) -> pd.DataFrame:
    """Mean of each measure by split and method over the split, with bootstrap intervals.

    All methods of a split are measured on the same resamples of its instances, so the difference
    from the random ranking and from the best method are paired comparisons.

    Args:
        frame: the table ``faithfulness.parquet``.
        resamples: how resamples are drawn.

    Returns:
        One row per split, measure and method: ``split, measure, method, mean, low, high, n``;
        ``gain, gain_low, gain_high``: by how much it is better than the random ranking (NaN
        without one); ``behind, behind_low, behind_high``: by how much the best method (random
        excepted) is better than it. Differences are positive in the measure's better direction.
    """
    rows: list[dict[str, Any]] = []
    for split in ("validation", "test"):
        for name, measure in MEASURES.items():
            part = frame[(frame["split"] == split) & (frame["measure"] == name)]
            table = part.pivot(index="instance", columns="method", values="value").dropna()
            if table.empty:
                continue
            sign = 1.0 if measure.higher_is_better else -1.0
            rows += [
                {"split": split, "measure": name, **row}
                for row in _compare_methods(table, sign, resamples, split)
            ]
    return pd.DataFrame(rows)


def _compare_methods(
    table: pd.DataFrame, sign: float, resamples: Resamples, split: str
) -> list[dict[str, Any]]:
    methods = order_methods(map(str, table))
    draws = resamples.draw_means(table[methods], split, "faithfulness")
    weights = resamples.of(split, table.index)
    means = weights @ table[methods].to_numpy(dtype=np.float64) / weights.sum()
    real = [i for i, name in enumerate(methods) if not is_floor(name)] or [0]
    best = max(real, key=lambda i: sign * means[i])
    floor = find_floor(methods)

    def better(i: int, j: int, title: str) -> dict[str, float]:
        """By how much method i is better than method j, with its interval."""
        low, high = resamples.bounds(sign * (draws[:, i] - draws[:, j]))
        difference = sign * (means[i] - means[j])
        return {title: difference, f"{title}_low": low, f"{title}_high": high}

    rows = []
    for i, name in enumerate(methods):
        low, high = resamples.bounds(draws[:, i])
        row = {"method": name, "mean": means[i], "low": low, "high": high, "n": len(table)}
        if floor is None:
            row |= {"gain": np.nan, "gain_low": np.nan, "gain_high": np.nan}
        else:
            row |= better(i, methods.index(floor), "gain")
        rows.append(row | better(best, i, "behind"))
    return rows


def curve_points(frame: pd.DataFrame, weights: pd.Series, curve: str) -> pd.DataFrame:
    """Mean curves: ``split, method, share`` (percent of the features), ``value``.

    Args:
        frame: the table ``faithfulness.parquet``.
        weights: by split and instance, see `instance_weights`.
        curve: ``deletion`` (share removed) or ``insertion`` (share present).
    """
    measures = frame["measure"]
    part = frame[measures.str.startswith(f"{curve}_") & (measures != area_of(curve))]
    rows = [(*key.split("/"), mean) for key, mean in weighted_means(part, weights).items()]
    points = pd.DataFrame(rows, columns=["split", "method", "measure", "value"])
    share = points["measure"].str.removeprefix(f"{curve}_").astype(float)
    return points.assign(share=share)[["split", "method", "share", "value"]]
