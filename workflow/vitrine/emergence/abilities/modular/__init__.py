"""Grokking of modular addition by a network with one hidden layer."""

from pydantic import Field

from vitrine.emergence.descriptor import Ability
from vitrine.emergence.settings import (
    AbilitySettings,
    LearningRate,
    Modulus,
    Seeds,
    Share,
    Steps,
    WeightDecay,
    Width,
)


class ModularSettings(AbilitySettings):
    """Grokking of modular addition by a layer of squared units."""

    width: Width = Field(json_schema_extra={"sizes": [192]})
    share: Share = Field(json_schema_extra={"sizes": [0.3, 0.4]})
    steps: Steps = Field(json_schema_extra={"sizes": [500]})
    seeds: Seeds = 5
    learning_rate: LearningRate = 0.002
    weight_decay: WeightDecay = 0.0
    modulus: Modulus = 53


ABILITY = Ability(
    name="modular",
    order=70,
    settings=ModularSettings,
    description="Grokking of modular addition by a network with one hidden layer.",
)
