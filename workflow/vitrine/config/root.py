"""The configuration: the one place that says which keys exist, their defaults and what is allowed.

``load`` is what the Snakefile calls. ``python -m vitrine.config.root FILE...`` checks files without
running anything, merged as Snakemake merges several ``--configfile``.
"""

import copy
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from vitrine.config.abilities import Abilities
from vitrine.config.errors import ConfigError, Problem, Sources, choice, explain, read
from vitrine.config.families import Family
from vitrine.config.own_data import OwnData
from vitrine.config.pretrained import DOMAINS as PRETRAINED_DOMAINS
from vitrine.config.pretrained import Pretrained, missing
from vitrine.config.section import Section, Unique, heads_divide

Method = Literal[
    "shap", "lime", "occlusion", "gradient", "integrated_gradients", "rollout", "random"
]
METHODS: tuple[str, ...] = get_args(Method)
STAGES = (
    "prepare",
    "baseline",
    "train",
    "evaluate",
    "select",
    "permuted",
    "whole",
    "attention",
    "explain",
    "interactions",
    "validate",
    "robustness",
    "ability",
    "emergence",
    "depth",
    "language",
    "family",
    "page",
    "report",
)
# Names of targets (`snakemake lime`) and of folders beside the studies and scales.
RESERVED = frozenset(
    {*STAGES, *METHODS, "all", "abilities", "families", "data", "records", "track"}
)

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


def _free(name: str) -> str:
    if name in RESERVED:
        raise PydanticCustomError(
            "config", "A stage, method or folder has this name; choose another"
        )
    return name


# Names become folders, wildcards and targets.
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$"), AfterValidator(_free)]
Seed = Annotated[int, Field(ge=0)]


class Architecture(Section):
    """The size of a transformer."""

    layers: int = Field(
        ge=1,
        le=48,
        description="Transformer blocks. More depth lets the model combine players in more steps; "
        "time and memory grow in proportion.",
    )
    heads: int = Field(
        ge=1,
        le=64,
        description="Attention heads per block; must divide `width`. 8 to 32 dimensions per head "
        "suit small models.",
    )
    width: int = Field(
        ge=8,
        le=8192,
        description="Size of the vector that represents a player. Parameters grow with its "
        "square, so change this first when a model fits too little or too much.",
    )

    _heads_divide = field_validator("width")(heads_divide)

    processes: int = Field(
        default=1,
        ge=1,
        le=64,
        description="How many processes train one model together, each on its share of every "
        "batch: one per graphics card (`torchrun`, distributed data parallel), or one per core "
        "without. For models that take hours.",
    )


_KIND = Field(
    description="How rows become training, validation and test. `random` suits digits, credit, "
    "planted and reviews; `given` keeps the test rows of the reviews' source; `leave_one_out` "
    "(movies) hides the last films of every history."
)
_VALIDATION_SHARE = Field(
    default=0.15,
    gt=0,
    le=0.5,
    description="Share of the rows that is kept from training to stop it and to choose the scale.",
)
_SPLIT_SEED = Field(
    default=0,
    ge=0,
    description="Which rows fall into which part. Another value tells how much a result owes to "
    "one lucky split.",
)


class RandomSplit(Section):
    """Validation and test rows are drawn at random."""

    kind: Literal["random"] = _KIND
    validation: float = _VALIDATION_SHARE
    test: float = Field(
        default=0.15,
        gt=0,
        le=0.5,
        description="Share of the rows that only the final figures and explanations see. More "
        "rows give narrower intervals and leave less to learn from.",
    )
    seed: int = _SPLIT_SEED


class GivenSplit(Section):
    """The test rows are those of the source; so are the validation rows, or they are drawn."""

    kind: Literal["given"] = _KIND
    validation: float = _VALIDATION_SHARE
    seed: int = _SPLIT_SEED


class LeaveOneOutSplit(Section):
    """The last film of a history is the test target, the last but one that of validation."""

    kind: Literal["leave_one_out"] = _KIND


