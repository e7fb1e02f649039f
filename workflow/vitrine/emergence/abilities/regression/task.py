"""In-context linear regression (Garg et al. 2022, arXiv 2208.01066)."""

from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from vitrine.emergence.abilities.regression import RegressionSettings
from vitrine.emergence.task import DrawnTask, transformer
from vitrine.evaluation.progress import Anchors
from vitrine.models.transformer import Transformer
from vitrine.models.whole_rows import tokens_of_vectors
from vitrine.seeds import derive


class Regression(DrawnTask[RegressionSettings]):
    """Noisy values y = w x + noise are predicted at every x; each row has its own w.

    w and x are standard normal in ``dimensions``, the noise has the standard deviation ``noise``.
    The Bayes-optimal prediction is then ridge regression with the noise's variance as penalty.
    Ordinary least squares would diverge where there are as many examples as dimensions. A token
    holds x and the x and y before it, so that the model need not match pairs. Errors are measured
    against w x, without the noise.
    """

    def anchors(self) -> Anchors:
        lines = {"three nearest examples": self._theory["neighbours"]}
        zero = float(self.settings.dimensions)
        return Anchors("squared_error", zero, self._theory["ridge"], lines, predictor="zero")

    @cached_property
    def _theory(self) -> dict[str, float]:
        items, noisy, truth = self._rows(4000, np.random.default_rng(derive(0, "theory")))
        x, y = items[:, : self.settings.examples, : self.settings.dimensions], noisy
        _, uncertain = self.bayes(torch.from_numpy(x), torch.from_numpy(y))
        errors = []
        for place in range(self.settings.examples):
            apart = ((x[:, :place] - x[:, place, None]) ** 2).sum(axis=-1)
            near = np.argsort(apart, axis=1)[:, :3]
            guess = np.take_along_axis(y[:, :place], near, axis=1).mean(axis=1) if place else 0.0
            errors.append(float(np.mean((guess - truth[:, place]) ** 2)))
        return {"ridge": uncertain.mean().item(), "neighbours": float(np.mean(errors))}

    def bayes(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """The Bayes-optimal prediction at every position and its expected squared error.

        Given k examples, w is normal with the covariance S = (X'X / noise^2 + I)^-1 and the mean
        S X'y / noise^2; at a new standard normal x the expected error is the trace of S.

        Args:
            x: float64 [n, examples, dimensions].
            y: float64 [n, examples].

        Returns:
            float64 [n, examples] each.
        """
        precision = self.settings.noise**-2
        gram = precision * torch.einsum("nki,nkj->nkij", x, x)
        moments = precision * y[..., None] * x
        # At a position only the examples before it are known.
        gram, moments = gram.cumsum(dim=1) - gram, moments.cumsum(dim=1) - moments
        covariance = torch.linalg.inv(gram + torch.eye(self.settings.dimensions, dtype=x.dtype))
        answers = torch.einsum("nkij,nkj,nki->nk", covariance, moments, x)
        return answers, covariance.diagonal(dim1=-2, dim2=-1).sum(dim=-1)

    def build(self) -> Transformer:
        return transformer(
            self.settings,
            features=2 * self.settings.dimensions + 1,
            positions=self.settings.examples + 1,
        )

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        items, y, truth = self._rows(count, rng)
        return (
            torch.from_numpy(items[:, : self.settings.examples].astype(np.float32)),
            torch.from_numpy(y.astype(np.float32)),
            torch.from_numpy(truth.astype(np.float32)),
        )

    def _rows(
        self, count: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Tokens, [count, examples + 1, 2 d + 1], and y and w x, [count, examples]."""
        examples, dimensions = self.settings.examples, self.settings.dimensions
        x = rng.standard_normal((count, examples + 1, dimensions))
        w = rng.standard_normal((count, dimensions))
        truth = np.einsum("nkd,nd->nk", x, w)
        y = truth + self.settings.noise * rng.standard_normal(truth.shape)
        before = np.concatenate([x, y[..., None]], axis=-1)
        before = np.concatenate([np.zeros_like(before[:, :1]), before[:, :-1]], axis=1)
        items = np.concatenate([x, before], axis=-1)
        return items, y[:, :-1], truth[:, :-1]

    def answers(self, model: nn.Module, items: Tensor) -> Tensor:
        """The predictions of a model at every position, float [n, examples]."""
        assert isinstance(model, Transformer)
        return model.scores(model.states(tokens_of_vectors(items))[:, 1:])[..., 0]

    def loss(self, model: nn.Module, items: tuple[Tensor, ...]) -> Tensor:
        return functional.mse_loss(self.answers(model, items[0]), items[1])

    @torch.no_grad()
    def measure(self, model: nn.Module, items: tuple[Tensor, ...]) -> dict[str, float]:
        """Squared errors against w x: over all positions, and with the most examples.

        They are expected errors given the examples: the distance to the Bayes-optimal prediction
        plus its expected error, which is less noisy than the error against the w that was drawn.
        """
        tokens, y, _ = items
        bayes, uncertain = self.bayes(tokens[..., : self.settings.dimensions].double(), y.double())
        distances = (self.answers(model, tokens) - bayes).square()
        errors = (distances + uncertain).mean(dim=0)
        return {
            "squared_error": errors.mean().item(),
            "squared_error_last": errors[-1].item(),
            "distance_to_bayes": distances.mean().item(),
        }


TASK = Regression
