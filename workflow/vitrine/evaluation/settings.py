"""Resamples and confidence of all intervals."""

from pydantic import Field

from vitrine.section import Section


class StatisticsSettings(Section):
    """How sure the figures are."""

    bootstrap: int = Field(
        default=1000,
        ge=100,
        le=100_000,
        description="Resamples per interval. 1,000 steady two digits of its ends; publish with "
        "10,000.",
    )
    confidence: float = Field(
        default=0.95,
        gt=0.5,
        lt=1,
        description="Probability that the intervals are made to cover the true value.",
    )
