"""In-context against in-weights learning (Chan et al. 2022, arXiv 2205.05055; Reddy 2023)."""

from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from vitrine.emergence.abilities.iwl import InWeightsSettings
from vitrine.emergence.task import DrawnTask, transformer
from vitrine.evaluation.progress import Anchors
from vitrine.models.packing import Tokens
from vitrine.models.transformer import Transformer
from vitrine.seeds import derive

DIMENSIONS = 32  # of an item
SPREAD = 0.1  # deviation within a class, of a mean of length 1


class InWeights(DrawnTask[InWeightsSettings]):
    """Pairs of an item and its label, then a query: an item whose label is the answer.

    Each of ``classes`` has a label that never changes in training, so the answer can be stored in
    the weights; where the class of the query stands ``bursts`` times in the context, it can be read
    there as well. Two tests tell which one was learned: new classes with labels that only the
    context gives (``accuracy``, in-context), and training classes that the context lacks
    (``in_weights``).
    """

    def anchors(self) -> Anchors:
        """The reference ignores the items: in the test, each label of the context is as likely."""
        lines = {"any label": 1 / self.settings.labels}
        reference = 1 / self.settings.pairs
        return Anchors("accuracy", reference, 1.0, lines, predictor="a label of the context")

    def build(self) -> Transformer:
        return transformer(
            self.settings,
            vocabulary=1 + self.settings.labels,
            features=DIMENSIONS,
            outputs=self.settings.labels,
            relative=2 * self.settings.pairs + 1,
        )

    @cached_property
    def _means(self) -> np.ndarray:
        rng = np.random.default_rng(derive(0, "classes"))
        means = rng.standard_normal((self.settings.classes, DIMENSIONS))
        normalised: np.ndarray = means / np.linalg.norm(means, axis=1, keepdims=True)
        return normalised

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Tensor, ...]:
        chosen = rng.integers(0, self.settings.classes, (count, self.settings.pairs + 1))
        places = rng.permuted(np.tile(np.arange(self.settings.pairs), (count, 1)), axis=1)
        np.put_along_axis(chosen, places[:, : self.settings.bursts], chosen[:, -1:], axis=1)
        return self._items(self._means[chosen], chosen % self.settings.labels, rng)

    def test(self, count: int, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Items with new classes, then columns of training classes that the context lacks."""
        means = rng.standard_normal((count, self.settings.pairs + 1, DIMENSIONS))
        means /= np.linalg.norm(means, axis=-1, keepdims=True)
        labels = rng.permuted(np.tile(np.arange(self.settings.labels), (count, 1)), axis=1)
        labels = labels[:, : self.settings.pairs + 1]
        queried = rng.integers(0, self.settings.pairs, count)
        rows = np.arange(count)
        means[:, -1], labels[:, -1] = means[rows, queried], labels[rows, queried]
        chosen = rng.integers(0, self.settings.classes, (count, self.settings.pairs + 1))
        lacking = (chosen[:, :-1] == chosen[:, -1:]).nonzero()
        chosen[lacking] = (chosen[lacking] + 1) % self.settings.classes
        trained = self._items(self._means[chosen], chosen % self.settings.labels, rng)
        return (*self._items(means, labels, rng), *trained)

    def _items(
        self, means: np.ndarray, labels: np.ndarray, rng: np.random.Generator
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Ids and vectors of tokens, items and labels in turn, and the answers."""
        count = len(means)
        noise = rng.standard_normal(means.shape) * SPREAD / DIMENSIONS**0.5
        vectors = np.zeros((count, 2 * self.settings.pairs + 1, DIMENSIONS), dtype=np.float32)
        # Scaled to numbers of about 1, as in other inputs.
        vectors[:, ::2] = (means + noise) * DIMENSIONS**0.5
        ids = np.zeros((count, 2 * self.settings.pairs + 1), dtype=np.int64)
        ids[:, 1::2] = 1 + labels[:, :-1]
        answers = labels[:, -1].astype(np.int64)
        return torch.from_numpy(ids), torch.from_numpy(vectors), torch.from_numpy(answers)

    def logits(self, model: nn.Module, ids: Tensor, features: Tensor) -> Tensor:
        """Scores of the labels, float [n, labels]."""
        places = torch.arange(ids.shape[1]).expand(len(ids), -1)
        scores: Tensor = model(Tokens(ids, features, places, None))
        return scores

    def loss(self, model: nn.Module, items: tuple[Tensor, ...]) -> Tensor:
        return functional.cross_entropy(self.logits(model, items[0], items[1]), items[2])

    @torch.no_grad()
    def measure(self, model: nn.Module, items: tuple[Tensor, ...]) -> dict[str, float]:
        """Accuracies in context (``accuracy``) and from the weights (``in_weights``)."""
        shares = [
            (self.logits(model, ids, features).argmax(dim=-1) == answers).double().mean().item()
            for ids, features, answers in (items[:3], items[3:])
        ]
        return {"accuracy": shares[0], "in_weights": shares[1]}


TASK = InWeights
