"""Addition of decimal numbers."""

from pydantic import Field

from vitrine.emergence.descriptor import Ability
from vitrine.emergence.settings import (
    BatchSize,
    DrawnSettings,
    Heads,
    Layers,
    LearningRate,
    Seeds,
    Steps,
    TestItems,
    Width,
)


class AdditionSettings(DrawnSettings):
    """Addition of decimal numbers."""

    layers: Layers = Field(json_schema_extra={"sizes": [2]})
    heads: Heads = Field(json_schema_extra={"sizes": [4]})
    width: Width = Field(json_schema_extra={"sizes": [8, 12, 16, 32]})
    steps: Steps = Field(json_schema_extra={"sizes": [500]})
    seeds: Seeds = 5
    batch_size: BatchSize = 128
    test_items: TestItems = 1000
    learning_rate: LearningRate = 0.006
    digits: int = Field(default=3, ge=1, le=15, description="Number of digits of each summand.")


ABILITY = Ability(
    name="addition",
    order=60,
    settings=AdditionSettings,
    description="Addition of decimal numbers, least significant digit first.",
)
