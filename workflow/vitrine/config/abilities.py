"""Settings of abilities, and the sizes at which they are trained."""

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

# Settings with lists of sizes, and the setting of a single size that each provides.
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
    list[_Whole], *Unique, Field(description="Numbers of layers. Some tasks need two layers.")
]
Heads = Annotated[
    list[_Whole],
    *Unique,
    Field(description="Numbers of attention heads per layer; each must divide every width."),
]
Widths = Annotated[
    list[_Whole],
    *Unique,
    Field(description="Sizes of the hidden vectors, or numbers of hidden units."),
]
Steps = Annotated[
    list[Annotated[int, Field(ge=20, le=10_000_000)]],
    *Unique,
    Field(description="Lengths of the training, in steps."),
]
Seeds = Annotated[
    int,
    Field(
        ge=1,
        le=1000,
        description="Number of training runs per size, with seeds from 0. Three indicate whether "
        "runs agree, five or more measure the variation. Time grows in proportion.",
    ),
]
Batch = Annotated[int, Field(ge=1, le=65_536, description="New examples per step.")]
TestItems = Annotated[
    int,
    Field(
        ge=16,
        le=1_000_000,
        description="Number of test examples per measurement; it limits the resolution of a "
        "metric.",
    ),
]
Rate = Annotated[
    float,
    Field(
        gt=0,
        le=1,
        description="Learning rate, constant between a short warm-up and a decay in the last "
        "fifth of the steps.",
    ),
]
Decay = Annotated[float, Field(ge=0, le=10, description="Weight decay (AdamW).")]
Symbols = Annotated[int, Field(ge=2, le=1000, description="Number of different symbols.")]
Length = Annotated[
    int,
    Field(
        ge=8,
        le=4096,
        description="Length of the sequence in symbols; time grows faster than in proportion.",
    ),
]


Shares = Annotated[
    list[Annotated[float, Field(gt=0, lt=1)]],
    *Unique,
    Field(
        description="Shares of all pairs that are used for training; the others are used for "
        "testing."
    ),
]
Modulus = Annotated[
    int, Field(ge=3, le=1000, description="Modulus of the addition, preferably a prime.")
]


class TransformerAbilitySettings(Section):
    """Settings common to all abilities of a transformer."""

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
    """Settings common to all abilities of a transformer with newly generated training examples."""

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
        default=8,
        ge=2,
        le=1000,
        description="Length of the shortest block; lengths are drawn "
        "between `shortest` and `longest`.",
    )
    longest: int = Field(
        default=16,
        ge=2,
        le=1000,
        description="Length of the longest block, at most the number of symbols. If it equals "
        "`shortest`, a single layer can learn the distance.",
    )


class RecallSettings(DrawnAbilitySettings):
    """Associative recall."""

    layers: Layers = Field(default=[1, 2])
    widths: Widths = Field(default=[32])
    steps: Steps = Field(default=[250])
    test_items: TestItems = 500
    learning_rate: Rate = 0.01
    pairs: int = Field(
        default=8, ge=2, le=500, description="Number of key-value pairs, and of queries."
    )


class GradientSettings(DrawnAbilitySettings):
    """One step of gradient descent."""

    layers: Layers = Field(default=[1])
    widths: Widths = Field(default=[16])
    steps: Steps = Field(default=[1000])
    batch_size: Batch = 256
    test_items: TestItems = 4000
    dimensions: int = Field(
        default=5, ge=1, le=100, description="Dimension of the vectors x and w."
    )
    examples: int = Field(
        default=10, ge=1, le=1000, description="Number of pairs (x, y) before the query."
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
    digits: int = Field(default=3, ge=1, le=15, description="Number of digits of each summand.")


class ModularSettings(Section):
    """Grokking of modular addition by a layer of squared units."""

    widths: Widths = Field(default=[192])
    shares: Shares = Field(default=[0.3, 0.4])
    steps: Steps = Field(default=[500])
    seeds: Seeds = 5
    learning_rate: Rate = 0.002
    weight_decay: Decay = 0.0
    modulus: Modulus = 53


class GrokkingSettings(TransformerAbilitySettings):
    """Grokking of modular addition by a transformer."""

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
    dimensions: int = Field(
        default=3, ge=1, le=100, description="Dimension of the vectors x and w."
    )
    examples: int = Field(
        default=10, ge=1, le=1000, description="Number of pairs (x, y) in a sequence."
    )
    noise: float = Field(
        default=0.5,
        gt=0,
        le=100,
        description="Standard deviation of the noise in y; that of w x is about 1.",
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
        description="Numbers of classes. Few classes can be memorised, many cannot.",
    )
    bursts: Annotated[list[Annotated[int, Field(ge=0, le=100)]], *Unique] = Field(
        default=[0, 2],
        description="Numbers of times that the queried class is placed in the context; at most "
        "`pairs`.",
    )
    labels: int = Field(default=16, ge=3, le=1000, description="Number of labels.")
    pairs: int = Field(
        default=8,
        ge=1,
        le=500,
        description="Number of pairs in the context; must be below `labels`.",
    )


class AbilitiesSettings(Section):
    """Abilities with a known theoretical optimum."""

    run: Annotated[
        list[AbilityName],
        Field(min_length=0, json_schema_extra={"uniqueItems": True}),
        AfterValidator(unique),
    ] = Field(
        default=["markov", "heads", "repeat", "recall", "gradient", "addition", "modular"],
        description="Abilities to train; an empty list trains none.",
    )
    measurements: int = Field(
        default=20,
        ge=2,
        le=10_000,
        description="Number of measurements during each training. More locate the step of "
        "emergence more precisely and take more time.",
    )
    final_predictions: int = Field(
        default=10_000,
        ge=100,
        le=10_000_000,
        description="Minimum number of test predictions for the saved checkpoints: start, "
        "emergence and end. It limits the resolution of accuracies.",
    )
    success: float = Field(
        default=0.8,
        gt=0,
        le=1,
        description="Threshold of success: a training run succeeds if its score reaches this "
        "share of the distance from the best predictor without the ability to the optimum.",
    )
    probed_instances: int = Field(
        default=600,
        ge=20,
        le=1_000_000,
        description="Number of test instances per study for probing the layers of its models and "
        "for measuring the value of context.",
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
        description="One layer of linear attention as one step of gradient descent.",
    )
    addition: AdditionSettings = Field(
        default_factory=AdditionSettings,
        description="Addition of decimal numbers, least significant digit first.",
    )
    modular: ModularSettings = Field(
        default_factory=ModularSettings,
        description="Grokking of modular addition by a network with one hidden layer.",
    )
    grokking: GrokkingSettings = Field(
        default_factory=GrokkingSettings,
        description="Grokking of modular addition by a transformer; takes longer.",
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
    """The sizes at which an ability is trained.

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
