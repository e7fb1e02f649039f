"""One layer of linear attention does one step of gradient descent (von Oswald et al. 2023)."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from vitrine.emergence.ability import Anchors, TransformerAbility, vectors
from vitrine.models.transformer import Transformer


@dataclass(frozen=True, kw_only=True)
class Gradient(TransformerAbility):
    """Rows of ``examples`` pairs (x, w x) and a last x alone, whose w x is asked.

    x and w are standard normal in ``dimensions`` d. A step of size r from zero on the mean squared
    error of n examples predicts w x by r/n times the sum of y_i x_i x. With S the mean of x_i x_i'
    its expected squared error is E tr (I - r S)^2 = d - 2 r d + r^2 d (n + d + 1) / n, since
    E tr S = d and E tr S^2 = d (n + d + 1) / n for normal x. It is least, d (d + 1) / (n + d + 1),
    at r = n / (n + d + 1). For x of this isotropic kind no single layer of linear attention does
    better (Ahn et al. 2023, arXiv 2306.00297), so this is the optimum; there are neither MLP nor
    norms.
    """

    dimensions: int
    examples: int

    def anchors(self) -> Anchors:
        d, n = self.dimensions, self.examples
        return Anchors("squared_error", float(d), d * (d + 1) / (n + d + 1), {})

    def build(self) -> Transformer:
        return self.transformer(
            features=self.dimensions + 1, mlp=False, norm=False, linear=True, causal=False
        )

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        x = rng.standard_normal((count, self.examples + 1, self.dimensions), dtype=np.float32)
        w = rng.standard_normal((count, self.dimensions), dtype=np.float32)
        y = np.einsum("nkd,nd->nk", x, w)
        given = y.copy()
        given[:, -1] = 0
        items = np.concatenate([x, given[..., None]], axis=-1)
        return torch.from_numpy(items), torch.from_numpy(y[:, -1].copy())

    def answers(self, model: nn.Module, items: Tensor) -> Tensor:
        """The answers of a model, float [n]."""
        return model(vectors(items))[:, 0]

    def loss(self, model: nn.Module, items: tuple[Tensor, Tensor]) -> Tensor:
        return functional.mse_loss(self.answers(model, items[0]), items[1])

    @torch.no_grad()
    def measure(self, model: nn.Module, items: tuple[Tensor, Tensor]) -> dict[str, float]:
        """Squared errors of the model and of the step, and how far the two answers lie apart.

        ``step_size`` is the size of the step that is nearest to the model's answers.
        """
        x, y = items
        answers, steps = self.answers(model, x).double(), self.descent(x).double()
        errors = (answers - y).square()
        plain = steps * (self.examples + self.dimensions + 1) / self.examples
        return {
            "squared_error": errors.mean().item(),
            "standard_error": errors.std().item() / len(y) ** 0.5,
            "squared_error_of_the_step": (steps - y).square().mean().item(),
            "distance_to_the_step": (answers - steps).square().mean().item(),
            "step_size": ((answers * plain).sum() / plain.square().sum()).item(),
        }

    def descent(self, items: Tensor) -> Tensor:
        """The answers of one step of gradient descent of the best size, float [n]."""
        x, y = items[..., :-1], items[:, :-1, -1]
        size = 1 / (self.examples + self.dimensions + 1)
        return size * torch.einsum("nk,nkd,nd->n", y, x[:, :-1], x[:, -1])
