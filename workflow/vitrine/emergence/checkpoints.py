"""Which moments of a training are saved: its ends, and the emergence between them."""

import numpy as np
import pandas as pd

from vitrine.evaluation.progress import Anchors

LOW, MIDDLE, HIGH = 0.1, 0.5, 0.9


def moments(curve: pd.DataFrame, anchors: Anchors) -> dict[str, int]:
    """The steps whose weights are saved.

    Args:
        curve: ``step, metric, value`` of one training.
        anchors: of the ability.

    Returns:
        ``start`` and ``end``; where progress reaches 0.5 also ``middle``, the measurement nearest
        to 0.5, and where they exist ``before``, the last measurement before that below 0.1, and
        ``after``, the first one after that above 0.9.
    """
    rows = curve[curve["metric"] == anchors.metric].sort_values("step")
    steps = rows["step"].to_numpy()
    progress = np.asarray(anchors.progress(rows["value"].to_numpy()))
    checkpoints = {"start": int(steps[0]), "end": int(steps[-1])}
    if (progress >= MIDDLE).any():
        crossing = int(np.argmax(progress >= MIDDLE))
        near = np.abs(progress[: crossing + 1] - MIDDLE)
        checkpoints["middle"] = int(steps[np.argmin(near)])
        low = np.flatnonzero(progress[: crossing + 1] < LOW)
        high = np.flatnonzero(progress[crossing:] > HIGH)
        if len(low):
            checkpoints["before"] = int(steps[low[-1]])
        if len(high):
            checkpoints["after"] = int(steps[crossing + high[0]])
    return checkpoints
