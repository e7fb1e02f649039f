"""What all tasks have in common: a model, batches, a loss, measurements and anchors."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from vitrine.emergence.settings import TransformerSettings
from vitrine.evaluation.progress import Anchors
from vitrine.models.transformer import Architecture, Transformer
from vitrine.seeds import derive

# Batches drawn in one call: drawing many is faster.
BATCHES_PER_DRAW = 25

Items = tuple[Tensor, ...]


class TaskSettings(Protocol):
    """What the training reads of the settings of an ability."""

    steps: int
    learning_rate: float
    weight_decay: float


class DrawnTaskSettings(TaskSettings, Protocol):
    """What the training reads where every batch is drawn afresh."""

    batch_size: int
    test_items: int


S = TypeVar("S", bound=TaskSettings)
D = TypeVar("D", bound=DrawnTaskSettings)


class Task(ABC, Generic[S]):
    """What a model of one size learns, and how it is measured.

    Args:
        settings: of this size.
    """

    def __init__(self, settings: S) -> None:
        self.settings = settings

    @abstractmethod
    def anchors(self) -> Anchors:
        """Where the ability begins and where theory says it ends."""

    @abstractmethod
    def build(self) -> nn.Module:
        """A model with random weights from torch's generator."""

    @abstractmethod
    def batches(self, seed: int) -> Iterator[Items]:
        """Training batches without end: tuples of tensors with one row per item."""

    @abstractmethod
    def test_set(self, seed: int) -> Items:
        """The test items of all measurements of a training."""

    @abstractmethod
    def final_test_set(self, seed: int, predictions: int) -> Items:
        """Test items with at least so many predictions, where there are as many."""

    @abstractmethod
    def loss(self, model: nn.Module, items: Any) -> Tensor:
        """The mean loss on items, to be lowered."""

    @abstractmethod
    def measure(self, model: nn.Module, items: Any) -> dict[str, float]:
        """Measurements of a model on test items, by name."""

    def item_losses(self, model: nn.Module, items: Any) -> dict[str, np.ndarray]:  # noqa: ARG002
        """Losses of every test item by metric, float [items] each and 0 at best.

        The first is the negative log-likelihood, or its distance to the optimum. A task that does
        not predict symbols has none.
        """
        return {}


class DrawnTask(Task[D]):
    """A task whose batches are drawn afresh. The test items are the same for all seeds."""

    @abstractmethod
    def draw(self, count: int, rng: np.random.Generator) -> Items:
        """Draw ``count`` new items: a tuple of tensors with ``count`` rows each."""

    def test(self, count: int, rng: np.random.Generator) -> Items:
        """Draw items that no training has seen."""
        return self.draw(count, rng)

    @property
    def predictions(self) -> int:
        """Number of predictions per item that the metric counts."""
        return 1

    def batches(self, seed: int) -> Iterator[Items]:
        rng = np.random.default_rng(derive(seed, "batches"))
        size = self.settings.batch_size
        while True:
            drawn = self.draw(BATCHES_PER_DRAW * size, rng)
            yield from zip(*(torch.split(tensor, size) for tensor in drawn), strict=True)

    def test_set(self, seed: int) -> Items:  # noqa: ARG002
        return self.test(self.settings.test_items, np.random.default_rng(derive(0, "test")))

    def final_test_set(self, seed: int, predictions: int) -> Items:  # noqa: ARG002
        count = math.ceil(predictions / self.predictions)
        return self.test(count, np.random.default_rng(derive(0, "final test")))


def transformer(settings: TransformerSettings, **shape: Any) -> Transformer:
    """The transformer of a size; ``shape`` states what differs from a plain causal one."""
    plain: dict[str, Any] = {
        "layers": settings.layers,
        "heads": settings.heads,
        "width": settings.width,
        "vocabulary": 1,
        "features": 0,
        "feature_groups": 1,
        "positions": 0,
        "relative": 0,
        "outputs": 1,
        "causal": True,
        "readout": "last",
        "dropout": 0.0,
    }
    return Transformer(Architecture(**(plain | shape)))
