"""The contract of a domain: what the rest of the library asks about one kind of data.

Light: the configuration and the Snakefile import this.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import pandas as pd

    from vitrine.data.encoding import Encoding, Players
    from vitrine.data.examples import Examples
    from vitrine.data.own_data import OwnData
    from vitrine.data.settings import StudyData

SELECTION_METRICS: dict[str, tuple[str, ...]] = {
    "classification": ("auc", "average_precision", "accuracy", "log_loss"),
    "ranking": ("hit_rate_10", "ndcg_10", "mrr"),
}
"""By task, the metrics that may stop a training and choose a scale."""


@dataclass(frozen=True)
class Neighbourhood:
    """How LIME draws and weighs coalitions in a domain.

    Attributes:
        draw: "size" removes a uniformly drawn number of players (1..n), as LIME does for text;
            "coin" keeps each player with probability ``keep``.
        distance: from the whole instance: "cosine" (times ``scale``) or "euclidean".
        scale: factor of the cosine distance.
        width: kernel width; for "euclidean" it is multiplied by the square root of the players.
        keep: one half for images; a quarter for fields, which is the share of training rows in
            the instance's own quartile bin.
    """

    draw: Literal["size", "coin"]
    distance: Literal["cosine", "euclidean"]
    scale: float
    width: float
    keep: float = 0.5

    def wider(self, factor: float) -> Neighbourhood:
        """The same with another kernel width."""
        return replace(self, width=factor * self.width)


@dataclass(frozen=True)
class TrainingRecipe:
    """The training of a small model, which `new-study` fits to the size of the data.

    Attributes:
        steps: optimisation steps, as far as the epochs allow.
        epochs: their least and their most.
        batch_size: for data of a few thousand rows.
        settings: further `vitrine.training.settings.TrainingSettings`, by name.
    """

    steps: int = 2000
    epochs: tuple[int, int] = (4, 150)
    batch_size: int = 64
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Domain(ABC):
    """A kind of data, and how its instances become players.

    Two parts stand elsewhere, so that only the stages that need them depend on them: the module
    ``reading`` of the domain's package reads a user's data (`vitrine.data.readers.own`), and the
    module of the domain's name in `vitrine.evaluation.baselines` has the classical baselines.
    """

    name: str
    """As in the configuration, ``encoding.json`` and ``datasheet.json``."""
    order: int
    """Place in lists."""
    task: Literal["classification", "ranking"]
    own_data: type[OwnData]
    """The section ``data`` of studies whose data are the user's."""
    neighbourhood: Neighbourhood
    """Of the method LIME."""
    panel: Literal["words", "patches", "fields", "history"]
    """How pages draw an instance."""
    pipeline_tag: str
    """The task of a model card as the Hugging Face Hub calls it."""
    splits: tuple[str, ...]
    """Kinds of split that suit a user's file."""
    hub_splits: tuple[str, ...] = ()
    """Further kinds of split that suit a dataset on the Hub, which has splits of its own."""
    removals: tuple[str, ...] = ("absent", "mask")
    """Kinds of feature removal; ``background`` needs training rows with the same fields."""
    has_vocabulary: bool = False
    """Whether players are entries of a vocabulary that is ranked by frequency."""
    fixed_players: bool = False
    """Whether all instances have the same number of players, known when the data are read."""
    training: TrainingRecipe = TrainingRecipe()
    """What `new-study` proposes."""
    pretrained: Literal["pieces", "patches"] | None = None
    """What pretrained encoders read of an instance: word pieces, image patches, or nothing."""
    language_models: bool = False
    """Whether language models can read its instances."""

    @property
    def selection_metrics(self) -> tuple[str, ...]:
        """The metrics that may stop a training and choose a scale."""
        return SELECTION_METRICS[self.task]

    def splits_of(self, source: str) -> tuple[str, ...]:
        """Kinds of split that suit a user's data from the source ``file`` or ``hub``."""
        return self.splits + (self.hub_splits if source == "hub" else ())

    def duplicate_keys(self, table: pd.DataFrame) -> Iterator[str] | None:  # noqa: ARG002
        """Keys of the rows, of which equal ones mean the same instance; None if rows may repeat."""
        return None

    @abstractmethod
    def fit(
        self, study: str, train: pd.DataFrame, classes: list[str], settings: StudyData
    ) -> Encoding:
        """Fit the encoding on the training table.

        Args:
            study: its name.
            train: the training split.
            classes: class names in the order of the class indices; empty for ranking.
            settings: of the study's data.
        """

    @abstractmethod
    def encode(self, frame: pd.DataFrame, encoding: Encoding) -> Players:
        """The players of the rows of a table."""

    @abstractmethod
    def names(self, frame: pd.DataFrame, encoding: Encoding, folder: Path) -> list[list[str]]:
        """Readable names of each row's players; ``folder`` holds the study's data."""

    def unknown_ids(self, examples: Examples, encoding: Encoding) -> np.ndarray:  # noqa: ARG002
        """The id that replaces each player when it is masked, int64 [total]; 0 by default."""
        import numpy as np

        return np.zeros_like(examples.ids)

    @abstractmethod
    def small_change(
        self, examples: Examples, encoding: Encoding, size: float, rng: np.random.Generator
    ) -> tuple[Examples, list[np.ndarray]]:
        """Instances with a small change each, which should not change an explanation much.

        Args:
            examples: n instances.
            encoding: of the study.
            size: how large the change is, where it has a size.
            rng: the random stream.

        Returns:
            The changed instances, and for each the players that remain, int64, by their places in
            the given instance.
        """

    def columns_read(self, columns: Sequence[str]) -> list[str]:
        """Which columns of a prepared table a model reads: all but instance and label."""
        return [name for name in columns if name not in ("instance", "label")]
