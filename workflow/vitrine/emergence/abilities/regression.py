"""In-context linear regression (Garg et al. 2022, arXiv 2208.01066)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from vitrine.emergence.ability import Anchors, TransformerAbility, vectors
from vitrine.models.transformer import Transformer
from vitrine.seeds import derive


@dataclass(frozen=True, kw_only=True)
class Regression(TransformerAbility):
    """Noisy values y = w x + noise of a function of each row's own are to be foretold at every x.

    w and x are standard normal in ``dimensions``, the noise has the deviation ``noise``. Bayes'
    answer is then ridge regression with the noise's variance as penalty. Plain least squares would
    explode where there are as many examples as dimensions. A token holds x and the x and y before
    it, so that pairs need not be put together. Errors are against w x, without the noise.
    """

    dimensions: int
    examples: int
    noise: float

    def anchors(self) -> Anchors:
        return Anchors("squared_error", float(self.dimensions), self._theory["ridge"], self._lines)

    @property
    def _lines(self) -> dict[str, float]:
        return {"three nearest examples": self._theory["neighbours"]}

    @cached_property
    def _theory(self) -> dict[str, float]:
        items, noisy, truth = self._rows(4000, np.random.default_rng(derive(0, "theory")))
        x, y = items[:, : self.examples, : self.dimensions], noisy
        _, uncertain = self.bayes(torch.from_numpy(x), torch.from_numpy(y))
        errors = []
        for place in range(self.examples):
            apart = ((x[:, :place] - x[:, place, None]) ** 2).sum(axis=-1)
            near = np.argsort(apart, axis=1)[:, :3]
            guess = np.take_along_axis(y[:, :place], near, axis=1).mean(axis=1) if place else 0.0
            errors.append(float(np.mean((guess - truth[:, place]) ** 2)))
        return {"ridge": uncertain.mean().item(), "neighbours": float(np.mean(errors))}

    def bayes(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Bayes' answer at every place and the squared error that is to be expected of it.

        Given k examples, w is normal with the covariance S = (X'X / noise^2 + I)^-1 and the mean
        S X'y / noise^2; at a new standard normal x the error is on average the trace of S.

        Args:
            x: float64 [n, examples, dimensions].
            y: float64 [n, examples].

        Returns:
            float64 [n, examples] each.
        """
        precision = self.noise**-2
        gram = precision * torch.einsum("nki,nkj->nkij", x, x)
        moments = precision * y[..., None] * x
        # At a place only what came before is known.
        gram, moments = gram.cumsum(dim=1) - gram, moments.cumsum(dim=1) - moments
        covariance = torch.linalg.inv(gram + torch.eye(self.dimensions, dtype=x.dtype))
        answers = torch.einsum("nkij,nkj,nki->nk", covariance, moments, x)
        return answers, covariance.diagonal(dim1=-2, dim2=-1).sum(dim=-1)

    def build(self) -> Transformer:
        return self.transformer(features=2 * self.dimensions + 1, positions=self.examples + 1)

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        items, y, truth = self._rows(count, rng)
        return (
            torch.from_numpy(items[:, : self.examples].astype(np.float32)),
            torch.from_numpy(y.astype(np.float32)),
            torch.from_numpy(truth.astype(np.float32)),
        )

    def _rows(
        self, count: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Tokens, [count, examples + 1, 2 d + 1], and y and w x, [count, examples]."""
        x = rng.standard_normal((count, self.examples + 1, self.dimensions))
        w = rng.standard_normal((count, self.dimensions))
        truth = np.einsum("nkd,nd->nk", x, w)
        y = truth + self.noise * rng.standard_normal(truth.shape)
        before = np.concatenate([x, y[..., None]], axis=-1)
        before = np.concatenate([np.zeros_like(before[:, :1]), before[:, :-1]], axis=1)
        items = np.concatenate([x, before], axis=-1)
        return items, y[:, :-1], truth[:, :-1]

    def answers(self, model: nn.Module, items: Tensor) -> Tensor:
        """What a model says at every place, float [n, examples]."""
        assert isinstance(model, Transformer)
        return model.scores(model.states(vectors(items))[:, 1:])[..., 0]

    def loss(self, model: nn.Module, items: tuple[Tensor, ...]) -> Tensor:
        return functional.mse_loss(self.answers(model, items[0]), items[1])

    @torch.no_grad()
    def measure(self, model: nn.Module, items: tuple[Tensor, ...]) -> dict[str, float]:
        """Squared errors against w x: over all places, and with most examples.

        They are those to be expected given the examples, the distance to Bayes' answer and its own
        error, which is less noisy than errors against the one w that was drawn.
        """
        tokens, y, _ = items
        bayes, uncertain = self.bayes(tokens[..., : self.dimensions].double(), y.double())
        distances = (self.answers(model, tokens) - bayes).square()
        errors = (distances + uncertain).mean(dim=0)
        return {
            "squared_error": errors.mean().item(),
            "squared_error_last": errors[-1].item(),
            "distance_to_bayes": distances.mean().item(),
        }
