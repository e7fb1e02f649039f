"""Settings of the validation of explanations."""

from typing import Annotated

from pydantic import Field

from vitrine.section import Section, Unique


class RemovalCheckSettings(Section):
    """Calibration of the model under feature removal."""

    instances: int = Field(
        default=256,
        ge=1,
        le=1_000_000,
        description="Number of random instances from validation and from test each, from which "
        "random features are removed.",
    )
    shares: Annotated[list[Annotated[float, Field(ge=0, le=1)]], *Unique] = Field(
        default=[0.0, 0.2, 0.4, 0.6, 0.8, 1.0],
        description="Shares of the features that are removed. Accuracy and confidence at each "
        "share show whether the model stays calibrated.",
    )


class RobustnessSettings(Section):
    """Robustness of explanations."""

    instances: int = Field(
        default=4,
        ge=1,
        le=1_000_000,
        description="Number of explained test instances that are explained again for the "
        "robustness and sanity checks, spread evenly from short to long. These checks take most "
        "of the validation time, which grows in proportion. Four instances can reveal a failure; "
        "thirty give narrow intervals.",
    )
    seeds: int = Field(
        default=1,
        ge=0,
        le=100,
        description="Additional random seeds for `shap` and `lime`. One indicates whether they "
        "are stable, five measure it.",
    )
    draws: int = Field(
        default=1,
        ge=0,
        le=100,
        description="Number of small perturbations per instance: one word or item removed, noise "
        "on pixels, or one field shifted. Max-sensitivity is the largest effect among them.",
    )
    change: float = Field(
        default=0.1,
        gt=0,
        le=1,
        description="Size of the perturbations: for images the standard deviation of the noise, "
        "relative to that of the training pixels; for tables the shift of a field, as a share of "
        "the training rows. Texts and histories always lose one feature.",
    )


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
    """Randomisation sanity checks: do explanations depend on what the model has learned?"""

    evaluations: int = Field(
        default=128,
        ge=16,
        description="Model evaluations per instance for `shap` and `lime` in the randomisation "
        "sanity checks, with random parameters and for the trained model in the comparison. "
        "`integrated_gradients` uses one point on its path per 16 evaluations. With too few "
        "evaluations, estimation noise can look like dependence on the model.",
    )
    bound: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="Threshold: a method passes if the median over instances of Spearman's rank "
        "correlation between its absolute attributions for the trained model and for a model "
        "with random parameters (or trained on permuted labels) is below it. Set it before the "
        "run.",
    )
    labels: PermutedLabelsSettings = Field(
        default_factory=PermutedLabelsSettings,
        description="Training on permuted labels.",
    )


class ValidationSettings(Section):
    """How explanations are validated against the behaviour of the model."""

    seed: int = Field(default=0, ge=0, description="Random seed of the validation.")
    fractions: Annotated[list[Annotated[float, Field(gt=0, le=1)]], *Unique] = Field(
        default=[0.01, 0.05, 0.1, 0.2, 0.5],
        description="Shares of the top-ranked features that are removed (comprehensiveness) or "
        "kept (sufficiency); the measures average over them. At least one feature is always "
        "removed or kept, so with 16 features the smallest shares coincide.",
    )
    random_rankings: int = Field(
        default=8,
        ge=1,
        le=1000,
        description="Number of random rankings per instance; their mean is the zero of the "
        "normalised measures. Eight, spread evenly over the features, are a good start; more "
        "reduce the noise of single instances.",
    )
    ceiling_evaluations: int = Field(
        default=192,
        ge=0,
        description="Maximum number of model evaluations per instance in the search for the best "
        "ranking, once for comprehensiveness and once for sufficiency. The report gives the "
        "share of instances for which the search has converged. 2,100 evaluations make it exact "
        "for 13 fields, 15,000 for 16 patches.",
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
    removal: RemovalCheckSettings = Field(
        default_factory=RemovalCheckSettings,
        description="Calibration of the model under feature removal.",
    )
    robustness: RobustnessSettings = Field(
        default_factory=RobustnessSettings, description="Robustness of the explanations."
    )
    sanity: SanitySettings = Field(
        default_factory=SanitySettings,
        description="Randomisation sanity checks: whether explanations depend on the learned "
        "parameters and labels.",
    )
