"""Which instances are explained: chosen by rule from the predictions of a model."""

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
    ranking = "rank" in predictions
    right = predictions["rank"] <= HIT if ranking else predictions.label == predictions.predicted
    frame = predictions.assign(right=right)
    groups = ["right"] if ranking else ["label", "right"]
    chosen = []
    for split, rows in frame.groupby("split", sort=False):
        rng = np.random.default_rng(derive(seed, "instances", str(split)))
        shuffled = rows.sort_values("instance").iloc[rng.permutation(len(rows))]
        turn = shuffled.groupby(groups).cumcount()
        chosen.append(shuffled.assign(turn=turn).sort_values("turn", kind="stable").head(count))
    table = pd.concat(chosen).drop(columns="turn")
    return table.sort_values(["split", "instance"], ignore_index=True)
