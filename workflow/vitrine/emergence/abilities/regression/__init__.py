"""In-context linear regression."""

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


class RegressionSettings(DrawnSettings):
    """In-context linear regression."""

    layers: Layers = Field(json_schema_extra={"sizes": [2]})
    heads: Heads = Field(json_schema_extra={"sizes": [4]})
    width: Width = Field(json_schema_extra={"sizes": [48]})
    steps: Steps = Field(json_schema_extra={"sizes": [2500]})
    seeds: Seeds = 3
    batch_size: BatchSize = 64
    test_items: TestItems = 1000
    learning_rate: LearningRate = 0.001
    dimensions: int = Field(
        default=3, ge=1, le=100, description="Dimension of the vectors x and w."
    )
    examples: int = Field(
        default=10, ge=1, le=1000, description="Number of pairs (x, y) in a sequence."
    )
    noise: float = Field(
        default=0.5,
        gt=0,
        le=100,
        description="Standard deviation of the noise in y; that of w x is about 1.",
    )


ABILITY = Ability(
    name="regression",
    order=90,
    settings=RegressionSettings,
    description="In-context linear regression; takes longer.",
    in_default_run=False,
)
