"""Grokking of addition modulo p by an MLP with quadratic units (Gromov 2023, arXiv 2301.02679)."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from vitrine.emergence.ability import Ability, Anchors

Pairs = tuple[Tensor, Tensor, Tensor]


class Quadratic(nn.Module):
    """Two one-hot numbers, a hidden layer of squares, one output per residue; no biases."""

    def __init__(self, modulus: int, width: int) -> None:
        super().__init__()
        self.inputs = nn.Parameter(torch.randn(2, modulus, width) * (2 * modulus) ** -0.5)
        self.outputs = nn.Parameter(torch.randn(width, modulus) * width**-0.5)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return (self.inputs[0][a] + self.inputs[1][b]).square() @ self.outputs


@dataclass(frozen=True, kw_only=True)
class Modular(Ability):
    """(a + b) mod p from a share of all pairs, in full batches, by the squared error."""

    modulus: int
    share: float
    width: int

    def anchors(self) -> Anchors:
        return Anchors("accuracy", 1 / self.modulus, 1.0, {})

    def build(self) -> nn.Module:
        return Quadratic(self.modulus, self.width)

    def split(self, rng: np.random.Generator) -> tuple[Pairs, tuple[Tensor, ...]]:
        """The learned share of all pairs; the test has all of them, and says which are learned."""
        order = rng.permutation(self.modulus**2)
        learned = round(self.share * len(order))
        known = torch.arange(len(order)) < learned
        return self._pairs(order[:learned]), (*self._pairs(order), known)

    def draw(self, count: int, rng: np.random.Generator) -> Pairs:
        return self._pairs(rng.integers(0, self.modulus**2, count))

    def loss(self, model: nn.Module, items: Pairs) -> Tensor:
        a, b, answers = items
        truth = functional.one_hot(answers, self.modulus).float()
        return functional.mse_loss(model(a, b), truth)

    @torch.no_grad()
    def measure(self, model: nn.Module, items: tuple[Tensor, ...]) -> dict[str, float]:
        """Accuracy, loss and `fourier_share`, on learned pairs and on those held out."""
        assert isinstance(model, Quadratic)
        a, b, answers, known = items
        outputs = model(a, b)
        right = (outputs.argmax(dim=-1) == answers).double()
        truth = functional.one_hot(answers, self.modulus).float()
        errors = (outputs - truth).square().mean(dim=-1).double()
        return {
            "accuracy": right[~known].mean().item(),
            "train_accuracy": right[known].mean().item(),
            "squared_error": errors[~known].mean().item(),
            "train_squared_error": errors[known].mean().item(),
            "fourier_share": fourier_share(model.inputs.detach()),
        }

    def _pairs(self, numbers: np.ndarray) -> Pairs:
        a, b = np.divmod(numbers, self.modulus)
        answers = (a + b) % self.modulus
        return torch.from_numpy(a), torch.from_numpy(b), torch.from_numpy(answers)


def fourier_share(weights: Tensor) -> float:
    """How periodic the hidden units are in their inputs (a progress measure, Nanda et al. 2023).

    Args:
        weights: float [numbers to add, modulus, width].

    Returns:
        Mean over units of the share of power, the constant left out, at the strongest frequency:
        near 1 where every unit is a cosine, as in the exact solution.
    """
    power = torch.fft.rfft(weights.double(), dim=1).abs().square()[:, 1:].sum(dim=0)
    return (power.max(dim=0).values / power.sum(dim=0)).mean().item()
