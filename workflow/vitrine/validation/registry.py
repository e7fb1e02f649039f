"""The measures of faithfulness and localisation by name, in the order in which pages show them."""

from vitrine.registry import discover
from vitrine.validation.faithfulness.measure import FaithfulnessMeasure
from vitrine.validation.localisation.measure import LocalisationMeasure
from vitrine.validation.measure import Measure

FAITHFULNESS = discover("vitrine.validation.faithfulness.measures", FaithfulnessMeasure, "MEASURE")
LOCALISATION = discover("vitrine.validation.localisation.measures", LocalisationMeasure, "MEASURE")
MEASURES: dict[str, Measure] = {**FAITHFULNESS, **LOCALISATION}
