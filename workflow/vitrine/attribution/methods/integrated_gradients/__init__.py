"""Integrated gradients (Sundararajan, Taly & Yan 2017)."""

from pydantic import Field

from vitrine.attribution.method import Budget, Method
from vitrine.section import Section


class IntegratedGradientsSettings(Section):
    """Gradients integrated along a path from the baseline."""

    steps: int = Field(
        default=32,
        ge=2,
        le=1000,
        description="Number of points on the path; each needs a forward and a backward pass. "
        "Double it if the completeness gap in the diagnostics is not small.",
    )


METHOD = Method(
    name="integrated_gradients",
    order=50,
    implementation="vitrine.attribution.methods.integrated_gradients.integrated_gradients",
    cost="2, and `explanation.integrated_gradients.steps` forward and backward passes",
    additive=True,
    gradients=True,
    settings=IntegratedGradientsSettings,
    # A point on the path is a forward and a backward pass; ranks need few points.
    budget=Budget("steps", 16),
)
