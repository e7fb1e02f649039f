"""How the calibration under feature removal is measured."""

from typing import Annotated

from pydantic import Field

from vitrine.section import Section, Unique


class RemovalCheckSettings(Section):
    """Calibration of the model under feature removal."""

    instances: int = Field(
        default=256,
        ge=1,
        le=1_000_000,
        description="Number of random instances from validation and from test each, from which "
        "random features are removed.",
    )
    shares: Annotated[list[Annotated[float, Field(ge=0, le=1)]], *Unique] = Field(
        default=[0.0, 0.2, 0.4, 0.6, 0.8, 1.0],
        description="Shares of the features that are removed. Accuracy and confidence at each "
        "share show whether the model stays calibrated.",
    )
