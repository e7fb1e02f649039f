"""What the measures of faithfulness draw and evaluate."""

from typing import Annotated

from pydantic import Field

from vitrine.section import Section, Unique


class FaithfulnessSettings(Section):
    """How faithfulness is measured; keys of the section ``validation``."""

    fractions: Annotated[list[Annotated[float, Field(gt=0, le=1)]], *Unique] = Field(
        default=[0.01, 0.05, 0.1, 0.2, 0.5],
        description="Shares of the top-ranked features that are removed (comprehensiveness) or "
        "kept (sufficiency); the measures average over them. At least one feature is "
        "always removed or kept, so with 16 features the smallest shares coincide.",
    )
    random_rankings: int = Field(
        default=8,
        ge=1,
        le=1000,
        description="Number of random rankings per instance; their mean is the zero of the "
        "normalised measures. Eight, spread evenly over the features, are a good "
        "start; more reduce the noise of single instances.",
    )
    ceiling_evaluations: int = Field(
        default=192,
        ge=0,
        description="Maximum number of model evaluations per instance in the search for the best "
        "ranking, once for comprehensiveness and once for sufficiency. The report "
        "gives the share of instances for which the search has converged. 2,100 "
        "evaluations make it exact for 13 fields, 15,000 for 16 patches.",
    )
    subsets: int = Field(
        default=48,
        ge=2,
        le=100_000,
        description="Number of random subsets per instance for faithfulness correlation and "
        "infidelity. The error falls with the square root of this number.",
    )
    subset_share: float = Field(
        default=0.2,
        gt=0,
        lt=1,
        description="Share of the features in each of these subsets. Small subsets test single "
        "attributions, large ones their sums.",
    )
