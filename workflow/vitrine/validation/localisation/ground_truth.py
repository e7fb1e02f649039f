"""Does an attribution find the players that are known to decide?

The measures rank players by the size of their attribution, since a word may decide against the
target. They need instances whose deciding players are known.
"""

import numpy as np
import pandas as pd

from vitrine.validation.registry import LOCALISATION


def localise(attributions: pd.DataFrame, data: pd.DataFrame, split: str) -> pd.DataFrame:
    """Measure how well every method finds what was planted.

    Args:
        attributions: rows of one split.
        data: that split's table, with the columns ``instance``, ``kind`` and ``reasons``.
        split: its name.

    Returns:
        Rows ``split, instance, method, measure, value`` of the measures of localisation.
    """
    reasons_of = dict(zip(data["instance"], data["reasons"], strict=True))
    kind_of = dict(zip(data["instance"], data["kind"], strict=True))
    rows = []
    for (instance, method), part in attributions.groupby(["instance", "method"], sort=True):
        values = part.sort_values("player")["value"].to_numpy()
        reasons = np.zeros(len(values), dtype=bool)
        reasons[np.asarray(reasons_of[instance], dtype=np.int64)] = True
        rows += [
            (split, instance, method, name, measure.function(values, reasons))
            for name, measure in LOCALISATION.items()
            if measure.instances in (None, kind_of[instance])
        ]
    return pd.DataFrame(rows, columns=["split", "instance", "method", "measure", "value"])
