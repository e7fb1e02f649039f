"""The pointing game on the instances that only a planted shortcut decides."""

from vitrine.validation.localisation.measure import LocalisationMeasure
from vitrine.validation.localisation.measures.pointing_game import pointing_game

MEASURE = LocalisationMeasure(
    name="shortcut_exposed",
    order=130,
    better="higher",
    lowest=0.0,
    highest=1.0,
    needs="instances that only a planted shortcut decides",
    reference="Zhang et al. 2018",
    function=pointing_game,
    instances="shortcut",
)
