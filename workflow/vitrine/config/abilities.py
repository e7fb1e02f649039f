"""The part of the configuration that concerns abilities, and the sizes that it asks for."""

from collections.abc import Mapping
from itertools import product
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from vitrine.section import Section, Unique, unique

AbilityName = Literal[
    "markov",
    "heads",
    "repeat",
    "recall",
    "gradient",
    "addition",
    "modular",
    "grokking",
    "regression",
    "iwl",
]
ABILITIES: tuple[str, ...] = get_args(AbilityName)

# Lists of the configuration along which an ability is trained at several sizes, and the setting of
# one size that each gives.
LADDERS = {
    "layers": "layers",
    "heads": "heads",
    "widths": "width",
    "shares": "share",
    "classes": "classes",
    "bursts": "bursts",
    "steps": "steps",
}

_Whole = Annotated[int, Field(ge=1, le=10_000)]
Many = Annotated[list[_Whole], *Unique]
Layers = Annotated[
    list[_Whole], *Unique, Field(description="Ladder of depths. Two layers can do what one cannot.")
]
Heads = Annotated[
    list[_Whole],
    *Unique,
    Field(description="Ladder of attention heads per layer; each divides every width."),
]
Widths = Annotated[
    list[_Whole], *Unique, Field(description="Ladder of sizes of the vectors, or of hidden units.")
]
Steps = Annotated[
    list[Annotated[int, Field(ge=20, le=10_000_000)]],
    *Unique,
    Field(description="Ladder of lengths of the training, in steps."),
]
Seeds = Annotated[
    int,
    Field(
        ge=1,
        le=1000,
        description="Trainings of each size, numbered from 0. Three show whether all do the same, "
        "five or more measure it; time grows in proportion.",
    ),
]
Batch = Annotated[int, Field(ge=1, le=65_536, description="Fresh items per step.")]
TestItems = Annotated[
    int,
    Field(
        ge=16,
        le=1_000_000,
        description="Test items of every measurement; their number limits what a metric resolves.",
    ),
]
Rate = Annotated[
    float,
    Field(
        gt=0,
        le=1,
        description="Learning rate, steady between a short warm-up and a decay in the last fifth "
        "of the steps.",
    ),
]
Decay = Annotated[
    float, Field(ge=0, le=10, description="Pull of the weights towards zero (AdamW).")
]
Symbols = Annotated[int, Field(ge=2, le=1000, description="How many different symbols there are.")]
Length = Annotated[
    int, Field(ge=8, le=4096, description="Symbols in a row; time grows faster than this.")
]


Shares = Annotated[
    list[Annotated[float, Field(gt=0, lt=1)]],
    *Unique,
    Field(description="Ladder of shares of all pairs that are learned; the others are tested."),
]
Modulus = Annotated[
    int, Field(ge=3, le=1000, description="Numbers are added modulo this; best a prime.")
]


class TransformerAbilitySettings(Section):
    """What every ability of a transformer states."""

    layers: Layers
    heads: Heads = Field(default=[1])
    widths: Widths
    steps: Steps
    seeds: Seeds = 5
    learning_rate: Rate = 0.003
    weight_decay: Decay = 0.0

    @field_validator("widths")
    @classmethod
    def _heads_divide(cls, widths: list[int], info: ValidationInfo) -> list[int]:
        for index, width in enumerate(widths):
            for heads in info.data.get("heads", ()):
                if width % heads:
                    raise PydanticCustomError(
                        "config",
                        "Not divisible by {heads} heads",
                        {"heads": heads, "at": [index]},
                    )
        return widths


class DrawnAbilitySettings(TransformerAbilitySettings):
    """What every ability of a transformer states that learns from fresh items."""

    batch_size: Batch = 32
    test_items: TestItems


class MarkovSettings(DrawnAbilitySettings):
    """In-context Markov chains."""

    layers: Layers = Field(default=[1, 2])
    widths: Widths = Field(default=[16])
    steps: Steps = Field(default=[350])
    batch_size: Batch = 64
    test_items: TestItems = 256
    symbols: Symbols = 3
    length: Length = 48


