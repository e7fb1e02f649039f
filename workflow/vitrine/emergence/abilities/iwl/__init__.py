"""In-context against in-weights learning."""

from typing import Annotated

from pydantic import Field

from vitrine.emergence.descriptor import Ability
from vitrine.emergence.settings import (
    BatchSize,
    DrawnSettings,
    Ladder,
    Layers,
    LearningRate,
    Seeds,
    Steps,
    TestItems,
    Width,
)


class InWeightsSettings(DrawnSettings):
    """In-context against in-weights learning."""

    layers: Layers = Field(json_schema_extra={"sizes": [2]})
    width: Width = Field(json_schema_extra={"sizes": [64]})
    steps: Steps = Field(json_schema_extra={"sizes": [1500]})
    seeds: Seeds = 3
    batch_size: BatchSize = 64
    test_items: TestItems = 1000
    learning_rate: LearningRate = 0.001
    classes: Annotated[int, Ladder("classes")] = Field(
        json_schema_extra={"sizes": [32, 2048]},
        ge=1,
        le=10_000,
        description="Numbers of classes. Few classes can be memorised, many cannot.",
    )
    bursts: Annotated[int, Ladder("bursts")] = Field(
        json_schema_extra={"sizes": [0, 2]},
        ge=0,
        le=100,
        description="Numbers of times that the queried class is placed in the context; at most "
        "`pairs`.",
    )
    labels: int = Field(default=16, ge=3, le=1000, description="Number of labels.")
    pairs: int = Field(
        default=8,
        ge=1,
        le=500,
        description="Number of pairs in the context; must be below `labels`.",
    )


ABILITY = Ability(
    name="iwl",
    order=100,
    settings=InWeightsSettings,
    description="In-context against in-weights learning; takes longer.",
    in_default_run=False,
)
