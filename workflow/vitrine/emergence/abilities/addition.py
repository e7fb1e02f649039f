"""Addition of numbers with reversed digits (Lee et al. 2023, arXiv 2307.03381)."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vitrine.emergence.ability import Anchors
from vitrine.emergence.discrete import Symbols
from vitrine.models.transformer import Transformer

PLUS, EQUALS = 10, 11
# One sum in so many is kept for the test.
HELD_OUT = 10


@dataclass(frozen=True, kw_only=True)
class Addition(Symbols):
    """``a+b=c``, lowest digit first, so that carries move in the direction of reading.

    Whether all digits of the answer are right is the same for greedy generation and for digits
    that are given after each prediction: the two part only behind the first error.
    """

    digits: int

    def anchors(self) -> Anchors:
        return Anchors("exact_match", 0.0, 1.0, {"a digit at random": 0.1 ** (self.digits + 1)})

    def build(self) -> Transformer:
        return self.transformer(vocabulary=12, outputs=12, relative=3 * self.digits + 4)

    def sequences(self, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return self._sums(count, rng, held_out=False)

    def test(self, count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        ids, scored = self._sums(count, rng, held_out=True)
        return torch.from_numpy(ids), torch.from_numpy(scored)

    def _sums(
        self, count: int, rng: np.random.Generator, held_out: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        limit = 10**self.digits
        a, b = rng.integers(0, limit, (2, count))
        # Every residue of a + 3 b marks a tenth of the sums, evenly over all digits of the answer.
        residue = (a + 3 * b) // 7 % HELD_OUT
        wrong = (residue == 0) != held_out
        while wrong.any():
            a[wrong], b[wrong] = rng.integers(0, limit, (2, int(wrong.sum())))
            residue = (a + 3 * b) // 7 % HELD_OUT
            wrong = (residue == 0) != held_out
        n = self.digits
        signs = np.full((count, 1), PLUS), np.full((count, 1), EQUALS)
        ids = np.concatenate(
            [_reversed(a, n), signs[0], _reversed(b, n), signs[1], _reversed(a + b, n + 1)], axis=1
        )
        scored = np.zeros(ids.shape, dtype=bool)
        scored[:, 2 * n + 2 :] = True
        return ids, scored


def _reversed(numbers: np.ndarray, digits: int) -> np.ndarray:
    """The digits of numbers, lowest first: int64 [n] to int64 [n, digits]."""
    return numbers[:, None] // 10 ** np.arange(digits) % 10
