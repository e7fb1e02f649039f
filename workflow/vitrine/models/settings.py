"""Sizes of transformers. Light: the configuration imports this."""

from pydantic import Field, field_validator

from vitrine.section import Section, heads_divide


class ArchitectureSettings(Section):
    """The size of a transformer."""

    layers: int = Field(
        ge=1,
        le=48,
        description="Number of transformer blocks. More blocks let the model combine features in "
        "more steps. Time and memory grow in proportion.",
    )
    heads: int = Field(
        ge=1,
        le=64,
        description="Attention heads per block; must divide `width`. 8 to 32 dimensions per head "
        "suit small models.",
    )
    width: int = Field(
        ge=8,
        le=8192,
        description="Size of the vector that represents a feature. The number of parameters "
        "grows with the square of the width. Change this value first if a model underfits or "
        "overfits.",
    )

    _heads_divide = field_validator("width")(heads_divide)

    processes: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Number of processes that train one model together (`torchrun`, distributed "
        "data parallel), each on its share of every batch: one per GPU, or one per core without "
        "GPUs. Useful for models that train for hours.",
    )
