"""Which instances are explained: chosen by rule from the predictions of a model."""

from collections.abc import Hashable

import numpy as np
import pandas as pd

from vitrine.seeds import derive

HIT = 10


def choose_instances(predictions: pd.DataFrame, count: int, seed: int) -> pd.DataFrame:
    """Choose instances of each split, balanced over classes and right and wrong predictions.

    Within a split the instances form groups by true class and by whether the prediction is right
    (recommenders: whether the held-out film is among the first ten). Every group is shuffled, and
    the groups give one instance each in turn until there are enough.

    Args:
        predictions: the table ``predictions.parquet``.
        count: instances per split; all of them when a split has no more.
        seed: base seed.

    Returns:
        The chosen rows with a column ``right``, in order of split and instance.
    """
    frame, groups = _grouped(predictions)
    chosen = []
    for split, rows in frame.groupby("split", sort=False):
        rng = np.random.default_rng(derive(seed, "instances", str(split)))
        shuffled = rows.sort_values("instance").iloc[rng.permutation(len(rows))]
        turn = shuffled.groupby(groups).cumcount()
        chosen.append(shuffled.assign(turn=turn).sort_values("turn", kind="stable").head(count))
    table = pd.concat(chosen).drop(columns="turn")
    return table.sort_values(["split", "instance"], ignore_index=True)


def instance_weights(predictions: pd.DataFrame, explained: pd.DataFrame) -> pd.Series:
    """How many instances of its split each explained instance stands for.

    Explained instances are balanced over groups (`choose_instances`), so a plain mean over them is
    not the mean over the split. With these weights it is: an instance of a group of which n_h of
    N_h are explained stands for N_h / n_h (Horvitz and Thompson 1952). Groups of which none is
    explained are not represented.

    Args:
        predictions: the table ``predictions.parquet``.
        explained: columns ``split`` and ``instance``; rows may repeat.

    Returns:
        float64 by ``split`` and ``instance``.
    """
    frame, groups = _grouped(predictions)
    chosen = explained[["split", "instance"]].drop_duplicates().merge(frame, how="left")
    keys: list[Hashable] = ["split", *groups]
    sizes = frame.groupby(keys).size().rename("size").reset_index()
    counts = chosen.groupby(keys)["instance"].transform("size")
    chosen = chosen.merge(sizes, how="left", on=keys)
    weights = chosen["size"].to_numpy(dtype=np.float64) / counts.to_numpy(dtype=np.float64)
    index = pd.MultiIndex.from_frame(chosen[["split", "instance"]])
    return pd.Series(weights, index=index).sort_index()


def _grouped(predictions: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The predictions with a column ``right``, and the columns that say an instance's group."""
    ranking = "rank" in predictions
    right = predictions["rank"] <= HIT if ranking else predictions.label == predictions.predicted
    return predictions.assign(right=right), ["right"] if ranking else ["label", "right"]
