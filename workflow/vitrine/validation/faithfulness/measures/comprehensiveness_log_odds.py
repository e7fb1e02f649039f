"""Comprehensiveness on the log-odds of the target, which do not saturate; for classifiers."""

import math

from vitrine.validation.faithfulness.measure import DirectMeasure
from vitrine.validation.faithfulness.measures.comprehensiveness import measured

MEASURE = DirectMeasure(
    name="comprehensiveness_log_odds",
    order=50,
    better="higher",
    lowest=-math.inf,
    highest=math.inf,
    needs="the fractions; a classifier",
    reference="DeYoung et al. 2020",
    strategy=measured,
    scale="log_odds",
)
