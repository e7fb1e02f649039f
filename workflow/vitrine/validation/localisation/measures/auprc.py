"""Average precision, the area under the precision-recall curve (Davis & Goadrich 2006)."""

import numpy as np

from vitrine.validation.localisation.measure import LocalisationMeasure


def auprc(values: np.ndarray, reasons: np.ndarray) -> float:
    """Average precision with which the deciding players come first.

    Args:
        values: float64 [players], the attribution.
        reasons: bool [players], the players that decide; at least one.

    Returns:
        The mean of the precision at the places of the deciding players, in (0, 1]; players of equal
        size share one place. A random ranking reaches about the share of deciding players.
    """
    # Importing it takes a second, and pages read this module's descriptor.
    from sklearn.metrics import precision_recall_curve

    precision, recall, _ = precision_recall_curve(reasons, np.abs(values))
    # From the highest threshold down; before it nothing is recalled.
    return float(np.diff(recall[::-1]) @ precision[-2::-1].copy())


MEASURE = LocalisationMeasure(
    name="auprc",
    order=110,
    better="higher",
    lowest=0.0,
    highest=1.0,
    needs="instances with known relevant features",
    reference="Davis & Goadrich 2006",
    function=auprc,
)
