"""SHAP: Shapley values, exact or estimated (Shapley 1953; Lundberg & Lee 2017)."""

from typing import Literal

from pydantic import Field

from vitrine.attribution.method import Budget, Method
from vitrine.section import Section


class ShapSettings(Section):
    """Shapley values, estimated by sampling coalitions."""

    evaluations: int = Field(
        default=512,
        ge=16,
        description="Maximum number of model evaluations per instance; at least the number of "
        "features plus two. The values are exact if all coalitions fit (9 features in"
        " 512 evaluations); otherwise four times as many evaluations at least halve "
        "the standard errors.",
    )
    estimator: Literal["auto", "exact", "gaussian_process", "leverage", "regression_msr"] = Field(
        default="auto",
        description="Estimator of the Shapley values. `auto` uses `exact` if all coalitions fit "
        "into `evaluations`, otherwise `gaussian_process`, the most accurate "
        "estimator. `exact` stops with an error if they do not fit. `leverage` and "
        "`regression_msr` make no assumptions about the model and serve for "
        "comparison (docs/shapley.md).",
    )
    tolerance: float = Field(
        default=0,
        ge=0,
        le=1,
        description="Stop sampling for an instance once the largest standard error is at most "
        "this share of the range of its values; `evaluations` remains the limit. 0.05"
        " ranks the leading features, 0.01 gives two digits, 0 uses the whole budget.",
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
