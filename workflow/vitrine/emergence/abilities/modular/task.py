"""Grokking of addition modulo p by an MLP with quadratic units (Gromov 2023, arXiv 2301.02679)."""

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from vitrine.emergence.abilities.modular import ModularSettings
from vitrine.emergence.residues import ModularAdditionTask, power

# Share of the usual deviation at which input weights start: what a unit learns then outgrows its
# initial weights.
START = 0.25


class Quadratic(nn.Module):
    """Two one-hot numbers, a hidden layer of squares, one output per residue; no biases."""

    def __init__(self, modulus: int, width: int) -> None:
        super().__init__()
        self.inputs = nn.Parameter(torch.randn(2, modulus, width) * START * (2 * modulus) ** -0.5)
        self.outputs = nn.Parameter(torch.randn(width, modulus) * width**-0.5)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        scores: Tensor = (self.inputs[0][a] + self.inputs[1][b]).square() @ self.outputs
        return scores


class Modular(ModularAdditionTask[ModularSettings]):
    """Addition modulo p, trained on the squared error."""

    error: ClassVar[str] = "squared_error"

    def build(self) -> nn.Module:
        return Quadratic(self.settings.modulus, self.settings.width)

    def outputs(self, model: nn.Module, a: Tensor, b: Tensor) -> Tensor:
        scores: Tensor = model(a, b)
        return scores

    def errors(self, outputs: Tensor, answers: Tensor) -> Tensor:
        targets = functional.one_hot(answers, self.settings.modulus)
        return (outputs - targets).square().mean(dim=-1)

    def fourier_share(self, model: nn.Module) -> float:
        assert isinstance(model, Quadratic)
        return unit_share(model.inputs.detach())


def unit_share(weights: Tensor) -> float:
    """How periodic the hidden units are in their inputs (a progress measure, Nanda et al. 2023).

    Args:
        weights: float [numbers to add, modulus, width].

    Returns:
        Share of the power of all units, without the constant, at the strongest frequency of each
        unit and number: near 1 where every unit is a cosine, as in the exact solution.
    """
    powers = power(weights)
    return (powers.max(dim=1).values.sum() / powers.sum()).item()


TASK = Modular
