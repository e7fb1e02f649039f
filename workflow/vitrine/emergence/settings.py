"""Settings of abilities: the settings of one size, and the section of the configuration.

Every ability states the settings of one size. The section of the configuration has the same keys,
except that a setting marked as a `Ladder` becomes the list of its values over the sizes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any, Self

from pydantic import Field, ValidationInfo, create_model, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from vitrine.section import Section, Unique


@dataclass(frozen=True)
class Ladder:
    """Marks a setting in which the sizes of an ability differ.

    Such a field states the default list of the configuration as ``json_schema_extra={"sizes":
    [...]}``; it has no default itself, since every size has a value of its own.

    Attributes:
        key: name of the list of its values in the configuration.
    """

    key: str


Layers = Annotated[
    int,
    Field(ge=1, le=10_000, description="Numbers of layers. Some tasks need two layers."),
    Ladder("layers"),
]
Heads = Annotated[
    int,
    Field(
        ge=1,
        le=10_000,
        description="Numbers of attention heads per layer; each must divide every width.",
    ),
    Ladder("heads"),
]
Width = Annotated[
    int,
    Field(ge=1, le=10_000, description="Sizes of the hidden vectors, or numbers of hidden units."),
    Ladder("widths"),
]
Share = Annotated[
    float,
    Field(
        gt=0,
        lt=1,
        description="Shares of all pairs that are used for training; the others are used for "
        "testing.",
    ),
    Ladder("shares"),
]
Steps = Annotated[
    int,
    Field(ge=20, le=10_000_000, description="Lengths of the training, in steps."),
    Ladder("steps"),
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
BatchSize = Annotated[int, Field(ge=1, le=65_536, description="New examples per step.")]
TestItems = Annotated[
    int,
    Field(
        ge=16,
        le=1_000_000,
        description="Number of test examples per measurement; it limits the resolution of a "
        "metric.",
    ),
]
LearningRate = Annotated[
    float,
    Field(
        gt=0,
        le=1,
        description="Learning rate, constant between a short warm-up and a decay in the last "
        "fifth of the steps.",
    ),
]
WeightDecay = Annotated[float, Field(ge=0, le=10, description="Weight decay (AdamW).")]
Symbols = Annotated[int, Field(ge=2, le=1000, description="Number of different symbols.")]
Length = Annotated[
    int,
    Field(
        ge=8,
        le=4096,
        description="Length of the sequence in symbols; time grows faster than in proportion.",
    ),
]
Modulus = Annotated[
    int, Field(ge=3, le=1000, description="Modulus of the addition, preferably a prime.")
]


class AbilitySettings(Section):
    """Base class of the settings of one size of an ability.

    Every ability has ``steps``, ``seeds``, ``learning_rate`` and ``weight_decay``. The subclasses
    state them, since the order of the fields is that of the configuration.
    """

    @classmethod
    def ladders(cls) -> dict[str, str]:
        """The ladders: key of the configuration to setting, in order of the fields, steps last."""
        ladders = {
            ladder.key: name
            for name, field in cls.model_fields.items()
            if (ladder := _ladder(field)) is not None
        }
        return dict(sorted(ladders.items(), key=lambda ladder: ladder[1] == "steps"))

    @classmethod
    def section(cls) -> type[Section]:
        """The section of the configuration: these settings, with the ladders as lists."""
        fields: dict[str, Any] = {}
        for name, field in cls.model_fields.items():
            ladder = _ladder(field)
            if ladder is None:
                fields[name] = (field.annotation, field)
            else:
                fields[ladder.key] = _values_of(field)
        model: type[Section] = create_model(
            cls.__name__, __base__=_LadderSection, __doc__=cls.__doc__, **fields
        )
        return model

    @classmethod
    def sizes(cls, section: Mapping[str, Any]) -> dict[str, Self]:
        """The sizes that the configuration asks for.

        Args:
            section: the ability's section of the configuration, as plain values.

        Returns:
            The settings of each size by its name, such as ``layers2-heads1-width16-steps350``, in
            the order of the ladders, the first of which varies most slowly.
        """
        ladders = cls.ladders()
        others = {key: value for key, value in section.items() if key not in ladders}
        sizes = {}
        for values in product(*(section[key] for key in ladders)):
            rungs = dict(zip(ladders.values(), values, strict=True))
            name = "-".join(f"{setting}{value}" for setting, value in rungs.items())
            sizes[name] = cls.model_validate(rungs | others)
        return sizes

    def plain(self) -> dict[str, Any]:
        """The settings as plain values, the ladders first, as `model_validate` reads them."""
        values = self.model_dump()
        return {setting: values[setting] for setting in self.ladders().values()} | values


class TransformerSettings(AbilitySettings):
    """Settings common to all abilities of a transformer."""

    layers: Layers
    heads: Heads = Field(json_schema_extra={"sizes": [1]})
    width: Width
    steps: Steps
    seeds: Seeds = 5
    learning_rate: LearningRate = 0.003
    weight_decay: WeightDecay = 0.0


class DrawnSettings(TransformerSettings):
    """Settings common to all abilities of a transformer with newly generated training examples."""

    batch_size: BatchSize = 32
    test_items: TestItems


class _LadderSection(Section):
    """Base class of the sections of abilities."""

    @field_validator("widths", check_fields=False)
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


def _ladder(field: FieldInfo) -> Ladder | None:
    return next((mark for mark in field.metadata if isinstance(mark, Ladder)), None)


def _values_of(field: FieldInfo) -> tuple[Any, FieldInfo]:
    """The field of the configuration with the list of values of a ladder."""
    bounds = [constraint for constraint in field.metadata if not isinstance(constraint, Ladder)]
    value: Any = Annotated[(field.annotation, *bounds)]
    values: Any = Annotated[(list[value], *Unique)]
    return values, Field(default=_default_sizes(field), description=field.description)


def _default_sizes(field: FieldInfo) -> Any:
    """The default list of a ladder; without one the key is required."""
    extra = field.json_schema_extra
    return extra["sizes"] if isinstance(extra, dict) else ...
