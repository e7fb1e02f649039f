"""In-context Markov chains (Edelman et al. 2024, arXiv 2402.11004)."""

from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from vitrine.emergence.abilities.markov import MarkovSettings
from vitrine.emergence.abilities.markov.counting import SymbolCounts, bayes_bigram, divergences
from vitrine.emergence.induction import LookupTask
from vitrine.evaluation.progress import Anchors, late_less_early
from vitrine.models.transformer import Transformer
from vitrine.seeds import derive

SAMPLE = 20_000  # sequences that fit a predictor, or measure it


class Markov(LookupTask[MarkovSettings]):
    """Each row is a chain of its own: first symbol uniform, rows of the matrix Dirichlet(1).

    The Bayes-optimal prediction is (count of the pair + 1) / (count of the symbol + symbols). A
    model that cannot look up what followed the present symbol is left with the counts of single
    symbols and the present symbol: `SymbolCounts`.
    """

    def anchors(self) -> Anchors:
        """The reference is the best predictor from symbol counts, on a large fresh sample."""
        lines, counts = self._theory, "symbol counts"
        others = {name: value for name, value in lines.items() if name != counts}
        return Anchors("kl_bayes", lines[counts], 0.0, others, predictor=counts)

    @cached_property
    def counting(self) -> SymbolCounts:
        """The best predictor from counts of single symbols and the present one."""
        return SymbolCounts(self._sample("counts"), self.settings.symbols)

    @cached_property
    def _theory(self) -> dict[str, float]:
        """Divergences of predictors that look up nothing, on a sample that fitted none of them."""
        symbols = self.settings.symbols
        ids = self._sample("theory")
        bayes = bayes_bigram(ids, symbols)
        one = SymbolCounts(self._sample("counts"), symbols, varied=False)
        predictions = {
            "all symbols alike": np.full_like(bayes, 1 / symbols),
            "smoothed counts": one.predict(ids),
            "symbol counts": self.counting.predict(ids),
        }
        return {name: float(divergences(bayes, each).mean()) for name, each in predictions.items()}

    def _sample(self, name: str) -> np.ndarray:
        ids, _ = self.sequences(SAMPLE, np.random.default_rng(derive(0, name)))
        return ids

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
        numbers = ids.numpy()
        logarithms = self._logarithms(model, ids)
        nll = -np.take_along_axis(logarithms, numbers[..., None], axis=-1).mean()
        predicted = np.exp(logarithms)
        bayes = bayes_bigram(numbers, self.settings.symbols)
        counts = self.counting.predict(numbers)
        return {
            "kl_bayes": float(divergences(bayes, predicted).mean()),
            "kl_counts": float(divergences(counts, predicted).mean()),
            "nll": float(nll),
            "icl_score": late_less_early(-(bayes * logarithms).sum(axis=-1).mean(axis=0)),
            "icl_bayes": late_less_early(-(bayes * np.log(bayes)).sum(axis=-1).mean(axis=0)),
        } | self.head_progress(model, ids)

    @torch.no_grad()
    def item_losses(self, model: nn.Module, items: tuple[Tensor, Tensor]) -> dict[str, np.ndarray]:
        """The expected log-likelihood of every item, less that of the Bayes-optimal prediction."""
        bayes = bayes_bigram(items[0].numpy(), self.settings.symbols)
        return {"kl_bayes": divergences(bayes, np.exp(self._logarithms(model, items[0])))}

    def _logarithms(self, model: nn.Module, ids: Tensor) -> np.ndarray:
        """Log-probabilities of every symbol at every place, float64 [n, length, symbols]."""
        values: np.ndarray = self.logits(model, ids).log_softmax(dim=-1).double().numpy()
        return values


TASK = Markov
