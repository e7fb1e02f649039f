"""Settings of the explanations: instances, target, feature removal and methods."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from vitrine.config.names import Method
from vitrine.section import Section, Unique


class ShapSettings(Section):
    """Shapley values, estimated by sampling coalitions."""

    evaluations: int = Field(
        default=512,
        ge=16,
        description="Maximum number of model evaluations per instance; at least the number of "
        "features plus two. The values are exact if all coalitions fit (9 features in 512 "
        "evaluations); otherwise four times as many evaluations at least halve the standard "
        "errors.",
    )
    estimator: Literal["auto", "exact", "gaussian_process", "leverage", "regression_msr"] = Field(
        default="auto",
        description="Estimator of the Shapley values. `auto` uses `exact` if all coalitions fit "
        "into `evaluations`, otherwise `gaussian_process`, the most accurate estimator. `exact` "
        "stops with an error if they do not fit. `leverage` and `regression_msr` make no "
        "assumptions about the model and serve for comparison (docs/shapley.md).",
    )
    tolerance: float = Field(
        default=0,
        ge=0,
        le=1,
        description="Stop sampling for an instance once the largest standard error is at most "
        "this share of the range of its values; `evaluations` remains the limit. 0.05 ranks the "
        "leading features, 0.01 gives two digits, 0 uses the whole budget.",
    )


class LimeSettings(Section):
    """A weighted linear surrogate around the instance."""

    samples: int = Field(
        default=512,
        ge=16,
        description="Model evaluations per instance; the maximum if `tolerance` is set. Raise it "
        "until the reported stability is high. About ten per feature is a good start.",
    )
    tolerance: float = Field(
        default=0.0,
        ge=0,
        lt=0.5,
        description="Maximum probability, over adjacent pairs of the five leading features, that "
        "another sample would swap the pair. Samples are drawn in rounds until it is reached. "
        "0.05 is strict; 0 draws all `samples` at once.",
    )
    selection: Literal["none", "auto", "forward", "highest", "lasso"] = Field(
        default="none",
        description="Feature selection of the linear surrogate. `none` keeps all features. The "
        "others keep the best `features` features, as in the lime package, and set the rest to "
        "zero, which gives short, readable lists.",
    )
    features: int = Field(
        default=10,
        ge=1,
        description="Maximum number of features that `selection` keeps; not used with `none`.",
    )


class ChoiceSettings(Section):
    """Candidate settings that are compared on validation rows before explaining."""

    removals: Annotated[list[Literal["absent", "mask"]], *Unique] = Field(
        default=["absent", "mask"],
        description="Removal methods that `removal: auto` compares. The one with the smallest "
        "log loss under removal of random features is used; in case of a tie, the first.",
    )
    kernel_widths: Annotated[list[Annotated[float, Field(gt=0, le=100)]], *Unique] = Field(
        default=[0.5, 1.0, 2.0],
        description="Candidate kernel widths of `lime`, as multiples of the default width for "
        "the domain. Small widths give weight only to coalitions close to the full instance. All "
        "candidates share the same model evaluations.",
    )
    samples: Annotated[list[Annotated[float, Field(gt=0, le=1)]], *Unique] = Field(
        default=[0.5, 1.0],
        description="Candidate sample sizes, as shares of `lime.samples`. The smallest size "
        "within the `margin` is used.",
    )
    margin: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="How much worse than the best candidate a cheaper candidate, or one closer "
        "to the default, may be and still be used: in nats of log loss, or in normalised "
        "comprehensiveness.",
    )


class IntegratedGradientsSettings(Section):
    """Gradients integrated along a path from the baseline."""

    steps: int = Field(
        default=32,
        ge=2,
        le=1000,
        description="Number of points on the path; each needs a forward and a backward pass. "
        "Double it if the completeness gap in the diagnostics is not small.",
    )


class ExplanationSettings(Section):
    """Settings of the explanations: instances, target, feature removal and methods."""

    methods: Annotated[list[Method], *Unique] = Field(
        default=list(get_args(Method)),
        description="Methods to run and compare. Keep `random`: it is the floor for the other "
        "methods. `occlusion`, `gradient` and `rollout` need a few model evaluations per "
        "instance, `integrated_gradients` dozens, `shap` and `lime` hundreds.",
    )
    instances: int = Field(
        default=32,
        ge=1,
        le=1_000_000,
        description="Number of explained instances from validation and from test each. 30 show "
        "the trend; hundreds distinguish methods with similar results. Time grows in proportion.",
    )
    target: str = Field(
        default="predicted",
        min_length=1,
        description="Explained target: `predicted` (the class or item that the model predicts "
        "for the instance), or the name of one class for all instances, which makes signs "
        "comparable.",
    )
    seed: int = Field(
        default=0,
        ge=0,
        description="Seed for the choice of instances and for coalition sampling. Change it to "
        "check the stability of the explanations.",
    )
    value: Literal["log_odds", "probability", "logit"] = Field(
        default="log_odds",
        description="Explained model output of a classifier: `log_odds` of the target are "
        "additive; `probability` is easier to interpret but saturates near 0 and 1; `logit` "
        "ignores the other classes. For recommendation it is always the score of the item.",
    )
    removal: Literal["auto", "absent", "mask", "background"] = Field(
        default="auto",
        description="Removal method, that is, the value that replaces a removed feature. `auto` "
        "selects one on validation (`choice`). `absent` leaves the feature out, as in training. "
        "`mask` replaces it by the unknown word or item, a grey patch or a missing field. "
        "`background` (tables only) averages over values from training rows and needs one model "
        "evaluation per row.",
    )
    background: int = Field(
        default=32,
        ge=1,
        le=10_000,
        description="Number of training rows for the removal method `background`; not used by "
        "the others. More rows represent the data better. Time grows in proportion.",
    )
    choice: ChoiceSettings = Field(
        default_factory=ChoiceSettings,
        description="Candidate settings that are compared on validation rows.",
    )
    shap: ShapSettings = Field(
        default_factory=ShapSettings, description="Settings of the method `shap`."
    )
    lime: LimeSettings = Field(
        default_factory=LimeSettings, description="Settings of the method `lime`."
    )
    integrated_gradients: IntegratedGradientsSettings = Field(
        default_factory=IntegratedGradientsSettings,
        description="Settings of the method `integrated_gradients`.",
    )
    interactions: bool = Field(
        default=False,
        description="Whether a run also computes pairwise interactions between the features of "
        "an instance (`snakemake interactions` always does). The cost is about that of `shap`.",
    )
    interaction_evaluations: int = Field(
        default=512,
        ge=16,
        description="Maximum number of model evaluations per instance for interactions; at least "
        "the number of features plus two. n features have n(n-1)/2 pairs, so check the standard "
        "errors. Exact if all coalitions fit; otherwise at most 4,096 evaluations are used.",
    )
    attention_maps: int = Field(
        default=1000,
        ge=0,
        description="Number of instances per split whose attention maps are saved; 0 saves none. "
        "Their size grows with the square of the number of features. Statistics of heads use all "
        "instances.",
    )
    batch_memory_mb: int = Field(
        default=512,
        ge=16,
        description="Memory limit in MB for one batch of coalitions. Lower it if jobs run out of "
        "memory. A larger value saves time on a GPU; a few tens are enough on a CPU.",
    )
