"""One layer of linear attention as one step of gradient descent."""

from pydantic import Field

from vitrine.emergence.descriptor import Ability
from vitrine.emergence.settings import (
    BatchSize,
    DrawnSettings,
    Layers,
    Steps,
    TestItems,
    Width,
)


class GradientSettings(DrawnSettings):
    """One step of gradient descent."""

    layers: Layers = Field(json_schema_extra={"sizes": [1]})
    width: Width = Field(json_schema_extra={"sizes": [16]})
    steps: Steps = Field(json_schema_extra={"sizes": [1000]})
    batch_size: BatchSize = 256
    test_items: TestItems = 4000
    dimensions: int = Field(
        default=5, ge=1, le=100, description="Dimension of the vectors x and w."
    )
    examples: int = Field(
        default=10, ge=1, le=1000, description="Number of pairs (x, y) before the query."
    )


ABILITY = Ability(
    name="gradient",
    order=50,
    settings=GradientSettings,
    description="One layer of linear attention as one step of gradient descent.",
)