class InductionHeadsSettings(DrawnAbilitySettings):
    """Induction heads and their causal role."""

    layers: Layers = Field(default=[2])
    widths: Widths = Field(default=[32])
    steps: Steps = Field(default=[600])
    seeds: Seeds = 5
    test_items: TestItems = 200
    symbols: Symbols = 8
    length: Length = 64


class RepeatSettings(DrawnAbilitySettings):
    """Repeated random tokens."""

    layers: Layers = Field(default=[1, 2])
    widths: Widths = Field(default=[32])
    steps: Steps = Field(default=[250])
    test_items: TestItems = 256
    symbols: Symbols = 32
    length: Length = 40
    shortest: int = Field(
        default=8, ge=2, le=1000, description="Shortest block; blocks are drawn between the two."
    )
    longest: int = Field(
        default=16,
        ge=2,
        le=1000,
        description="Longest block, at most as long as there are symbols. Equal to `shortest` a "
        "single layer can learn the distance.",
    )


class RecallSettings(DrawnAbilitySettings):
    """Associative recall."""

    layers: Layers = Field(default=[1, 2])
    widths: Widths = Field(default=[32])
    steps: Steps = Field(default=[250])
    test_items: TestItems = 500
    learning_rate: Rate = 0.01
    pairs: int = Field(
        default=8, ge=2, le=500, description="Pairs of a key and a value, and as many questions."
    )


class GradientSettings(DrawnAbilitySettings):
    """One step of gradient descent."""

    layers: Layers = Field(default=[1])
    widths: Widths = Field(default=[16])
    steps: Steps = Field(default=[1000])
    batch_size: Batch = 256
    test_items: TestItems = 4000
    dimensions: int = Field(default=5, ge=1, le=100, description="Length of the vectors x and w.")
    examples: int = Field(
        default=10, ge=1, le=1000, description="Pairs (x, y) before the question."
    )


class AdditionSettings(DrawnAbilitySettings):
    """Addition of decimal numbers."""

    layers: Layers = Field(default=[2])
    heads: Heads = Field(default=[4])
    widths: Widths = Field(default=[8, 12, 16, 32])
    steps: Steps = Field(default=[500])
    seeds: Seeds = 5
    batch_size: Batch = 128
    test_items: TestItems = 1000
    learning_rate: Rate = 0.006
    digits: int = Field(default=3, ge=1, le=15, description="Digits of each number that is added.")


class ModularSettings(Section):
    """Grokking of addition modulo p by a layer of squares."""

    widths: Widths = Field(default=[192])
    shares: Shares = Field(default=[0.3, 0.4])
    steps: Steps = Field(default=[500])
    seeds: Seeds = 5
    learning_rate: Rate = 0.002
    weight_decay: Decay = 0.0
    modulus: Modulus = 53


class GrokkingSettings(TransformerAbilitySettings):
    """Grokking of addition modulo p by a transformer."""

    layers: Layers = Field(default=[1])
    heads: Heads = Field(default=[4])
    widths: Widths = Field(default=[64])
    shares: Shares = Field(default=[0.6])
    steps: Steps = Field(default=[2500])
    learning_rate: Rate = 0.001
    weight_decay: Decay = 1.0
    modulus: Modulus = 37


class RegressionSettings(DrawnAbilitySettings):
    """In-context linear regression."""

    layers: Layers = Field(default=[2])
    heads: Heads = Field(default=[4])
    widths: Widths = Field(default=[48])
    steps: Steps = Field(default=[2500])
    seeds: Seeds = 3
    batch_size: Batch = 64
    test_items: TestItems = 1000
    learning_rate: Rate = 0.001
    dimensions: int = Field(default=3, ge=1, le=100, description="Length of the vectors x and w.")
    examples: int = Field(default=10, ge=1, le=1000, description="Pairs (x, y) of a row.")
    noise: float = Field(
        default=0.5, gt=0, le=100, description="Deviation of the noise in y, where w x has about 1."
    )


