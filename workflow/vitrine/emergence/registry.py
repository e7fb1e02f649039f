"""The abilities by name."""

from collections.abc import Mapping
from typing import Any

from vitrine.emergence.abilities.addition import Addition
from vitrine.emergence.abilities.gradient import Gradient
from vitrine.emergence.abilities.grokking import Grokking
from vitrine.emergence.abilities.heads import Heads
from vitrine.emergence.abilities.iwl import InWeights
from vitrine.emergence.abilities.markov import Markov
from vitrine.emergence.abilities.modular import Modular
from vitrine.emergence.abilities.recall import Recall
from vitrine.emergence.abilities.regression import Regression
from vitrine.emergence.abilities.repeat import Repeat
from vitrine.emergence.ability import Ability

CLASSES: dict[str, type[Ability]] = {
    "markov": Markov,
    "heads": Heads,
    "repeat": Repeat,
    "recall": Recall,
    "gradient": Gradient,
    "addition": Addition,
    "modular": Modular,
    "grokking": Grokking,
    "regression": Regression,
    "iwl": InWeights,
}


def ability(name: str, settings: Mapping[str, Any]) -> Ability:
    """An ability of one size; settings that only the stage reads are left out."""
    fields = {key: value for key, value in settings.items() if key != "seeds"}
    return CLASSES[name](**fields)
