"""Settings of a study's data: what the stage `prepare` reads.

Light: the configuration imports this.
"""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from vitrine.data.domains.domain import Domain
from vitrine.data.domains.registry import DOMAINS
from vitrine.data.own_data import OwnData
from vitrine.data.sources.registry import SOURCES
from vitrine.section import Section

# Sources for the user's own data; each is also the key of `data` that holds the location.
OWN_SOURCES = ("file", "hub")


def _with_split(kind: str) -> str:
    return ", ".join(source.name for source in SOURCES.values() if kind in source.splits)


_FIXED = ", ".join(
    f"{source.name} {source.players}" for source in SOURCES.values() if source.players
)
_KIND = Field(
    description="How rows are split into training, validation and test. `random` draws rows "
    f"(suits {_with_split('random')}); `given` keeps the test rows of the source "
    f"({_with_split('given')}); `leave_one_out` ({_with_split('leave_one_out')}) holds out the "
    "last items of every history."
)
_VALIDATION_SHARE = Field(
    default=0.15,
    gt=0,
    le=0.5,
    description="Share of the rows held out from training for early stopping and model selection.",
)
_SPLIT_SEED = Field(
    default=0,
    ge=0,
    description="Seed of the random split. Change it to measure how much a result depends on the "
    "split.",
)


class RandomSplit(Section):
    """Validation and test rows are drawn at random."""

    kind: Literal["random"] = _KIND
    validation: float = _VALIDATION_SHARE
    test: float = Field(
        default=0.15,
        gt=0,
        le=0.5,
        description="Share of the rows held out for the reported metrics and explanations. More "
        "test rows give narrower intervals and leave fewer rows for training.",
    )
    seed: int = _SPLIT_SEED


class GivenSplit(Section):
    """The source defines the test rows; it may define the validation rows, else they are drawn."""

    kind: Literal["given"] = _KIND
    validation: float = _VALIDATION_SHARE
    seed: int = _SPLIT_SEED


class LeaveOneOutSplit(Section):
    """The last item of a history is the test target, the one before it the validation target."""

    kind: Literal["leave_one_out"] = _KIND


Split = RandomSplit | GivenSplit | LeaveOneOutSplit
SPLIT_KINDS = ("random", "given", "leave_one_out")


class VocabularySettings(Section):
    """Vocabulary of words or items; all others become one unknown token."""

    minimum_count: int = Field(
        default=2,
        ge=1,
        description="Minimum number of occurrences in the training rows for a word or item to "
        "enter the vocabulary. Raise it if the model memorises rare words.",
    )
    size: int = Field(
        default=8000,
        ge=10,
        description="Maximum vocabulary size; the most frequent words or items are kept. Each "
        "entry needs one vector of the model's width.",
    )


if TYPE_CHECKING:
    SourceName = str
    AnyOwnData = OwnData
else:
    SourceName = Literal[(*SOURCES, *OWN_SOURCES)]
    AnyOwnData = Annotated[
        reduce(or_, (domain.own_data for domain in DOMAINS.values())),
        Field(discriminator="domain"),
    ]


class StudyData(Section):
    """Where the data of a study come from, and how they become instances."""

    source: SourceName = Field(
        description="The dataset. `planted` is generated, with known relevant features. `file` "
        "and `hub` read the data that `data` describes: your own file, or a dataset on the "
        "Hugging Face Hub. Two studies may use the same dataset, for example to compare two "
        "training configurations.",
    )
    data: AnyOwnData | None = Field(
        default=None,
        validate_default=True,
        description="Your own data, for the sources `file` and `hub`. `make new-study NAME=... "
        "FILE=...` inspects a file, or `hub:owner/name`, and proposes this section.",
    )
    split: Annotated[
        Split,
        Field(
            discriminator="kind",
            description="How the rows are split into training, validation and test.",
        ),
    ]
    players: int = Field(
        default=192,
        ge=1,
        le=4096,
        description="Maximum number of features (words, items) per instance. Longer texts keep "
        "their first words, longer histories their most recent items. Time grows at most with "
        "the square of this number. Instances of some sources always have the same number of "
        f"features ({_FIXED}); the maximum must not be smaller.",
    )
    vocabulary: VocabularySettings = Field(
        default_factory=VocabularySettings,
        description="Vocabulary of words or items. Images and tables have none.",
    )

    @field_validator("data")
    @classmethod
    def _data_suit_source(cls, data: OwnData | None, info: ValidationInfo) -> OwnData | None:
        source = info.data.get("source")
        if source in OWN_SOURCES and data is None:
            raise PydanticCustomError(
                "config",
                "Missing; the source `{source}` needs `data: {{domain: ..., {source}: ...}}`",
                {"source": source},
            )
        if source in SOURCES and data is not None:
            raise PydanticCustomError(
                "config",
                "The source {source} has its own data; for yours write `source: file`, or "
                "`source: hub`",
                {"source": source},
            )
        if data is not None and source in OWN_SOURCES and getattr(data, source) is None:
            (other,) = (key for key in OWN_SOURCES if key != source)
            raise PydanticCustomError(
                "config",
                "The source is {source}, but `{other}` is given: write `source: {other}`",
                {"source": source, "other": other, "at": [other]},
            )
        return data

    @field_validator("split", mode="before")
    @classmethod
    def _split_suits_source(cls, split: Any, info: ValidationInfo) -> Any:
        # Runs before the fields of the split, whose keys are unknown to the wrong kind.
        kind = split.get("kind") if isinstance(split, dict) else getattr(split, "kind", None)
        domain = domain_of(info.data)
        if domain is None or kind not in SPLIT_KINDS:
            return split
        source = info.data["source"]
        suited = SOURCES[source].splits if source in SOURCES else domain.splits_of(source)
        if kind not in suited:
            raise unsuited(source, suited, "kind")
        data = info.data.get("data")
        if kind == "given" and source == "file" and data is not None and data.split is None:
            raise PydanticCustomError(
                "config",
                "No column with the split; name it in `data: {{split: ...}}`",
                {"at": ["kind"]},
            )
        return split

    @field_validator("players")
    @classmethod
    def _players_fit(cls, players: int, info: ValidationInfo) -> int:
        source = SOURCES.get(info.data.get("source", ""))
        needed = source.players if source is not None and source.players is not None else 1
        if players < needed:
            raise PydanticCustomError(
                "config",
                "Every instance has {needed} features; set at least {needed}",
                {"needed": needed},
            )
        return players

    @property
    def domain(self) -> str:
        """The name of the domain of its instances, in `DOMAINS`."""
        return self.data.domain if self.data is not None else SOURCES[self.source].domain


def domain_of(checked: dict[str, Any]) -> Domain | None:
    """The domain of a partly checked study, None if it is unknown."""
    data = checked.get("data")
    if data is not None:
        return DOMAINS[data.domain]
    source = SOURCES.get(checked.get("source", ""))
    return DOMAINS[source.domain] if source is not None else None


def unsuited(source: str, allowed: Sequence[str], *at: str) -> PydanticCustomError:
    """The error of a value that does not suit a source."""
    return PydanticCustomError(
        "config",
        "Does not suit the source {source}; allowed: {allowed}",
        {"source": source, "allowed": ", ".join(allowed), "at": at},
    )
