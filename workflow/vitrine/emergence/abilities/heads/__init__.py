"""Induction heads and their causal role."""

from pydantic import Field

from vitrine.emergence.abilities.markov import MarkovSettings
from vitrine.emergence.descriptor import Ability
from vitrine.emergence.settings import (
    BatchSize,
    Layers,
    Length,
    Steps,
    Symbols,
    TestItems,
    Width,
)


class InductionHeadsSettings(MarkovSettings):
    """Induction heads and their causal role."""

    layers: Layers = Field(json_schema_extra={"sizes": [2]})
    width: Width = Field(json_schema_extra={"sizes": [32]})
    steps: Steps = Field(json_schema_extra={"sizes": [600]})
    batch_size: BatchSize = 32
    test_items: TestItems = 200
    symbols: Symbols = 8
    length: Length = 64


ABILITY = Ability(
    name="heads",
    order=20,
    settings=InductionHeadsSettings,
    description="Induction heads and their causal role.",
)
