"""How the randomisation sanity checks are made."""

from pydantic import Field

from vitrine.section import Section


class PermutedLabelsSettings(Section):
    """A model that memorises permuted labels."""

    instances: int = Field(
        default=64,
        ge=2,
        description="Number of training instances whose labels or items are permuted. Fewer "
        "instances are memorised sooner; the report gives the share memorised.",
    )
    epochs: int = Field(
        default=30,
        ge=1,
        le=100_000,
        description="Maximum number of epochs. Training of a classifier stops soon after it has "
        "memorised all instances.",
    )


class SanitySettings(Section):
    """Sanity checks: whether explanations depend on the learned parameters and labels."""

    evaluations: int = Field(
        default=128,
        ge=16,
        description="Model evaluations per instance for `shap` and `lime` in the randomisation "
        "sanity checks, with random parameters and for the trained model in the "
        "comparison. `integrated_gradients` uses one point on its path per 16 "
        "evaluations. With too few evaluations, estimation noise can look like "
        "dependence on the model.",
    )
    bound: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="Threshold: a method passes if the median over instances of Spearman's rank "
        "correlation between its absolute attributions for the trained model and for "
        "a model with random parameters (or trained on permuted labels) is below it. "
        "Set it before the run.",
    )
    labels: PermutedLabelsSettings = Field(
        default_factory=PermutedLabelsSettings,
        description="Training on permuted labels.",
    )
