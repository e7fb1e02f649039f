"""Resamples and confidence level of all intervals."""

from pydantic import Field

from vitrine.section import Section


class StatisticsSettings(Section):
    """Settings of the confidence intervals."""

    bootstrap: int = Field(
        default=1000,
        ge=100,
        le=100_000,
        description="Bootstrap resamples per confidence interval. 1,000 resamples determine two "
        "digits of the interval bounds; use 10,000 for publication.",
    )
    margin: float = Field(
        default=0.02,
        gt=0,
        description="Differences of a metric or measure within ± this margin count as none: two "
        "models or methods are called equivalent if the interval of their difference lies within "
        "it.",
    )
    confidence: float = Field(
        default=0.95,
        gt=0.5,
        lt=1,
        description="Confidence level of the intervals.",
    )
