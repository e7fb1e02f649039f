"""In-context Markov chains (Edelman et al. 2024, arXiv 2402.11004)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from vitrine.emergence.ability import Anchors
from vitrine.emergence.induction import Lookup
from vitrine.emergence.progress import late_less_early
from vitrine.models.transformer import Transformer
from vitrine.seeds import derive


@dataclass(frozen=True, kw_only=True)
class Markov(Lookup):
    """Each row is a chain of its own: first symbol uniform, rows of the matrix Dirichlet(1).

    Bayes' answer is (count of the pair + 1) / (count of the symbol + symbols). A model that cannot
    look up what followed the present symbol can at best count single symbols.
    """

    symbols: int
    length: int

    def anchors(self) -> Anchors:
        """The reference is the better of the two answers that look up nothing."""
        return Anchors("kl_bayes", min(self._theory.values()), 0.0, self._theory)

    @cached_property
    def _theory(self) -> dict[str, float]:
        ids, _ = self.sequences(20_000, np.random.default_rng(derive(0, "theory")))
        bayes, unigram = bayes_bigram(ids, self.symbols), bayes_unigram(ids, self.symbols)
        uniform = np.full_like(bayes, 1 / self.symbols)
        return {
            "all symbols alike": _kl(bayes, uniform),
            "counting single symbols": _kl(bayes, unigram),
        }

    @property
    def predictions(self) -> int:
        return self.length

    def build(self) -> Transformer:
        return self.attention_only(self.symbols, self.length)

    def sequences(self, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        chains = rng.dirichlet(np.ones(self.symbols), (count, self.symbols)).cumsum(axis=-1)
        chains[..., -1] = 1.0
        uniform = rng.random((self.length, count))
        ids = np.empty((count, self.length), dtype=np.int64)
        ids[:, 0] = uniform[0] * self.symbols
        rows = np.arange(count)
        for place in range(1, self.length):
            ids[:, place] = (uniform[place][:, None] >= chains[rows, ids[:, place - 1]]).sum(axis=1)
        return ids, np.ones_like(ids, dtype=bool)

    @torch.no_grad()
    def measure(self, model: nn.Module, items: tuple[Tensor, Tensor]) -> dict[str, float]:
        """Kullback-Leibler divergences in nats per symbol, and the in-context learning score.

        ``icl_score`` is that of the model and ``icl_bayes`` that of Bayes' answer. Both take at
        every place the loss that is to be expected from the symbols before it, which is less noisy
        than that on the symbol that came.
        """
        ids, _ = items
        logarithms = self.logits(model, ids).log_softmax(dim=-1).double().numpy()
        numbers = ids.numpy()
        nll = -np.take_along_axis(logarithms, numbers[..., None], axis=-1).mean()
        predicted = np.exp(logarithms)
        bayes = bayes_bigram(numbers, self.symbols)
        return {
            "kl_bayes": _kl(bayes, predicted),
            "kl_unigram": _kl(bayes_unigram(numbers, self.symbols), predicted),
            "nll": float(nll),
            "icl_score": late_less_early(-(bayes * logarithms).sum(axis=-1).mean(axis=0)),
            "icl_bayes": late_less_early(-(bayes * np.log(bayes)).sum(axis=-1).mean(axis=0)),
        } | self.heads_found(model, ids)


def bayes_bigram(ids: np.ndarray, symbols: int) -> np.ndarray:
    """Bayes' prediction of every symbol of a chain from those before it.

    Args:
        ids: int64 [n, length].
        symbols: how many there are.

    Returns:
        float64 [n, length, symbols].
    """
    count, length = ids.shape
    pairs = np.zeros((count, symbols, symbols))
    predicted = np.full((count, length, symbols), 1 / symbols)
    rows = np.arange(count)
    for place in range(1, length):
        seen = pairs[rows, ids[:, place - 1]]
        predicted[:, place] = (seen + 1) / (seen.sum(axis=1, keepdims=True) + symbols)
        pairs[rows, ids[:, place - 1], ids[:, place]] += 1
    return predicted


def bayes_unigram(ids: np.ndarray, symbols: int) -> np.ndarray:
    """The prediction (count + 1) / (place + symbols), float64 [n, length, symbols]."""
    before = np.eye(symbols)[ids].cumsum(axis=1) - np.eye(symbols)[ids]
    return (before + 1) / (np.arange(ids.shape[1])[None, :, None] + symbols)


def _kl(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Mean KL(truth || predicted) over items and positions, in nats."""
    return float((truth * np.log(truth / np.maximum(predicted, 1e-12))).sum(axis=-1).mean())
