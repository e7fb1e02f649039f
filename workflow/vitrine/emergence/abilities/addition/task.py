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
        """The reference is the best predictor that ignores the summands: one sum for all."""
        chance = 0.1 ** (self.settings.digits + 1)
        return Anchors(
            "exact_match",
            commonest_sum(self.settings.digits),
            1.0,
            {"a digit at random": chance},
            predictor="the commonest sum",
        )

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
        wrong = _held_out(a, b) != held_out
        while wrong.any():
            a[wrong], b[wrong] = rng.integers(0, limit, (2, int(wrong.sum())))
            wrong = _held_out(a, b) != held_out
        n = self.settings.digits
        signs = np.full((count, 1), PLUS), np.full((count, 1), EQUALS)
        ids = np.concatenate(
            [_reversed(a, n), signs[0], _reversed(b, n), signs[1], _reversed(a + b, n + 1)], axis=1
        )
        scored = np.zeros(ids.shape, dtype=bool)
        scored[:, 2 * n + 2 :] = True
        return ids, scored


def _held_out(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Which sums are held out: a tenth, spread over all digits of the answer."""
    marked: np.ndarray = (a + 3 * b) // 7 % HELD_OUT == 0
    return marked


def commonest_sum(digits: int) -> float:
    """The share of the commonest sum among those held out.

    A sum s of numbers below N = 10^digits has at most as many pairs as s = N - 1, which has N, and
    a neighbour has one fewer for each step away. What is held out repeats after 70 values of a
    summand, and after 35 of the first along a sum, so the commonest sum is near N - 1.
    """
    limit = 10**digits
    period = np.arange(35)
    most = 0
    for total in range(max(limit - 71, 0), min(limit + 70, 2 * limit - 1)):
        first = max(total - limit + 1, 0)
        count = min(total, limit - 1) - first + 1
        marked = _held_out(first + period, total - first - period)
        repeats, rest = divmod(count, 35)
        most = max(most, repeats * int(marked.sum()) + int(marked[:rest].sum()))
    residues = np.arange(70)
    # Summands of each residue; integers would overflow.
    alike = (limit // 70 + (residues < limit % 70)).astype(float)
    return most / float(alike @ _held_out(residues[:, None], residues) @ alike)


def _reversed(numbers: np.ndarray, digits: int) -> np.ndarray:
    """The digits of numbers, least significant first: int64 [n] to int64 [n, digits]."""
    return numbers[:, None] // 10 ** np.arange(digits) % 10


TASK = Addition
