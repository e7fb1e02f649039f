"""Addition of numbers with reversed digits (Lee et al. 2023, arXiv 2307.03381)."""

import numpy as np
import torch
from torch import Tensor

from vitrine.emergence.abilities.addition import AdditionSettings
from vitrine.emergence.discrete import SymbolTask
from vitrine.emergence.task import transformer
from vitrine.evaluation.progress import Anchors
from vitrine.models.transformer import Transformer

PLUS, EQUALS = 10, 11
# One in so many sums is held out for the test.
HELD_OUT = 10


class Addition(SymbolTask[AdditionSettings]):
    """``a+b=c``, least significant digit first, so that carries move in the reading direction.

    Exact match is the same for greedy generation and for teacher forcing: the two differ only
    after the first error.
    """

    def anchors(self) -> Anchors:
        chance = 0.1 ** (self.settings.digits + 1)
        return Anchors("exact_match", 0.0, 1.0, {"a digit at random": chance})

    def build(self) -> Transformer:
        return transformer(
            self.settings, vocabulary=12, outputs=12, relative=3 * self.settings.digits + 4
        )

    def sequences(self, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return self._sums(count, rng, held_out=False)

    def test(self, count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        ids, scored = self._sums(count, rng, held_out=True)
        return torch.from_numpy(ids), torch.from_numpy(scored)

    def _sums(
        self, count: int, rng: np.random.Generator, held_out: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        limit = 10**self.settings.digits
        a, b = rng.integers(0, limit, (2, count))
        # Every residue of a + 3 b marks a tenth of the sums, evenly over all digits of the answer.
        residue = (a + 3 * b) // 7 % HELD_OUT
        wrong = (residue == 0) != held_out
        while wrong.any():
            a[wrong], b[wrong] = rng.integers(0, limit, (2, int(wrong.sum())))
            residue = (a + 3 * b) // 7 % HELD_OUT
            wrong = (residue == 0) != held_out
        n = self.settings.digits
        signs = np.full((count, 1), PLUS), np.full((count, 1), EQUALS)
        ids = np.concatenate(
            [_reversed(a, n), signs[0], _reversed(b, n), signs[1], _reversed(a + b, n + 1)], axis=1
        )
        scored = np.zeros(ids.shape, dtype=bool)
        scored[:, 2 * n + 2 :] = True
        return ids, scored


def _reversed(numbers: np.ndarray, digits: int) -> np.ndarray:
    """The digits of numbers, least significant first: int64 [n] to int64 [n, digits]."""
    return numbers[:, None] // 10 ** np.arange(digits) % 10


TASK = Addition
