"""Which instances are explained, and how."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from vitrine.config.names import Method
from vitrine.section import Section, Unique


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


class LimeSettings(Section):
    """A weighted linear model around the instance."""

    samples: int = Field(
        default=512,
        ge=16,
        description="Model calls per instance, and the most with a `tolerance`. Raise it until the "
        "stability that every explanation states is high; some ten per player is a start.",
    )
    tolerance: float = Field(
        default=0.0,
        ge=0,
        lt=0.5,
        description="The largest probability, over neighbours among the five leading players, that "
        "another draw would swap them: samples are drawn in rounds until it is reached. 0.05 is "
        "strict; 0 draws all `samples` at once.",
    )
    selection: Literal["none", "auto", "forward", "highest", "lasso"] = Field(
        default="none",
        description="How the linear model chooses its players. `none` keeps all of them; the "
        "others keep the `features` best as the lime package does, and the rest get zero: for a "
        "short list that stays readable.",
    )
    features: int = Field(
        default=10,
        ge=1,
        description="The most players that a `selection` keeps; `none` does not read it.",
    )


class ChoiceSettings(Section):
    """What is tried on the validation rows before explaining."""

    removals: Annotated[list[Literal["absent", "mask"]], *Unique] = Field(
        default=["absent", "mask"],
        description="Kinds of removal that `removal: auto` tries. The one is used that leaves the "
        "model the smallest log loss while random players are gone; of equals the first.",
    )
    kernel_widths: Annotated[list[Annotated[float, Field(gt=0, le=100)]], *Unique] = Field(
        default=[0.5, 1.0, 2.0],
        description="Kernel widths of `lime`, as factors of the authors' for the domain. Small "
        "ones trust coalitions close to the whole instance alone. They share all model calls.",
    )
    samples: Annotated[list[Annotated[float, Field(gt=0, le=1)]], *Unique] = Field(
        default=[0.5, 1.0],
        description="Shares of `lime.samples` to try. The fewest that do are used.",
    )
    margin: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="How much worse than the best a candidate may be, in nats of log loss or in "
        "normalised comprehensiveness, and be used for being cheaper or closer to the authors'.",
    )


class IntegratedGradientsSettings(Section):
    """Gradients added up along a path."""

    steps: int = Field(
        default=32,
        ge=2,
        le=1000,
        description="Points on the path, each a forward and a backward pass. Double it when the "
        "completeness gap among the diagnostics is not small.",
    )


class ExplanationSettings(Section):
    """Which instances are explained, and how."""

    methods: Annotated[list[Method], *Unique] = Field(
        default=list(get_args(Method)),
        description="Methods to run and compare. Keep `random`: it is the floor that the others "
        "must beat. `occlusion`, `gradient` and `rollout` cost a few model calls, "
        "`integrated_gradients` some dozens, `shap` and `lime` hundreds.",
    )
    instances: int = Field(
        default=32,
        ge=1,
        le=1_000_000,
        description="Instances explained from validation and as many from test. 30 show the "
        "trend, hundreds separate methods that are close; time grows in proportion.",
    )
    target: str = Field(
        default="predicted",
        min_length=1,
        description="What is explained: `predicted` (for every instance the class or film that the "
        "model names) or one class for all instances, which makes signs comparable.",
    )
    seed: int = Field(
        default=0,
        ge=0,
        description="Draws the instances and the coalitions. Change it to see how stable an "
        "explanation is.",
    )
    value: Literal["log_odds", "probability", "logit"] = Field(
        default="log_odds",
        description="What is attributed, of a classifier: `log_odds` of the target add up like "
        "evidence; `probability` is easier to tell and saturates near 0 and 1; `logit` ignores "
        "the other classes. Of films it is always the film's score.",
    )
    removal: Literal["auto", "absent", "mask", "background"] = Field(
        default="auto",
        description="What a removed player becomes: `auto` chooses on validation (`choice`); "
        "`absent` leaves it out, as in training; `mask` "
        "puts the unknown word or film, a grey patch or a missing field in its place; `background` "
        "(tables only) the values of training rows, at the cost of a model call for each.",
    )
    background: int = Field(
        default=32,
        ge=1,
        le=10_000,
        description="Training rows that the removal `background` averages over; the other kinds do "
        "not read it. More rows follow the data more closely; time grows in proportion.",
    )
    choice: ChoiceSettings = Field(
        default_factory=ChoiceSettings, description="What is tried on the validation rows."
    )
    shap: ShapSettings = Field(
        default_factory=ShapSettings, description="Options of the method `shap`."
    )
    lime: LimeSettings = Field(
        default_factory=LimeSettings, description="Options of the method `lime`."
    )
    integrated_gradients: IntegratedGradientsSettings = Field(
        default_factory=IntegratedGradientsSettings,
        description="Options of the method `integrated_gradients`.",
    )
    interactions: bool = Field(
        default=False,
        description="Whether a run also finds how much every two players of an instance owe to "
        "each other (`snakemake interactions` does so in any case). It costs about as much as "
        "`shap`.",
    )
    interaction_evaluations: int = Field(
        default=512,
        ge=16,
        description="The most model calls per instance for the interactions, at least two more "
        "than it has players. There are half as many pairs as the square of the players: watch "
        "the standard errors. Exact where all coalitions fit; else no more than 4,096 are used.",
    )
    attention_maps: int = Field(
        default=1000,
        ge=0,
        description="Instances of each split whose attention maps are kept; 0 keeps none. Their "
        "size grows with the square of the players. Figures over heads are of all instances.",
    )
    batch_memory_mb: int = Field(
        default=512,
        ge=16,
        description="Memory in MB that one batch of coalitions may fill. Lower it when jobs run "
        "out of memory; on a GPU more saves time, on a CPU some tens are enough.",
    )
