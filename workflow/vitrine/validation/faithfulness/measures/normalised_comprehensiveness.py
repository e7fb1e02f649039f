"""Comprehensiveness between chance (0) and the best achievable ranking (1) (Edin et al. 2024)."""

import math

import numpy as np

from vitrine.validation.faithfulness.measure import NormalisedMeasure
from vitrine.validation.faithfulness.measures.comprehensiveness import MEASURE as COMPREHENSIVENESS

MEASURE = NormalisedMeasure(
    name="normalised_comprehensiveness",
    order=10,
    better="higher",
    lowest=-math.inf,
    highest=1.0,
    needs="a random floor and a ceiling",
    reference="Edin et al. 2024",
    pictured=True,
    compared=True,
    aopc=COMPREHENSIVENESS,
    coalitions=np.logical_not,
    sign=1.0,
)
