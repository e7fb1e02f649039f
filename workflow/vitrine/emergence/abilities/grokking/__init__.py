"""Grokking of modular addition by a transformer."""

from pydantic import Field

from vitrine.emergence.descriptor import Ability
from vitrine.emergence.settings import (
    Heads,
    Layers,
    LearningRate,
    Modulus,
    Share,
    Steps,
    TransformerSettings,
    WeightDecay,
    Width,
)


class GrokkingSettings(TransformerSettings):
    """Grokking of modular addition by a transformer."""

    layers: Layers = Field(json_schema_extra={"sizes": [1]})
    heads: Heads = Field(json_schema_extra={"sizes": [4]})
    width: Width = Field(json_schema_extra={"sizes": [64]})
    share: Share = Field(json_schema_extra={"sizes": [0.6]})
    steps: Steps = Field(json_schema_extra={"sizes": [2500]})
    learning_rate: LearningRate = 0.001
    weight_decay: WeightDecay = 1.0
    modulus: Modulus = 37


ABILITY = Ability(
    name="grokking",
    order=80,
    settings=GrokkingSettings,
    description="Grokking of modular addition by a transformer; takes longer.",
    in_default_run=False,
)
