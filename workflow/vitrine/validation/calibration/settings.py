"""How the calibration under feature removal is measured."""

from typing import Annotated

from pydantic import Field

from vitrine.section import Section, Unique


class RemovalCheckSettings(Section):
    """Whether the model knows inputs from which players have gone."""

    instances: int = Field(
        default=256,
        ge=1,
        le=1_000_000,
        description="Random instances of validation and as many of test from which random players "
        "are removed.",
    )
    shares: Annotated[list[Annotated[float, Field(ge=0, le=1)]], *Unique] = Field(
        default=[0.0, 0.2, 0.4, 0.6, 0.8, 1.0],
        description="Shares of the players that are removed. Accuracy and confidence at each show "
        "whether the model stays calibrated.",
    )
