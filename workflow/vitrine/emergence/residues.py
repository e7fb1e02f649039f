"""Abilities that add modulo p, and are tested on the pairs that they have not learned."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from vitrine.emergence.ability import Ability, Anchors

Pairs = tuple[Tensor, Tensor, Tensor]


@dataclass(frozen=True, kw_only=True)
class Residues(Ability):
    """(a + b) mod p from a share of all pairs, in full batches.

    ``error`` names what is lowered.
    """

    modulus: int
    share: float

    error: ClassVar[str]

    @abstractmethod
    def outputs(self, model: nn.Module, a: Tensor, b: Tensor) -> Tensor:
        """Scores of every residue, float [n, modulus], of int64 [n] and int64 [n]."""

    @abstractmethod
    def errors(self, outputs: Tensor, answers: Tensor) -> Tensor:
        """What each answer costs: float [n, modulus] and int64 [n] to float [n]."""

    @abstractmethod
    def fourier_share(self, model: nn.Module) -> float:
        """How periodic in the numbers the model's input weights are, 1 at most."""

    def anchors(self) -> Anchors:
        return Anchors("accuracy", 1 / self.modulus, 1.0, {})

    def split(self, rng: np.random.Generator) -> tuple[Pairs, tuple[Tensor, ...]]:
        """The learned share of all pairs; the test has all of them, and says which are learned.

        Those held out stand first in the test, so that its first items test the ability.
        """
        order = rng.permutation(self.modulus**2)
        learned = round(self.share * len(order))
        known = torch.arange(len(order)).flip(0) < learned
        return self._pairs(order[:learned]), (*self._pairs(order[::-1]), known)

    def draw(self, count: int, rng: np.random.Generator) -> Pairs:
        return self._pairs(rng.integers(0, self.modulus**2, count))

    def loss(self, model: nn.Module, items: Pairs) -> Tensor:
        a, b, answers = items
        return self.errors(self.outputs(model, a, b), answers).mean()

    @torch.no_grad()
    def measure(self, model: nn.Module, items: tuple[Tensor, ...]) -> dict[str, float]:
        """Accuracy and error, on learned pairs and on those held out, and `fourier_share`."""
        a, b, answers, known = items
        outputs = self.outputs(model, a, b)
        right = (outputs.argmax(dim=-1) == answers).double()
        errors = self.errors(outputs, answers).double()
        return {
            "accuracy": right[~known].mean().item(),
            "train_accuracy": right[known].mean().item(),
            self.error: errors[~known].mean().item(),
            f"train_{self.error}": errors[known].mean().item(),
            "fourier_share": self.fourier_share(model),
        }

    def _pairs(self, numbers: np.ndarray) -> Pairs:
        a, b = np.divmod(numbers, self.modulus)
        answers = (a + b) % self.modulus
        return torch.from_numpy(a), torch.from_numpy(b), torch.from_numpy(answers)


def power(weights: Tensor) -> Tensor:
    """Fourier power of weights along the numbers, the constant left out.

    Args:
        weights: float [..., modulus, width].

    Returns:
        float64 [..., modulus // 2, width].
    """
    return torch.fft.rfft(weights.double(), dim=-2).abs().square()[..., 1:, :]
