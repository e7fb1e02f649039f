"""Settings of a study: its data and the training of its models."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from vitrine.config.names import Seed
from vitrine.data.domains.domain import SELECTION_METRICS
from vitrine.data.settings import StudyData, domain_of, unsuited
from vitrine.section import Unique
from vitrine.training.settings import TrainingSettings

if TYPE_CHECKING:
    MetricName = str
else:
    MetricName = Literal[tuple(name for names in SELECTION_METRICS.values() for name in names)]


class StudySettings(StudyData):
    """A dataset and the training of its models."""

    metric: MetricName = Field(
        description="Validation metric for early stopping and for model selection. "
        "Classification: `log_loss` is the least noisy, `auc` suits two imbalanced classes, "
        "`average_precision` a rare class that is to be detected (of two classes the second; "
        "`data: {positive: ...}` names it), `accuracy` is the easiest to interpret. "
        "Recommendation: `ndcg_10`, `hit_rate_10` or `mrr`.",
    )
    training: TrainingSettings = Field(
        default_factory=TrainingSettings,
        description="Training settings for every model of this study.",
    )
    compare_dropping: bool = Field(
        default=True,
        description="Whether to train the first of `scales` a second time without token "
        "dropping, to show how feature removal affects a model that was not trained for it.",
    )
    scales: Annotated[list[str], *Unique] | None = Field(
        default=None,
        description="Models of this study, if they differ from the top-level `scales`.",
    )
    seeds: Annotated[list[Seed], *Unique] | None = Field(
        default=None, description="Seeds of this study, if they differ from the top-level `seeds`."
    )

    @field_validator("metric")
    @classmethod
    def _metric_suits_source(cls, metric: str, info: ValidationInfo) -> str:
        domain = domain_of(info.data)
        if domain is not None and metric not in domain.selection_metrics:
            raise unsuited(info.data["source"], domain.selection_metrics)
        return metric
