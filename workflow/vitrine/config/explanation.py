"""Settings of the explanations: instances, target, feature removal and methods."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, create_model

from vitrine.attribution.registry import METHODS, method
from vitrine.config.names import MethodName
from vitrine.games.kinds import RemovalKind, ValueFunction
from vitrine.section import Section, Unique


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


class _Keys(Section):
    """The keys before the sections of the methods."""

    methods: Annotated[list[MethodName], *Unique] = Field(
        default=list(METHODS),
        description="Methods to run and compare. Keep `random`: it is the floor for the other "
        "methods. `occlusion`, `gradient` and `rollout` need a few model evaluations "
        "per instance, `integrated_gradients` dozens, `shap` and `lime` hundreds.",
    )
    instances: int = Field(
        default=64,
        ge=1,
        le=1_000_000,
        description="Number of explained instances from validation and from test each. Fewer than "
        "10 allow no conclusion, 30 show the trend; hundreds distinguish methods with similar "
        "results. Time grows in proportion.",
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
    value: ValueFunction = Field(
        default="log_odds",
        description="Explained model output of a classifier: `log_odds` of the target are "
        "additive; `probability` is easier to interpret but saturates near 0 and 1; `logit` "
        "ignores the other classes. For recommendation it is always the score of the item.",
    )
    removal: Literal["auto", RemovalKind] = Field(
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


# A section for every method that has settings, in the order of the methods.
if TYPE_CHECKING:
    _WithMethods = _Keys
else:
    _WithMethods = create_model(
        "_WithMethods",
        __base__=_Keys,
        **{
            name: (
                method.settings,
                Field(
                    default_factory=method.settings,
                    description=f"Options of the method `{name}`.",
                ),
            )
            for name, method in METHODS.items()
            if method.settings is not None
        },
    )


class ExplanationSettings(_WithMethods):
    """Which instances are explained, and by which methods."""

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

    def of_method(self, name: str) -> Section | None:
        """The settings of a method; None for a method without settings.

        Raises:
            KeyError: for a method that is not registered.
        """
        if method(name).settings is None:
            return None
        settings: Section = getattr(self, name)
        return settings
