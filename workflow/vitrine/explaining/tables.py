"""Tables of several methods read as one."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd


def read_tables(paths: Iterable[Path]) -> pd.DataFrame:
    """The rows of several Parquet files, one file after another."""
    return pd.concat([pd.read_parquet(path) for path in paths], ignore_index=True)


def weighted_means(frame: pd.DataFrame, weights: pd.Series) -> dict[str, float]:
    """Means over the split of values of explained instances, ``split/method/measure``: the mean.

    Args:
        frame: columns ``split, instance, method, measure, value``.
        weights: by split and instance, see `vitrine.explaining.selection.instance_weights`.
    """
    present = frame.dropna(subset="value")
    keys = pd.MultiIndex.from_frame(present[["split", "instance"]])
    weight = weights.reindex(keys).to_numpy()
    sums = (
        present.assign(value=present["value"] * weight, weight=weight)
        .groupby(["split", "method", "measure"])[["value", "weight"]]
        .sum()
    )
    means = sums["value"] / sums["weight"]
    names = ["/".join(key) for key in means.index.to_list()]
    return dict(zip(names, map(float, means), strict=True))
