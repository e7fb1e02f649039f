"""How explanations are validated."""

from typing import Annotated

from pydantic import Field

from vitrine.section import Section, Unique


class RemovalCheckSettings(Section):
    """Whether the model knows inputs from which players have gone."""

    instances: int = Field(
        default=256,
        ge=1,
        le=1_000_000,
        description="Random instances of validation and as many of test from which random players "
        "are removed.",
    )
    shares: Annotated[list[Annotated[float, Field(ge=0, le=1)]], *Unique] = Field(
        default=[0.0, 0.2, 0.4, 0.6, 0.8, 1.0],
        description="Shares of the players that are removed. Accuracy and confidence at each show "
        "whether the model stays calibrated.",
    )


class RobustnessSettings(Section):
    """Whether explanations stay as they were."""

    instances: int = Field(
        default=4,
        ge=1,
        le=1_000_000,
        description="Test instances, of those explained, that are explained again for the checks "
        "of robustness and sanity, spread evenly from short to long. They take most of the time of "
        "validation, which grows in proportion; four show a failure, thirty give narrow intervals.",
    )
    seeds: int = Field(
        default=1,
        ge=0,
        le=100,
        description="Further random seeds of `shap` and `lime`. One shows whether they are stable, "
        "five measure it.",
    )
    draws: int = Field(
        default=1,
        ge=0,
        le=100,
        description="Small changes of each instance: a word or film dropped, pixels with noise, a "
        "field moved. Max-sensitivity is the largest effect of them.",
    )
    change: float = Field(
        default=0.1,
        gt=0,
        le=1,
        description="Size of these changes: deviation of the pixels' noise, as a share of the "
        "deviation of the training pixels, or of a field's move, as a share of the training rows "
        "that it passes. Texts and histories lose one player whatever it is.",
    )


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


class ValidationSettings(Section):
    """How explanations are tested against what the model does."""

    seed: int = Field(default=0, ge=0, description="Seed of everything drawn while validating.")
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
    removal: RemovalCheckSettings = Field(
        default_factory=RemovalCheckSettings,
        description="Whether the model knows inputs from which players have gone.",
    )
    robustness: RobustnessSettings = Field(
        default_factory=RobustnessSettings, description="Whether explanations stay as they were."
    )
    sanity: SanitySettings = Field(
        default_factory=SanitySettings,
        description="Whether explanations depend on what the model has learned.",
    )
