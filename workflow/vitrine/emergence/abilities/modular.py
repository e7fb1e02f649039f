"""Grokking of addition modulo p by an MLP with quadratic units (Gromov 2023, arXiv 2301.02679)."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from vitrine.emergence.residues import Residues, power

# Input weights start at so much of the usual deviation: what a unit learns then outgrows what it
# began with.
START = 0.25


class Quadratic(nn.Module):
    """Two one-hot numbers, a hidden layer of squares, one output per residue; no biases."""

    def __init__(self, modulus: int, width: int) -> None:
        super().__init__()
        self.inputs = nn.Parameter(torch.randn(2, modulus, width) * START * (2 * modulus) ** -0.5)
        self.outputs = nn.Parameter(torch.randn(width, modulus) * width**-0.5)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return (self.inputs[0][a] + self.inputs[1][b]).square() @ self.outputs


@dataclass(frozen=True, kw_only=True)
class Modular(Residues):
    """Addition modulo p by the squared error."""

    width: int

    error: ClassVar[str] = "squared_error"

    def build(self) -> nn.Module:
        return Quadratic(self.modulus, self.width)

    def outputs(self, model: nn.Module, a: Tensor, b: Tensor) -> Tensor:
        return model(a, b)

    def errors(self, outputs: Tensor, answers: Tensor) -> Tensor:
        return (outputs - functional.one_hot(answers, self.modulus)).square().mean(dim=-1)

    def fourier_share(self, model: nn.Module) -> float:
        assert isinstance(model, Quadratic)
        return unit_share(model.inputs.detach())


def unit_share(weights: Tensor) -> float:
    """How periodic the hidden units are in their inputs (a progress measure, Nanda et al. 2023).

    Args:
        weights: float [numbers to add, modulus, width].

    Returns:
        Share of the power of all units, the constant left out, at the frequency that is strongest
        for each unit and number: near 1 where every unit is a cosine, as in the exact solution.
    """
    found = power(weights)
    return (found.max(dim=1).values.sum() / found.sum()).item()
