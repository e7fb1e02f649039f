"""Which instances are explained, and how."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, create_model

from vitrine.attribution.registry import METHODS, method
from vitrine.config.names import MethodName
from vitrine.games.kinds import RemovalKind, ValueFunction
from vitrine.section import Section, Unique


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


class _Keys(Section):
    """The keys before the sections of the methods."""

    methods: Annotated[list[MethodName], *Unique] = Field(
        default=list(METHODS),
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
    value: ValueFunction = Field(
        default="log_odds",
        description="What is attributed, of a classifier: `log_odds` of the target add up like "
        "evidence; `probability` is easier to tell and saturates near 0 and 1; `logit` ignores "
        "the other classes. Of films it is always the film's score.",
    )
    removal: Literal["auto", RemovalKind] = Field(
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
    """Which instances are explained, and how."""

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

    def of_method(self, name: str) -> Section | None:
        """The settings of a method; None for a method without settings.

        Raises:
            KeyError: for a method that is not registered.
        """
        if method(name).settings is None:
            return None
        settings: Section = getattr(self, name)
        return settings
