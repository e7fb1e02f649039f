"""The measures of faithfulness that pages show, and the curves behind two of them."""

import pandas as pd

from vitrine.explaining.tables import weighted_means
from vitrine.report.methods import is_floor
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


def mark_best(means: pd.DataFrame) -> pd.DataFrame:
    """The means with a column ``best``: best of its split and measure, the floor left aside."""
    signs = means["measure"].map(lambda name: 1.0 if MEASURES[name].higher_is_better else -1.0)
    score = (signs * means["mean"]).mask(means["method"].map(is_floor))
    best = score.groupby([means["split"], means["measure"]]).transform("max")
    return means.assign(best=score == best)


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
