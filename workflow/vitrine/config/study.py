"""Settings of a study: its data and the training of its models."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from vitrine.config.names import Seed
from vitrine.config.own_data import OwnData
from vitrine.config.split import GivenSplit, LeaveOneOutSplit, RandomSplit
from vitrine.config.training import VocabularySettings
from vitrine.section import Section, Unique
from vitrine.training.settings import TrainingSettings

# Sources for the user's own data; each is also the key of `data` that holds the location.
OWN = ("file", "hub")


DOMAINS = {
    "reviews": "text",
    "digits": "image",
    "movies": "sequence",
    "credit": "table",
    "planted": "text",
}


METRICS = {
    "classification": ("auc", "accuracy", "log_loss"),
    "ranking": ("hit_rate_10", "ndcg_10", "mrr"),
}


SPLITS = {
    "reviews": ("given", "random"),
    "digits": ("random",),
    "movies": ("leave_one_out",),
    "credit": ("random",),
    "planted": ("random",),
}


OWN_SPLITS = {
    "text": ("random", "given"),
    "table": ("random", "given"),
    "image": ("random",),
    "sequence": ("leave_one_out",),
}


FIXED_PLAYERS = {"digits": 16, "credit": 13}


SPLIT_KINDS = frozenset(kind for kinds in SPLITS.values() for kind in kinds)


class StudySettings(Section):
    """A dataset and the training of its models."""

    source: Literal["reviews", "digits", "movies", "credit", "planted", "file", "hub"] = Field(
        description="The dataset. `planted` is generated, with known relevant features. `file` "
        "and `hub` read the data that `data` describes: your own file, or a dataset on the "
        "Hugging Face Hub. Two studies may use the same dataset, for example to compare two "
        "training configurations.",
    )
    data: OwnData | None = Field(
        default=None,
        validate_default=True,
        description="Your own data, for the sources `file` and `hub`. `make new-study NAME=... "
        "FILE=...` inspects a file, or `hub:owner/name`, and proposes this section.",
    )
    split: Annotated[
        RandomSplit | GivenSplit | LeaveOneOutSplit,
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
        "the square of this number. An instance of `digits` always has 16 features (patches) and "
        "one of `credit` 13 (fields); the maximum must not be smaller.",
    )
    vocabulary: VocabularySettings = Field(
        default_factory=VocabularySettings,
        description="Vocabulary of words or items. `digits` and `credit` have none.",
    )
    metric: Literal["auc", "accuracy", "log_loss", "hit_rate_10", "ndcg_10", "mrr"] = Field(
        description="Validation metric for early stopping and for model selection. "
        "Classification: `log_loss` is the least noisy, `auc` suits two imbalanced classes, "
        "`accuracy` is the easiest to interpret. Recommendation: `ndcg_10`, `hit_rate_10` or "
        "`mrr`.",
    )
    training: TrainingSettings = Field(
        default_factory=TrainingSettings,
        description="Training settings for every model of this study.",
    )
    compare_dropping: bool = Field(
        default=True,
        description="Whether to train the first of `scales` a second time without token "
        "dropping, to show how feature removal affects a model that was not trained for it.",
    )
    scales: Annotated[list[str], *Unique] | None = Field(
        default=None,
        description="Models of this study, if they differ from the top-level `scales`.",
    )
    seeds: Annotated[list[Seed], *Unique] | None = Field(
        default=None, description="Seeds of this study, if they differ from the top-level `seeds`."
    )

    @field_validator("data")
    @classmethod
    def _data_suit_source(cls, data: OwnData | None, info: ValidationInfo) -> OwnData | None:
        source = info.data.get("source")
        if source in OWN and data is None:
            raise PydanticCustomError(
                "config",
                "Missing; the source `{source}` needs `data: {{domain: ..., {source}: ...}}`",
                {"source": source},
            )
        if source in DOMAINS and data is not None:
            raise PydanticCustomError(
                "config",
                "The source {source} has its own data; for yours write `source: file`, or "
                "`source: hub`",
                {"source": source},
            )
        if data is not None and source in OWN and getattr(data, source) is None:
            (other,) = (key for key in OWN if key != source)
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
        kind = split.get("kind") if isinstance(split, dict) else None
        domain = _domain(info.data)
        if domain is None or kind not in SPLIT_KINDS:
            return split
        source = info.data["source"]
        suited = SPLITS[source] if source in SPLITS else OWN_SPLITS[domain]
        if source == "hub" and domain == "image":
            suited = (*suited, "given")
        if kind not in suited:
            raise _unsuited(source, suited, "kind")
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
        needed = FIXED_PLAYERS.get(info.data.get("source", ""), 1)
        if players < needed:
            raise PydanticCustomError(
                "config",
                "Every instance has {needed} features; set at least {needed}",
                {"needed": needed},
            )
        return players

    @field_validator("metric")
    @classmethod
    def _metric_suits_source(cls, metric: str, info: ValidationInfo) -> str:
        domain = _domain(info.data)
        if domain is not None:
            suited = METRICS["ranking" if domain == "sequence" else "classification"]
            if metric not in suited:
                raise _unsuited(info.data["source"], suited)
        return metric

    @property
    def domain(self) -> str:
        """Type of the instances: ``text``, ``image``, ``sequence`` or ``table``."""
        return self.data.domain if self.data is not None else DOMAINS[self.source]


def _domain(checked: dict[str, Any]) -> str | None:
    """The domain of a partly checked study, None if it is unknown."""
    data = checked.get("data")
    return data.domain if data is not None else DOMAINS.get(checked.get("source", ""))


def _unsuited(source: str, allowed: Sequence[str], *at: str) -> PydanticCustomError:
    return PydanticCustomError(
        "config",
        "Does not suit the source {source}; allowed: {allowed}",
        {"source": source, "allowed": ", ".join(allowed), "at": at},
    )