class Vocabulary(Section):
    """What a model of words or films knows; the rest is one unknown token."""

    minimum_count: int = Field(
        default=2,
        ge=1,
        description="How often a word or film must occur in the training rows to be known. Raise "
        "it when rare words are learnt by heart.",
    )
    size: int = Field(
        default=8000,
        ge=10,
        description="The most words or films that are known, the most frequent first. Each costs "
        "one vector of the model's width.",
    )


class Training(Section):
    """How a model of any scale learns."""

    epochs: int = Field(
        default=30,
        ge=1,
        le=100_000,
        description="The most passes over the training rows. Choose it generously: `patience` "
        "ends the training, and the learning rate falls to zero by the last epoch.",
    )
    batch_size: int = Field(
        default=64,
        ge=1,
        le=65_536,
        description="Instances per step. Larger batches run faster and learn less per epoch; "
        "raise `learning_rate` with it.",
    )
    learning_rate: float = Field(
        default=0.001,
        gt=0,
        le=1,
        description="Peak of the schedule (warm-up, then cosine). The first value to tune: lower "
        "it threefold when the loss jumps, raise it threefold when it creeps.",
    )
    weight_decay: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="Pull of the weights towards zero (AdamW). Raise it when the training loss "
        "falls and the validation loss rises.",
    )
    warmup: float = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="Share of the steps in which the learning rate rises from zero. More steadies "
        "deep or wide models.",
    )
    dropout: float = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="Share of activations set to zero while training. Up to 0.5 for few rows, 0 "
        "for many.",
    )
    label_smoothing: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Probability that the target gives to the other classes. 0.1 makes an "
        "overconfident model more moderate.",
    )
    token_dropping: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Share of the training instances that lose a random part of their players. "
        "Explanations take players away, and only a model that has met this answers sensibly; at "
        "0 they measure how it fails on inputs it never saw.",
    )
    gradient_clip: float = Field(
        default=1.0,
        gt=0,
        description="The longest gradient (Euclidean norm) that is applied whole; longer ones are "
        "shortened to it.",
    )
    weight_averaging: float = Field(
        default=0.99,
        ge=0,
        lt=1,
        description="Decay per step of the running average of the weights, which is what is kept. "
        "0.995 averages some 200 steps; more steps than an epoch or two lag behind, and 0 keeps "
        "the last step's weights.",
    )
    start: Literal["random", "neighbours", "documents"] = Field(
        default="random",
        description="Where the vectors of words or films start: `random`, or close to those that "
        "stand nearby (`neighbours`) or in the same training instances (`documents`). Large "
        "vocabularies with few instances gain much.",
    )
    patience: int = Field(
        default=5,
        ge=1,
        description="Epochs without a better validation metric before training stops. Raise it "
        "when the metric is noisy, as on few validation rows.",
    )
    mixed_precision: bool = Field(
        default=True,
        description="Whether models of width 256 and more train in bfloat16 on graphics cards that "
        "know it; weights, loss and explanations stay in single precision. No effect on a CPU.",
    )


