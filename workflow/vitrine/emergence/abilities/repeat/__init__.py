"""Repeated pieces of random symbols."""

from pydantic import Field

from vitrine.emergence.descriptor import Ability
from vitrine.emergence.settings import (
    DrawnSettings,
    Layers,
    Length,
    Steps,
    Symbols,
    TestItems,
    Width,
)


class RepeatSettings(DrawnSettings):
    """Repeated pieces of random symbols."""

    layers: Layers = Field(json_schema_extra={"sizes": [1, 2]})
    width: Width = Field(json_schema_extra={"sizes": [32]})
    steps: Steps = Field(json_schema_extra={"sizes": [250]})
    test_items: TestItems = 256
    symbols: Symbols = 32
    length: Length = 40
    shortest: int = Field(
        default=8,
        ge=2,
        le=1000,
        description="Length of the shortest block, and of the longest piece of it; lengths of "
        "blocks are drawn between `shortest` and `longest`, those of pieces between 2 and "
        "`shortest`.",
    )
    longest: int = Field(
        default=16,
        ge=2,
        le=1000,
        description="Length of the longest block; below `length`, and at most the number of "
        "symbols.",
    )


ABILITY = Ability(
    name="repeat",
    order=30,
    settings=RepeatSettings,
    description="Repeated pieces of random symbols.",
)
