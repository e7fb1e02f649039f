"""What the measures of faithfulness draw and evaluate."""

from typing import Annotated

from pydantic import Field

from vitrine.section import Section, Unique


class FaithfulnessSettings(Section):
    """How faithfulness is measured; keys of the section ``validation``."""

    fractions: Annotated[list[Annotated[float, Field(gt=0, le=1)]], *Unique] = Field(
        default=[0.01, 0.05, 0.1, 0.2, 0.5],
        description="Shares of the leading players that are removed (comprehensiveness) or kept "
        "(sufficiency) and averaged over. At least one player always goes, so with 16 players the "
        "smallest shares say the same.",
    )
    random_rankings: int = Field(
        default=8,
        ge=1,
        le=1000,
        description="Random rankings per instance whose mean is the floor of the normalised "
        "measures. Eight, spread evenly over the players, are a start; more steady single "
        "instances.",
    )
    ceiling_evaluations: int = Field(
        default=192,
        ge=0,
        description="The most model calls per instance to search the best achievable ranking, once "
        "for comprehensiveness and once for sufficiency. The share of instances whose bound has "
        "settled is reported; 2,100 make it exact for 13 fields, 15,000 for 16 patches.",
    )
    subsets: int = Field(
        default=48,
        ge=2,
        le=100_000,
        description="Random subsets per instance over which faithfulness correlation and "
        "infidelity average. The error falls with the square root.",
    )
    subset_share: float = Field(
        default=0.2,
        gt=0,
        lt=1,
        description="Share of the players in each of these subsets. Small ones test single "
        "attributions, large ones their sums.",
    )
