"""Addition modulo p, tested on the pairs that were held out from training."""

from abc import abstractmethod
from collections.abc import Iterator
from itertools import repeat
from typing import ClassVar, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from vitrine.emergence.task import Items, Task, TaskSettings
from vitrine.evaluation.progress import Anchors
from vitrine.seeds import derive

Pairs = tuple[Tensor, Tensor, Tensor]


class ModularAdditionSettings(TaskSettings, Protocol):
    """What the task reads of the settings."""

    modulus: int
    share: float


M = TypeVar("M", bound=ModularAdditionSettings)


class ModularAdditionTask(Task[M]):
    """(a + b) mod p from a share of all pairs, in full batches.

    ``error`` names the loss.
    """

    error: ClassVar[str]

    @abstractmethod
    def outputs(self, model: nn.Module, a: Tensor, b: Tensor) -> Tensor:
        """Scores of every residue, float [n, modulus], of int64 [n] and int64 [n]."""

    @abstractmethod
    def errors(self, outputs: Tensor, answers: Tensor) -> Tensor:
        """The loss of each answer: float [n, modulus] and int64 [n] to float [n]."""

    @abstractmethod
    def fourier_share(self, model: nn.Module) -> float:
        """How periodic in the numbers the model's input weights are, 1 at most."""

    def anchors(self) -> Anchors:
        return Anchors("accuracy", 1 / self.settings.modulus, 1.0, {}, predictor="one residue")

    def split(self, rng: np.random.Generator) -> tuple[Pairs, Items]:
        """The training pairs, and all pairs with a mark of those that are trained on.

        The pairs that are held out stand first in the test, so that its first items test the
        ability.
        """
        order = rng.permutation(self.settings.modulus**2)
        count = round(self.settings.share * len(order))
        trained = torch.arange(len(order)).flip(0) < count
        return self._pairs(order[:count]), (*self._pairs(order[::-1]), trained)

    def batches(self, seed: int) -> Iterator[Items]:
        training, _ = self._split(seed)
        return repeat(training)

    def test_set(self, seed: int) -> Items:
        _, test = self._split(seed)
        return test

    def final_test_set(self, seed: int, predictions: int) -> Items:  # noqa: ARG002
        return self.test_set(seed)

    def _split(self, seed: int) -> tuple[Pairs, Items]:
        return self.split(np.random.default_rng(derive(seed, "split")))

    def loss(self, model: nn.Module, items: Pairs) -> Tensor:
        a, b, answers = items
        return self.errors(self.outputs(model, a, b), answers).mean()

    @torch.no_grad()
    def measure(self, model: nn.Module, items: Items) -> dict[str, float]:
        """Accuracy and error, on training pairs and on those held out, and `fourier_share`."""
        a, b, answers, trained = items
        outputs = self.outputs(model, a, b)
        right = (outputs.argmax(dim=-1) == answers).double()
        errors = self.errors(outputs, answers).double()
        return {
            "accuracy": right[~trained].mean().item(),
            "train_accuracy": right[trained].mean().item(),
            self.error: errors[~trained].mean().item(),
            f"train_{self.error}": errors[trained].mean().item(),
            "fourier_share": self.fourier_share(model),
        }

    def _pairs(self, numbers: np.ndarray) -> Pairs:
        a, b = np.divmod(numbers, self.settings.modulus)
        answers = (a + b) % self.settings.modulus
        return torch.from_numpy(a), torch.from_numpy(b), torch.from_numpy(answers)


def power(weights: Tensor) -> Tensor:
    """Fourier power of weights along the numbers, without the constant.

    Args:
        weights: float [..., modulus, width].

    Returns:
        float64 [..., modulus // 2, width].
    """
    spectrum: Tensor = torch.fft.rfft(weights.double(), dim=-2)
    return spectrum.abs().square()[..., 1:, :]
