"""In-context Markov chains."""

from pydantic import Field

from vitrine.emergence.descriptor import Ability
from vitrine.emergence.settings import (
    BatchSize,
    DrawnSettings,
    Layers,
    Length,
    Steps,
    Symbols,
    TestItems,
    Width,
)


class MarkovSettings(DrawnSettings):
    """In-context Markov chains."""

    layers: Layers = Field(json_schema_extra={"sizes": [1, 2]})
    width: Width = Field(json_schema_extra={"sizes": [16]})
    steps: Steps = Field(json_schema_extra={"sizes": [350]})
    batch_size: BatchSize = 64
    test_items: TestItems = 256
    symbols: Symbols = 3
    length: Length = 48


ABILITY = Ability(
    name="markov",
    order=10,
    settings=MarkovSettings,
    description="In-context Markov chains.",
)
