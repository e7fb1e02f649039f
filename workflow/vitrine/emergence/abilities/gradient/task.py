"""One layer of linear attention does one step of gradient descent (von Oswald et al. 2023)."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from vitrine.emergence.abilities.gradient import GradientSettings
from vitrine.emergence.task import DrawnTask, transformer
from vitrine.evaluation.progress import Anchors
from vitrine.models.transformer import Transformer
from vitrine.models.whole_rows import tokens_of_vectors


class Gradient(DrawnTask[GradientSettings]):
    """Rows of ``examples`` pairs (x, w x) and a last x alone, whose w x is the answer.

    x and w are standard normal in ``dimensions`` d. A step of size r from zero on the mean squared
    error of n examples predicts w x by r/n times the sum of y_i x_i x. With S the mean of x_i x_i'
    its expected squared error is E tr (I - r S)^2 = d - 2 r d + r^2 d (n + d + 1) / n, since
    E tr S = d and E tr S^2 = d (n + d + 1) / n for normal x. It is least, d (d + 1) / (n + d + 1),
    at r = n / (n + d + 1). For x of this isotropic kind no single layer of linear attention does
    better (Ahn et al. 2023, arXiv 2306.00297), so this is the optimum; there are neither MLP nor
    norms.
    """

    def anchors(self) -> Anchors:
        d, n = self.settings.dimensions, self.settings.examples
        optimum = d * (d + 1) / (n + d + 1)
        return Anchors("squared_error", float(d), optimum, {}, predictor="zero")

    def build(self) -> Transformer:
        return transformer(
            self.settings,
            features=self.settings.dimensions + 1,
            mlp=False,
            norm=False,
            linear=True,
            causal=False,
        )

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        shape = (count, self.settings.examples + 1, self.settings.dimensions)
        x = rng.standard_normal(shape, dtype=np.float32)
        w = rng.standard_normal((count, self.settings.dimensions), dtype=np.float32)
        y = np.einsum("nkd,nd->nk", x, w)
        visible = y.copy()
        visible[:, -1] = 0
        items = np.concatenate([x, visible[..., None]], axis=-1)
        return torch.from_numpy(items), torch.from_numpy(y[:, -1].copy())

    def answers(self, model: nn.Module, items: Tensor) -> Tensor:
        """The answers of a model, float [n]."""
        answers: Tensor = model(tokens_of_vectors(items))[:, 0]
        return answers

    def loss(self, model: nn.Module, items: tuple[Tensor, Tensor]) -> Tensor:
        return functional.mse_loss(self.answers(model, items[0]), items[1])

    @torch.no_grad()
    def measure(self, model: nn.Module, items: tuple[Tensor, Tensor]) -> dict[str, float]:
        """Squared errors of the model and of the step, and how far their answers lie apart.

        ``step_size`` is the size of the step whose answers are nearest to the model's.
        """
        x, y = items
        answers, steps = self.answers(model, x).double(), self.descent(x).double()
        errors = (answers - y).square()
        examples, dimensions = self.settings.examples, self.settings.dimensions
        unit_steps = steps * (examples + dimensions + 1) / examples
        return {
            "squared_error": errors.mean().item(),
            "standard_error": errors.std().item() / len(y) ** 0.5,
            "squared_error_of_the_step": (steps - y).square().mean().item(),
            "distance_to_the_step": (answers - steps).square().mean().item(),
            "step_size": ((answers * unit_steps).sum() / unit_steps.square().sum()).item(),
        }

    def descent(self, items: Tensor) -> Tensor:
        """The answers of one step of gradient descent of the best size, float [n]."""
        x, y = items[..., :-1], items[:, :-1, -1]
        size = 1 / (self.settings.examples + self.settings.dimensions + 1)
        return size * torch.einsum("nk,nkd,nd->n", y, x[:, :-1], x[:, -1])


TASK = Gradient