class InWeightsSettings(DrawnAbilitySettings):
    """In-context against in-weights learning."""

    layers: Layers = Field(default=[2])
    widths: Widths = Field(default=[64])
    steps: Steps = Field(default=[1500])
    seeds: Seeds = 3
    batch_size: Batch = 64
    test_items: TestItems = 1000
    learning_rate: Rate = 0.001
    classes: Many = Field(
        default=[32, 2048],
        description="Ladder of numbers of classes. Few are learned by heart, many are not.",
    )
    bursts: Annotated[list[Annotated[int, Field(ge=0, le=100)]], *Unique] = Field(
        default=[0, 2],
        description="Ladder of how often the asked class stands in the context on purpose; at most "
        "`pairs`.",
    )
    labels: int = Field(default=16, ge=3, le=1000, description="How many labels there are.")
    pairs: int = Field(
        default=8, ge=1, le=500, description="Pairs in the context, fewer than labels."
    )


class AbilitiesSettings(Section):
    """Abilities with a known optimum."""

    run: Annotated[
        list[AbilityName],
        Field(min_length=0, json_schema_extra={"uniqueItems": True}),
        AfterValidator(unique),
    ] = Field(
        default=["markov", "heads", "repeat", "recall", "gradient", "addition", "modular"],
        description="Which abilities are trained; an empty list leaves them out.",
    )
    measurements: int = Field(
        default=20,
        ge=2,
        le=10_000,
        description="How often each training is measured. More place the moment of emergence more "
        "precisely and take time.",
    )
    final_predictions: int = Field(
        default=10_000,
        ge=100,
        le=10_000_000,
        description="Test predictions, at least, of the checkpoints that are kept: start, "
        "emergence and end. One part in so many is the least that a share of them can resolve.",
    )
    success: float = Field(
        default=0.8,
        gt=0,
        le=1,
        description="Share of the way from the best answer without the ability to the optimum from "
        "which on a training counts as successful.",
    )
    probed_instances: int = Field(
        default=600,
        ge=20,
        le=1_000_000,
        description="Test instances of every study on which each layer of its models is probed and "
        "what context is worth is measured.",
    )
    markov: MarkovSettings = Field(
        default_factory=MarkovSettings, description="In-context Markov chains."
    )
    heads: InductionHeadsSettings = Field(
        default_factory=InductionHeadsSettings, description="Induction heads and their causal role."
    )
    repeat: RepeatSettings = Field(
        default_factory=RepeatSettings, description="Repeated random symbols."
    )
    recall: RecallSettings = Field(
        default_factory=RecallSettings, description="Associative recall."
    )
    gradient: GradientSettings = Field(
        default_factory=GradientSettings,
        description="A layer of linear attention as a step of gradient descent.",
    )
    addition: AdditionSettings = Field(
        default_factory=AdditionSettings,
        description="Addition of decimal numbers, lowest digit first.",
    )
    modular: ModularSettings = Field(
        default_factory=ModularSettings,
        description="Grokking of addition modulo a number by a network with one hidden layer.",
    )
    grokking: GrokkingSettings = Field(
        default_factory=GrokkingSettings,
        description="Grokking of addition modulo a number by a transformer; takes longer.",
    )
    regression: RegressionSettings = Field(
        default_factory=RegressionSettings,
        description="In-context linear regression; takes longer.",
    )
    iwl: InWeightsSettings = Field(
        default_factory=InWeightsSettings,
        description="In-context against in-weights learning; takes longer.",
    )


def sizes(ability: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The sizes of an ability that its configuration asks for.

    Args:
        ability: its section of the configuration.

    Returns:
        The settings of each size by its name, such as ``layers2-heads1-width16-steps350``, in the
        order of the ladders, the first of which varies most slowly.
    """
    ladders = [name for name in LADDERS if name in ability]
    others = {key: value for key, value in ability.items() if key not in LADDERS}
    found = {}
    for values in product(*(ability[name] for name in ladders)):
        place = dict(zip((LADDERS[name] for name in ladders), values, strict=True))
        found["-".join(f"{key}{value}" for key, value in place.items())] = place | others
    return found
