"""Which moments of a training are kept: its ends, and the emergence between them."""

import numpy as np
import pandas as pd

from vitrine.emergence.ability import Anchors

LOW, MIDDLE, HIGH = 0.1, 0.5, 0.9


def interesting(curve: pd.DataFrame, anchors: Anchors) -> dict[str, int]:
    """The steps worth keeping.

    Args:
        curve: ``step, metric, value`` of one training.
        anchors: between which values it emerges.

    Returns:
        ``start`` and ``end``; where progress reaches 0.5 also ``middle``, the measurement nearest
        to that, and where they exist ``before``, the last measurement up to then below 0.1, and
        ``after``, the first from then on above 0.9.
    """
    own = curve[curve["metric"] == anchors.metric].sort_values("step")
    steps = own["step"].to_numpy()
    progress = np.asarray(anchors.progress(own["value"].to_numpy()))
    found = {"start": int(steps[0]), "end": int(steps[-1])}
    if (progress >= MIDDLE).any():
        crossing = int(np.argmax(progress >= MIDDLE))
        near = np.abs(progress[: crossing + 1] - MIDDLE)
        found["middle"] = int(steps[np.argmin(near)])
        low = np.flatnonzero(progress[: crossing + 1] < LOW)
        high = np.flatnonzero(progress[crossing:] > HIGH)
        if len(low):
            found["before"] = int(steps[low[-1]])
        if len(high):
            found["after"] = int(steps[crossing + high[0]])
    return found
