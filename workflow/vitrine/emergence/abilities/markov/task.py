"""In-context Markov chains (Edelman et al. 2024, arXiv 2402.11004)."""

from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from vitrine.emergence.abilities.markov import MarkovSettings
from vitrine.emergence.induction import LookupTask
from vitrine.evaluation.progress import Anchors, late_less_early
from vitrine.models.transformer import Transformer
from vitrine.seeds import derive


class Markov(LookupTask[MarkovSettings]):
    """Each row is a chain of its own: first symbol uniform, rows of the matrix Dirichlet(1).

    The Bayes-optimal prediction is (count of the pair + 1) / (count of the symbol + symbols). A
    model that cannot look up what followed the present symbol can at best count single symbols.
    """

    def anchors(self) -> Anchors:
        """The reference is the better of the two predictors that look up nothing."""
        return Anchors("kl_bayes", min(self._theory.values()), 0.0, self._theory)

    @cached_property
    def _theory(self) -> dict[str, float]:
        symbols = self.settings.symbols
        ids, _ = self.sequences(20_000, np.random.default_rng(derive(0, "theory")))
        bayes, unigram = bayes_bigram(ids, symbols), bayes_unigram(ids, symbols)
        uniform = np.full_like(bayes, 1 / symbols)
        return {
            "all symbols alike": _kl(bayes, uniform),
            "counting single symbols": _kl(bayes, unigram),
        }

    @property
    def predictions(self) -> int:
        return self.settings.length

    def build(self) -> Transformer:
        return self.attention_only(self.settings.symbols, self.settings.length)

    def sequences(self, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        symbols, length = self.settings.symbols, self.settings.length
        chains = rng.dirichlet(np.ones(symbols), (count, symbols)).cumsum(axis=-1)
        chains[..., -1] = 1.0
        uniform = rng.random((length, count))
        ids = np.empty((count, length), dtype=np.int64)
        ids[:, 0] = uniform[0] * symbols
        rows = np.arange(count)
        for place in range(1, length):
            ids[:, place] = (uniform[place][:, None] >= chains[rows, ids[:, place - 1]]).sum(axis=1)
        return ids, np.ones_like(ids, dtype=bool)

    @torch.no_grad()
    def measure(self, model: nn.Module, items: tuple[Tensor, Tensor]) -> dict[str, float]:
        """Kullback-Leibler divergences in nats per symbol, and the in-context learning score.

        ``icl_score`` is that of the model and ``icl_bayes`` that of the Bayes-optimal prediction.
        Both use the expected loss at every position given the symbols before it, which is less
        noisy than the loss on the symbol that was drawn.
        """
        ids, _ = items
        logarithms = self.logits(model, ids).log_softmax(dim=-1).double().numpy()
        numbers = ids.numpy()
        nll = -np.take_along_axis(logarithms, numbers[..., None], axis=-1).mean()
        predicted = np.exp(logarithms)
        bayes = bayes_bigram(numbers, self.settings.symbols)
        return {
            "kl_bayes": _kl(bayes, predicted),
            "kl_unigram": _kl(bayes_unigram(numbers, self.settings.symbols), predicted),
            "nll": float(nll),
            "icl_score": late_less_early(-(bayes * logarithms).sum(axis=-1).mean(axis=0)),
            "icl_bayes": late_less_early(-(bayes * np.log(bayes)).sum(axis=-1).mean(axis=0)),
        } | self.head_progress(model, ids)


def bayes_bigram(ids: np.ndarray, symbols: int) -> np.ndarray:
    """The Bayes-optimal prediction of every symbol of a chain from those before it.

    Args:
        ids: int64 [n, length].
        symbols: number of different symbols.

    Returns:
        float64 [n, length, symbols].
    """
    count, length = ids.shape
    pairs = np.zeros((count, symbols, symbols))
    predicted = np.full((count, length, symbols), 1 / symbols)
    rows = np.arange(count)
    for place in range(1, length):
        counts = pairs[rows, ids[:, place - 1]]
        predicted[:, place] = (counts + 1) / (counts.sum(axis=1, keepdims=True) + symbols)
        pairs[rows, ids[:, place - 1], ids[:, place]] += 1
    return predicted


def bayes_unigram(ids: np.ndarray, symbols: int) -> np.ndarray:
    """The prediction (count of the symbol + 1) / (position + symbols), as in `bayes_bigram`."""
    before = np.eye(symbols)[ids].cumsum(axis=1) - np.eye(symbols)[ids]
    count = np.arange(ids.shape[1])[None, :, None]
    predicted: np.ndarray = (before + 1) / (count + symbols)
    return predicted


def _kl(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Mean KL(truth || predicted) over items and positions, in nats."""
    return float((truth * np.log(truth / np.maximum(predicted, 1e-12))).sum(axis=-1).mean())


TASK = Markov
