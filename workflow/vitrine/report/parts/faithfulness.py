"""Faithfulness of the methods as means over instances, compared on the same resamples."""

from typing import Any

import numpy as np
import pandas as pd

from vitrine.evaluation.bootstrap import bootstrap, interval
from vitrine.report.text import wording
from vitrine.seeds import derive
from vitrine.validation.registry import MEASURES

FLOOR = "random"


def summarise(frame: pd.DataFrame, statistics: dict[str, Any], seed: int) -> pd.DataFrame:
    """Mean of each measure by split and method, with bootstrap intervals over instances.

    All methods of a split are measured on the same resamples of its instances, so the difference
    from the random ranking and from the best method are paired comparisons.

    Args:
        frame: the table ``faithfulness.parquet``.
        statistics: ``bootstrap`` (number of resamples) and ``confidence`` (share of the interval).
        seed: base seed of the resamples.

    Returns:
        One row per split, measure and method: ``split, measure, method, mean, low, high, n``;
        ``gain, gain_low, gain_high``: by how much it is better than the random ranking (NaN
        without one); ``behind, behind_low, behind_high``: by how much the best method (random
        excepted) is better than it. Differences are positive in the measure's better direction.
    """
    rows: list[dict[str, Any]] = []
    for split in ("validation", "test"):
        for measure, facts in MEASURES.items():
            part = frame[(frame["split"] == split) & (frame["measure"] == measure)]
            table = part.pivot(index="instance", columns="method", values="value").dropna()
            if table.empty:
                continue
            sign = 1.0 if facts.better == "higher" else -1.0
            rows += [
                {"split": split, "measure": measure, **row}
                for row in _compare(table, sign, statistics, derive(seed, "faithfulness", split))
            ]
    return pd.DataFrame(rows)


def _compare(
    table: pd.DataFrame, sign: float, statistics: dict[str, Any], seed: int
) -> list[dict[str, Any]]:
    methods = [name for name in wording.METHODS if name in table]
    methods += [str(name) for name in table if name not in methods]
    values = table[methods].to_numpy(dtype=np.float64)
    n = len(values)
    means = values.mean(axis=0)
    draws = bootstrap(lambda weights: weights @ values / n, n, statistics["bootstrap"], seed)
    real = [i for i, name in enumerate(methods) if name != FLOOR] or [0]
    best = max(real, key=lambda i: sign * means[i])
    floor = methods.index(FLOOR) if FLOOR in methods else None

    def bounds(drawn: np.ndarray) -> tuple[float, float]:
        return interval(drawn, statistics["confidence"])

    rows = []
    for i, name in enumerate(methods):
        low, high = bounds(draws[:, i])
        row = {"method": name, "mean": means[i], "low": low, "high": high, "n": n}
        if floor is None:
            row |= {"gain": np.nan, "gain_low": np.nan, "gain_high": np.nan}
        else:
            low, high = bounds(sign * (draws[:, i] - draws[:, floor]))
            row |= {"gain": sign * (means[i] - means[floor]), "gain_low": low, "gain_high": high}
        low, high = bounds(sign * (draws[:, best] - draws[:, i]))
        row |= {"behind": sign * (means[best] - means[i]), "behind_low": low, "behind_high": high}
        rows.append(row)
    return rows


def curve_points(frame: pd.DataFrame, curve: str) -> pd.DataFrame:
    """Mean curves: ``split, method, share`` (percent of the players), ``value``.

    Args:
        frame: the table ``faithfulness.parquet``.
        curve: ``deletion`` (share removed) or ``insertion`` (share present).
    """
    own = frame["measure"].str.startswith(f"{curve}_") & (frame["measure"] != f"{curve}_auc")
    part = frame[own]
    part = part.assign(share=part["measure"].str.removeprefix(f"{curve}_").astype(float))
    return part.groupby(["split", "method", "share"])["value"].mean().reset_index()
