"""What all abilities have in common: a model, batches, a loss, measurements and anchors."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vitrine.models.packing import Tokens
from vitrine.models.transformer import Architecture, Transformer


@dataclass(frozen=True)
class Anchors:
    """Between which values of a metric an ability emerges.

    Attributes:
        metric: name of the measurement.
        reference: its value for the best answer without the ability.
        optimum: the best value that is possible.
        lines: further values that theory knows, by what reaches them.
    """

    metric: str
    reference: float
    optimum: float
    lines: dict[str, float]

    def progress(self, value: float | np.ndarray) -> float | np.ndarray:
        """How far a value has come: 0 at the reference, 1 at the optimum."""
        return (self.reference - value) / (self.reference - self.optimum)


@dataclass(frozen=True, kw_only=True)
class Ability(ABC):
    """A task of one size; the fields are its settings, which the configuration explains."""

    steps: int
    learning_rate: float
    weight_decay: float
    batch_size: int = 1
    test_items: int = 1

    @abstractmethod
    def anchors(self) -> Anchors:
        """Where the ability begins and where theory says it ends."""

    @abstractmethod
    def build(self) -> nn.Module:
        """A model with random weights from torch's generator."""

    @abstractmethod
    def draw(self, count: int, rng: np.random.Generator) -> Any:
        """Draw ``count`` fresh items: a tuple of tensors with ``count`` rows each."""

    @abstractmethod
    def loss(self, model: nn.Module, items: Any) -> Tensor:
        """The mean loss on items, to be lowered."""

    @abstractmethod
    def measure(self, model: nn.Module, items: Any) -> dict[str, float]:
        """Measurements of a model on test items, by name."""

    @property
    def predictions(self) -> int:
        """How many predictions of an item its metric counts."""
        return 1

    def split(self, rng: np.random.Generator) -> tuple[Any, Any] | None:  # noqa: ARG002
        """A fixed training set and its test items; None where every batch is drawn afresh."""
        return None

    def test(self, count: int, rng: np.random.Generator) -> Any:
        """Draw items that no training has seen."""
        return self.draw(count, rng)


@dataclass(frozen=True, kw_only=True)
class TransformerAbility(Ability):
    """An ability of the one transformer, which reads tokens from left to right."""

    layers: int
    heads: int
    width: int

    def transformer(self, **shape: Any) -> Transformer:
        """The transformer of this size; ``shape`` states what differs from a plain causal one."""
        plain: dict[str, Any] = {
            "layers": self.layers,
            "heads": self.heads,
            "width": self.width,
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


def words(ids: Tensor) -> Tokens:
    """Tokens of whole rows of ids, int64 [n, length]."""
    count, length = ids.shape
    places = torch.arange(length).expand(count, -1)
    return Tokens(ids, torch.zeros(count, length, 0), places, None)


def vectors(features: Tensor) -> Tokens:
    """Tokens of whole rows of vectors, float [n, length, k]."""
    count, length, _ = features.shape
    places = torch.arange(length).expand(count, -1)
    return Tokens(torch.zeros(count, length, dtype=torch.int64), features, places, None)
