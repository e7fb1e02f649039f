"""A study: its data and how its models learn."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from vitrine.config.names import Seed
from vitrine.config.own_data import OwnData
from vitrine.config.split import GivenSplit, LeaveOneOutSplit, RandomSplit
from vitrine.config.training import TrainingSettings, VocabularySettings
from vitrine.section import Section, Unique

# The sources of studies whose data are the user's, named as the key of `data` that says where.
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
    """A dataset and how its models learn."""

    source: Literal["reviews", "digits", "movies", "credit", "planted", "file", "hub"] = Field(
        description="The dataset; `planted` is generated, with reasons that are known. `file` and "
        "`hub` read what `data` names: a file of yours, or a dataset on the Hugging Face Hub. Two "
        "studies may share one, to compare two ways of training.",
    )
    data: OwnData | None = Field(
        default=None,
        validate_default=True,
        description="Your own data, for the sources `file` and `hub`. `make new-study NAME=... "
        "FILE=...` looks at a file, or at `hub:owner/name`, and proposes this.",
    )
    split: Annotated[
        RandomSplit | GivenSplit | LeaveOneOutSplit,
        Field(discriminator="kind", description="How the rows are divided."),
    ]
    players: int = Field(
        default=192,
        ge=1,
        le=4096,
        description="The most words or films of an instance that the model sees (the first words, "
        "the latest films). Time grows with its square at worst. Digits always have 16 patches and "
        "loans 13 fields, which must fit.",
    )
    vocabulary: VocabularySettings = Field(
        default_factory=VocabularySettings,
        description="Which words or films the model knows. Digits and loans have none.",
    )
    metric: Literal["auc", "accuracy", "log_loss", "hit_rate_10", "ndcg_10", "mrr"] = Field(
        description="The validation metric that stops training and chooses the scale. Classes: "
        "`log_loss` is the least noisy, `auc` suits two unequal classes, `accuracy` is the easiest "
        "to tell. Films: `ndcg_10`, `hit_rate_10` or `mrr`.",
    )
    training: TrainingSettings = Field(
        default_factory=TrainingSettings, description="How every scale of this study learns."
    )
    compare_dropping: bool = Field(
        default=True,
        description="Whether the first of `scales` is trained once more without token dropping, "
        "to show beside the others what removal does to a model that has not met it.",
    )
    scales: Annotated[list[str], *Unique] | None = Field(
        default=None,
        description="Models of this study, where they are not those of `scales` above.",
    )
    seeds: Annotated[list[Seed], *Unique] | None = Field(
        default=None, description="Seeds of this study, where they are not those of `seeds` above."
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
                "The source is {source}, and `{other}` is stated: write `source: {other}`",
                {"source": source, "other": other, "at": [other]},
            )
        return data

    @field_validator("split", mode="before")
    @classmethod
    def _split_suits_source(cls, split: Any, info: ValidationInfo) -> Any:
        # Before the parts of the split, whose keys would be unknown to the wrong kind.
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
                "Nothing says which rows; name the column in `data: {{split: ...}}`",
                {"at": ["kind"]},
            )
        return split

    @field_validator("players")
    @classmethod
    def _players_fit(cls, players: int, info: ValidationInfo) -> int:
        needed = FIXED_PLAYERS.get(info.data.get("source", ""), 1)
        if players < needed:
            raise PydanticCustomError(
                "config", "Every instance has {needed} players; allow as many", {"needed": needed}
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
        """What its instances are: ``text``, ``image``, ``sequence`` or ``table``."""
        return self.data.domain if self.data is not None else DOMAINS[self.source]


def _domain(checked: dict[str, Any]) -> str | None:
    """The domain of a study of which some keys are checked; None if it is not known."""
    data = checked.get("data")
    return data.domain if data is not None else DOMAINS.get(checked.get("source", ""))


def _unsuited(source: str, allowed: Sequence[str], *at: str) -> PydanticCustomError:
    return PydanticCustomError(
        "config",
        "Does not suit the source {source}; allowed: {allowed}",
        {"source": source, "allowed": ", ".join(allowed), "at": at},
    )
