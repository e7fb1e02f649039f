"""SHAP: Shapley values, exact or estimated (Shapley 1953; Lundberg & Lee 2017)."""

from typing import Literal

from pydantic import Field

from vitrine.attribution.method import Budget, Method
from vitrine.section import Section


class ShapSettings(Section):
    """Shapley values by sampling coalitions."""

    evaluations: int = Field(
        default=512,
        ge=16,
        description="The most model calls per instance, at least two more than it has players. "
        "Where all coalitions fit (9 players in 512) the values are exact; else four times as "
        "many halve the standard errors, or better.",
    )
    estimator: Literal["auto", "exact", "gaussian_process", "leverage", "regression_msr"] = Field(
        default="auto",
        description="How the values are computed. `auto` takes `exact` where all coalitions fit "
        "into `evaluations` and `gaussian_process`, the most accurate estimate, elsewhere; "
        "`exact` stops with an error where they do not fit. `leverage` and `regression_msr` make "
        "no assumptions about the model, for comparison (docs/shapley.md).",
    )
    tolerance: float = Field(
        default=0,
        ge=0,
        le=1,
        description="Stop drawing for an instance once the largest standard error is at most this "
        "share of the range of its values; `evaluations` stays the limit. 0.05 ranks the leading "
        "players, 0.01 gives two digits; 0 spends the whole budget.",
    )


METHOD = Method(
    name="shap",
    order=10,
    implementation="vitrine.attribution.methods.shap.shapley",
    cost="`explanation.shap.evaluations`",
    additive=True,
    sampled=True,
    settings=ShapSettings,
    budget=Budget("evaluations", 1, beyond_players=2),
)
