"""Does an attribution find the players that are known to decide?

Both measures rank players by the size of their attribution, since a word may decide against the
target. Higher is better. They need instances whose deciding players are known.
"""

import numpy as np
import pandas as pd


def auprc(values: np.ndarray, reasons: np.ndarray) -> float:
    """Average precision, the area under the precision-recall curve (Davis & Goadrich 2006).

    Args:
        values: float64 [players], the attribution.
        reasons: bool [players], the players that decide; at least one.

    Returns:
        The mean of the precision at the places of the deciding players, in (0, 1]; players of equal
        size share one place. A random ranking reaches about the share of deciding players.
    """
    sizes = np.abs(values)
    order = np.argsort(-sizes, kind="stable")
    found = np.cumsum(reasons[order])
    # Only the last of equal sizes is a threshold.
    ends = np.flatnonzero(np.append(np.diff(sizes[order]) != 0, True))
    precision = found[ends] / (ends + 1)
    recall = found[ends] / found[-1]
    return float(np.diff(recall, prepend=0.0) @ precision)


def pointing_game(values: np.ndarray, reasons: np.ndarray) -> float:
    """Pointing game (Zhang et al. 2018): 1 when the player with the largest size decides, else 0.

    Args:
        values, reasons: as for `auprc`.
    """
    return float(reasons[np.argmax(np.abs(values))])


def localise(attributions: pd.DataFrame, data: pd.DataFrame, split: str) -> pd.DataFrame:
    """Measure how well every method finds what was planted.

    Args:
        attributions: rows of one split.
        data: that split's table, with the columns ``instance``, ``kind`` and ``reasons``.
        split: its name.

    Returns:
        Rows ``split, instance, method, measure, value`` of the measures ``auprc`` and
        ``pointing_game``, and of ``shortcut_exposed``, the pointing game on the instances that only
        a shortcut decides.
    """
    reasons_of = dict(zip(data["instance"], data["reasons"], strict=True))
    kind_of = dict(zip(data["instance"], data["kind"], strict=True))
    rows = []
    for (instance, method), part in attributions.groupby(["instance", "method"], sort=True):
        values = part.sort_values("player")["value"].to_numpy()
        reasons = np.zeros(len(values), dtype=bool)
        reasons[np.asarray(reasons_of[instance], dtype=np.int64)] = True
        hit = pointing_game(values, reasons)
        measures = {"auprc": auprc(values, reasons), "pointing_game": hit}
        if kind_of[instance] == "shortcut":
            measures["shortcut_exposed"] = hit
        rows += [(split, instance, method, name, value) for name, value in measures.items()]
    return pd.DataFrame(rows, columns=["split", "instance", "method", "measure", "value"])
