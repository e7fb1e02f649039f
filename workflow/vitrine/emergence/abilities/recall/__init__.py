"""Associative recall."""

from pydantic import Field

from vitrine.emergence.descriptor import Ability
from vitrine.emergence.settings import (
    DrawnSettings,
    Layers,
    LearningRate,
    Steps,
    TestItems,
    Width,
)


class RecallSettings(DrawnSettings):
    """Associative recall."""

    layers: Layers = Field(json_schema_extra={"sizes": [1, 2]})
    width: Width = Field(json_schema_extra={"sizes": [32]})
    steps: Steps = Field(json_schema_extra={"sizes": [250]})
    test_items: TestItems = 500
    learning_rate: LearningRate = 0.01
    pairs: int = Field(
        default=8, ge=2, le=500, description="Number of key-value pairs, and of queries."
    )


ABILITY = Ability(
    name="recall",
    order=40,
    settings=RecallSettings,
    description="Associative recall.",
)