class Study(Section):
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
    vocabulary: Vocabulary = Field(
        default_factory=Vocabulary,
        description="Which words or films the model knows. Digits and loans have none.",
    )
    metric: Literal["auc", "accuracy", "log_loss", "hit_rate_10", "ndcg_10", "mrr"] = Field(
        description="The validation metric that stops training and chooses the scale. Classes: "
        "`log_loss` is the least noisy, `auc` suits two unequal classes, `accuracy` is the easiest "
        "to tell. Films: `ndcg_10`, `hit_rate_10` or `mrr`.",
    )
    training: Training = Field(
        default_factory=Training, description="How every scale of this study learns."
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


class Shap(Section):
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


class Lime(Section):
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


class Choice(Section):
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


class IntegratedGradients(Section):
    """Gradients added up along a path."""

    steps: int = Field(
        default=32,
        ge=2,
        le=1000,
        description="Points on the path, each a forward and a backward pass. Double it when the "
        "completeness gap among the diagnostics is not small.",
    )


class Explanation(Section):
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
    choice: Choice = Field(
        default_factory=Choice, description="What is tried on the validation rows."
    )
    shap: Shap = Field(default_factory=Shap, description="Options of the method `shap`.")
    lime: Lime = Field(default_factory=Lime, description="Options of the method `lime`.")
    integrated_gradients: IntegratedGradients = Field(
        default_factory=IntegratedGradients,
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


class Removal(Section):
    """Whether the model knows inputs from which players have gone."""

    instances: int = Field(
        default=256,
        ge=1,
        le=1_000_000,
        description="Random instances of validation and as many of test from which random players "
        "are removed.",
    )
    shares: Annotated[list[Annotated[float, Field(ge=0, le=1)]], *Unique] = Field(
        default=[0.0, 0.2, 0.4, 0.6, 0.8, 1.0],
        description="Shares of the players that are removed. Accuracy and confidence at each show "
        "whether the model stays calibrated.",
    )


class Robustness(Section):
    """Whether explanations stay as they were."""

    instances: int = Field(
        default=4,
        ge=1,
        le=1_000_000,
        description="Test instances, of those explained, that are explained again for the checks "
        "of robustness and sanity, spread evenly from short to long. They take most of the time of "
        "validation, which grows in proportion; four show a failure, thirty give narrow intervals.",
    )
    seeds: int = Field(
        default=1,
        ge=0,
        le=100,
        description="Further random seeds of `shap` and `lime`. One shows whether they are stable, "
        "five measure it.",
    )
    draws: int = Field(
        default=1,
        ge=0,
        le=100,
        description="Small changes of each instance: a word or film dropped, pixels with noise, a "
        "field moved. Max-sensitivity is the largest effect of them.",
    )
    change: float = Field(
        default=0.1,
        gt=0,
        le=1,
        description="Size of these changes: deviation of the pixels' noise, as a share of the "
        "deviation of the training pixels, or of a field's move, as a share of the training rows "
        "that it passes. Texts and histories lose one player whatever it is.",
    )


class Labels(Section):
    """A model that learns permuted labels by heart."""

    instances: int = Field(
        default=64,
        ge=2,
        description="Training instances whose labels, or films, change places. The fewer, the "
        "sooner the model knows them; the report states how many it does.",
    )
    epochs: int = Field(
        default=30,
        ge=1,
        le=100_000,
        description="The most passes over them. Classifiers stop soon after they know all.",
    )


class Sanity(Section):
    """Whether explanations depend on what the model has learned."""

    evaluations: int = Field(
        default=128,
        ge=16,
        description="Model calls per instance of `shap` and `lime` while parameters are random, "
        "and for the trained model that they are compared with; `integrated_gradients` takes a "
        "point on its path for every 16. Fewer let noise pass for a dependence on the model.",
    )
    bound: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="A method passes when the median over instances of Spearman's correlation "
        "between its absolute values for the trained model and for one with random parameters, "
        "or one that learned permuted labels, lies below this. Set it before the run.",
    )
    labels: Labels = Field(
        default_factory=Labels,
        description="The model that learns permuted labels.",
    )


class Validation(Section):
    """How explanations are tested against what the model does."""

    seed: int = Field(default=0, ge=0, description="Seed of everything drawn while validating.")
    fractions: Annotated[list[Annotated[float, Field(gt=0, le=1)]], *Unique] = Field(
        default=[0.01, 0.05, 0.1, 0.2, 0.5],
        description="Shares of the leading players that are removed (comprehensiveness) or kept "
        "(sufficiency) and averaged over. At least one player always goes, so with 16 players the "
        "smallest shares say the same.",
    )
    random_rankings: int = Field(
        default=8,
        ge=1,
        le=1000,
        description="Random rankings per instance whose mean is the floor of the normalised "
        "measures. Eight, spread evenly over the players, are a start; more steady single "
        "instances.",
    )
    ceiling_evaluations: int = Field(
        default=192,
        ge=0,
        description="The most model calls per instance to search the best achievable ranking, once "
        "for comprehensiveness and once for sufficiency. The share of instances whose bound has "
        "settled is reported; 2,100 make it exact for 13 fields, 15,000 for 16 patches.",
    )
    subsets: int = Field(
        default=48,
        ge=2,
        le=100_000,
        description="Random subsets per instance over which faithfulness correlation and "
        "infidelity average. The error falls with the square root.",
    )
    subset_share: float = Field(
        default=0.2,
        gt=0,
        lt=1,
        description="Share of the players in each of these subsets. Small ones test single "
        "attributions, large ones their sums.",
    )
    removal: Removal = Field(
        default_factory=Removal,
        description="Whether the model knows inputs from which players have gone.",
    )
    robustness: Robustness = Field(
        default_factory=Robustness, description="Whether explanations stay as they were."
    )
    sanity: Sanity = Field(
        default_factory=Sanity,
        description="Whether explanations depend on what the model has learned.",
    )


class Statistics(Section):
    """How sure the figures are."""

    bootstrap: int = Field(
        default=1000,
        ge=100,
        le=100_000,
        description="Resamples per interval. 1,000 steady two digits of its ends; publish with "
        "10,000.",
    )
    confidence: float = Field(
        default=0.95,
        gt=0.5,
        lt=1,
        description="Probability that the intervals are made to cover the true value.",
    )


class Report(Section):
    """The pages."""

    language: Literal["en", "zh"] = Field(
        default="en",
        description="Language of the pages: English, or Simplified Chinese.",
    )


class Config(Section):
    """The configuration of Vitrine."""

    studies: Annotated[list[str], *Unique] = Field(
        default=["reviews", "digits", "movies", "credit", "planted"],
        description="Studies to run, by their names in `definitions`. Leave some out for a "
        "shorter run; their existing results stay.",
    )
    scales: Annotated[list[str], *Unique] = Field(
        default=["nano", "micro", "small"],
        description="Models to train in every study, by their names in `architectures` or "
        "`pretrained`. The best one on validation is explained.",
    )
    seeds: Annotated[list[Seed], *Unique] = Field(
        default=[0, 1],
        description="One training per seed. Two show whether a difference is noise, five or more "
        "measure it; time grows in proportion.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto",
        description="What models run on. `auto` takes a graphics card where there is one, one job "
        "per card; `cuda` also asks a cluster for one, and fails without; `cpu` takes none. "
        "Another device changes last digits and reruns nothing.",
    )
    architectures: dict[Name, Architecture] = Field(
        default={
            "nano": Architecture(layers=1, heads=2, width=16),
            "micro": Architecture(layers=2, heads=2, width=32),
            "small": Architecture(layers=2, heads=4, width=64),
        },
        description="The sizes that `scales` may name. Add your own under a new name.",
    )
    pretrained: dict[Name, Pretrained] = Field(
        default={},
        description="Pretrained models that `scales` may name beside these sizes.",
    )
    definitions: dict[Name, Study] = Field(
        description="The studies that `studies` may name. Add your own under a new name.",
    )
    explanation: Explanation = Field(
        default_factory=Explanation, description="Which instances are explained, and how."
    )
    validation: Validation = Field(
        default_factory=Validation,
        description="How explanations are tested against what the model does.",
    )
    abilities: Abilities = Field(
        default_factory=Abilities,
        description="Abilities whose optimum theory knows: how they emerge with size and training.",
    )
    families: dict[Name, Family] = Field(
        default={},
        description="Families of language models: what emerges with their size.",
    )
    statistics: Statistics = Field(
        default_factory=Statistics, description="How sure the reported figures are."
    )
    report: Report = Field(default_factory=Report, description="The pages.")


def check_syntax(*paths: str | Path) -> None:
    """Refuse files that are no YAML mapping, naming the line, which Snakemake does not.

    A missing file is left to Snakemake, which may do without it.

    Raises:
        ConfigError: a file is no valid YAML, empty or no mapping.
    """
    for path in paths:
        if Path(path).exists():
            read(path)


def load(config: dict[str, Any], files: Iterable[str | Path]) -> dict[str, Any]:
    """Check a merged configuration and fill in every default.

    Args:
        config: what Snakemake merged from the files and ``--config``; it is not changed.
        files: the YAML files that it was merged from (``workflow.configfiles``), in any order.

    Returns:
        The whole configuration as plain dicts, lists and scalars.

    Raises:
        ConfigError: lists everything that is wrong in the files and with the values.
    """
    sources = Sources(files)
    given = copy.deepcopy(config)
    checked, problems = _validate(given)
    if sources.convert(given, problems):
        checked, problems = _validate(given)
    problems += [*_unknown_names(given), *_unsuited_removal(given), *sources.duplicates]
    if checked is not None and not problems:
        problems += [
            *_small_budgets(checked),
            *_missing_files(checked),
            *_unsuited_pretrained(checked),
            *_unsuited_families(checked),
        ]
    if checked is None or problems:
        raise ConfigError(sources.render(problems, given))
    return checked.model_dump()


def _validate(given: dict[str, Any]) -> tuple[Config | None, list[Problem]]:
    try:
        return Config.model_validate(given), []
    except ValidationError as error:
        return None, list(explain(error, Config.model_json_schema()))


def _unknown_names(given: dict[str, Any]) -> Iterator[Problem]:
    """Names that are to be run and are not defined, found even when other keys are wrong."""
    known = {
        table: given.get(table, Config.model_fields[table].default)
        for table in ("architectures", "pretrained", "definitions")
    }
    if not all(isinstance(table, dict) for table in known.values()):
        return
    studies = given.get("studies", Config.model_fields["studies"].default)
    yield from _unknown(("studies",), studies, known["definitions"], "`definitions`")
    models = {**known["architectures"], **known["pretrained"]}
    of_all = given.get("scales", Config.model_fields["scales"].default)
    where = "`architectures` or `pretrained`"
    yield from _unknown(("scales",), of_all, models, where)
    for name in studies if isinstance(studies, list) else []:
        study = known["definitions"].get(name) if isinstance(name, str) else None
        if isinstance(study, dict):
            yield from _unknown(("definitions", name, "scales"), study.get("scales"), models, where)
    for name in known["pretrained"]:
        if name in known["architectures"]:
            yield Problem(("pretrained", name), "`architectures` has this name too; choose another")


def _unknown(
    keys: tuple[str, ...], wanted: Any, known: dict[str, Any], where: str
) -> Iterator[Problem]:
    for index, name in enumerate(wanted if isinstance(wanted, list) else []):
        if isinstance(name, str) and name not in known:
            advice = choice(name, [str(key) for key in known])
            yield Problem((*keys, index), f"`{name}` is not in {where}. {advice}")


def _unsuited_pretrained(config: Config) -> Iterator[Problem]:
    """Pretrained models that are to run and are not there, or whose players are not the study's."""
    used: dict[str, None] = {}
    for study in config.studies:
        own = config.definitions[study]
        of_study = own.scales is not None
        for index, scale in enumerate(own.scales or config.scales):
            if scale not in config.pretrained:
                continue
            used[scale] = None
            if own.domain not in PRETRAINED_DOMAINS:
                keys = ("definitions", study, "scales") if of_study else ("scales",)
                yield Problem(
                    (*keys, index),
                    f"Pretrained models know texts and images, and `{study}` is neither "
                    f"({own.domain}). Give that study `scales` of its own.",
                )
    for scale in used:
        advice = missing(config.pretrained[scale].model)
        if advice is not None:
            yield Problem(("pretrained", scale, "model"), advice)


def _unsuited_families(config: Config) -> Iterator[Problem]:
    """Families of an unknown study or one without texts, and models of them that are not there."""
    for name, family in config.families.items():
        study = config.definitions.get(family.study)
        if study is None:
            advice = choice(family.study, list(config.definitions))
            advice = f"`{family.study}` is not in `definitions`. {advice}"
            yield Problem(("families", name, "study"), advice)
        elif study.domain != "text":
            advice = f"Language models read texts, and `{family.study}` has none ({study.domain})."
            yield Problem(("families", name, "study"), advice)
        for key, member in family.models.items():
            lacking = missing(member.model) if member.model is not None else None
            if lacking is not None:
                yield Problem(("families", name, "models", key, "model"), lacking)


def _small_budgets(config: Config) -> Iterator[Problem]:
    """Budgets that the longest instance of a study would exceed in the middle of a run."""
    if "shap" not in config.explanation.methods:
        return
    for name in config.studies:
        study = config.definitions[name]
        if study.source in OWN and study.domain in ("table", "image"):
            # Known when the file is read.
            continue
        players = FIXED_PLAYERS.get(study.source, study.players)
        if config.explanation.shap.evaluations < players + 2:
            advice = f"`{name}` has up to {players} players: allow {players + 2} or more."
            yield Problem(("explanation", "shap", "evaluations"), advice)


def _unsuited_removal(given: dict[str, Any]) -> Iterator[Problem]:
    """Background removal for studies that are no tables, found even when other keys are wrong."""
    explanation = given.get("explanation")
    if not isinstance(explanation, dict) or explanation.get("removal") != "background":
        return
    wanted = given.get("studies", Config.model_fields["studies"].default)
    known = given.get("definitions")
    if not isinstance(wanted, list) or not isinstance(known, dict):
        return
    others = [
        name
        for name in wanted
        if isinstance(name, str) and _domain_given(known.get(name)) not in ("table", None)
    ]
    if others:
        yield Problem(
            ("explanation", "removal"),
            f"Only tables have a background, and these studies are none: {', '.join(others)}. "
            "Use `absent` or `mask`, or run the tables alone with `studies`.",
        )


def _domain_given(study: Any) -> str | None:
    """The domain of a study that is not checked yet."""
    if not isinstance(study, dict):
        return None
    data = study.get("data")
    own = data.get("domain") if isinstance(data, dict) else None
    return own if study.get("source") in OWN else DOMAINS.get(str(study.get("source")))


def _missing_files(config: Config) -> Iterator[Problem]:
    """Files of studies to be run that are not there and cannot be fetched."""
    read = [family.study for family in config.families.values()]
    for name in dict.fromkeys(
        [*config.studies, *(one for one in read if one in config.definitions)]
    ):
        data = config.definitions[name].data
        if data is None or data.file is None or data.url is not None or Path(data.file).exists():
            continue
        folder = Path(data.file).parent
        beside = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        advice = (
            choice(Path(data.file).name, beside).replace("Allowed", f"In {folder} there are")
            if beside
            else f"The folder {folder} is empty or missing."
        )
        advice = f"There is no such file or folder. {advice}"
        yield Problem(("definitions", name, "data", "file"), advice)


def check(files: Sequence[str | Path]) -> dict[str, Any]:
    """Load files that are merged in the given order, as Snakemake does with ``--configfile``.

    Raises:
        ConfigError: as ``load``, and for files that are missing or are not YAML.
    """
    # Only here, since it costs more than everything else in this module.
    from snakemake.utils import update_config

    merged: dict[str, Any] = {}
    for content in Sources(files).contents:
        update_config(merged, content)
    return load(merged, files)


if __name__ == "__main__":
    check(sys.argv[1:])
    print("The configuration is valid.")
