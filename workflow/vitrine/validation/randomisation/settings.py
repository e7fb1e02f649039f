"""How the randomisation sanity checks are made."""

from pydantic import Field

from vitrine.section import Section


class PermutedLabelsSettings(Section):
    """A model that learns permuted labels by heart."""

    instances: int = Field(
        default=64,
        ge=2,
        description="Training instances whose labels, or films, change places. The fewer, the "
        "sooner the model knows them; the report states how many it does.",
    )
    epochs: int = Field(
        default=30,
        ge=1,
        le=100_000,
        description="The most passes over them. Classifiers stop soon after they know all.",
    )


class SanitySettings(Section):
    """Whether explanations depend on what the model has learned."""

    evaluations: int = Field(
        default=128,
        ge=16,
        description="Model calls per instance of `shap` and `lime` while parameters are random, "
        "and for the trained model that they are compared with; `integrated_gradients` takes a "
        "point on its path for every 16. Fewer let noise pass for a dependence on the model.",
    )
    bound: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="A method passes when the median over instances of Spearman's correlation "
        "between its absolute values for the trained model and for one with random parameters, "
        "or one that learned permuted labels, lies below this. Set it before the run.",
    )
    labels: PermutedLabelsSettings = Field(
        default_factory=PermutedLabelsSettings,
        description="The model that learns permuted labels.",
    )
