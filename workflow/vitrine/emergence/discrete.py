"""Tasks that predict symbols, and the metrics under which they may seem to jump."""

from abc import abstractmethod
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from vitrine.emergence.settings import DrawnSettings
from vitrine.emergence.task import DrawnTask
from vitrine.models.transformer import Transformer
from vitrine.models.whole_rows import tokens_of_ids

P = TypeVar("P", bound=DrawnSettings)


def metrics(logits: Tensor, targets: Tensor, scored: Tensor) -> dict[str, float]:
    """One set of predictions under metrics that reward partial success differently.

    Args:
        logits: float [n, positions, symbols].
        targets: int64 [n, positions].
        scored: bool [n, positions], the positions that count.

    Returns:
        ``exact_match``: share of items without any error; ``product``: the product over positions
        of the accuracy at each, which exact match would equal if errors were independent;
        ``accuracy``: share of correct symbols; ``nll``: nats per symbol; ``brier``: squared
        distance of the probabilities from the truth, per symbol.
    """
    logarithms = logits.log_softmax(dim=-1)
    nll = -logarithms.gather(-1, targets[..., None])[..., 0]
    right = (logits.argmax(dim=-1) == targets) & scored
    truth = functional.one_hot(targets, logits.shape[-1])
    brier = (logarithms.exp() - truth).square().sum(dim=-1)
    per_position = right.sum(dim=0)[scored.any(dim=0)] / scored.sum(dim=0)[scored.any(dim=0)]
    return {
        "exact_match": (right | ~scored).all(dim=1).double().mean().item(),
        "product": per_position.double().prod().item(),
        "accuracy": right.sum().item() / scored.sum().item(),
        "nll": nll[scored].double().mean().item(),
        "brier": brier[scored].double().mean().item(),
    }


class SymbolTask(DrawnTask[P]):
    """Rows of symbols of which some are predicted from those before them."""

    @abstractmethod
    def sequences(self, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw int64 [count, length] symbols and bool of the same shape: which are predicted."""

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        ids, scored = self.sequences(count, rng)
        return torch.from_numpy(ids), torch.from_numpy(scored)

    def logits(self, model: nn.Module, ids: Tensor) -> Tensor:
        """Scores of every symbol from those before it: float [n, length, symbols]."""
        assert isinstance(model, Transformer)
        return model.scores(model.states(tokens_of_ids(ids[:, :-1])))

    def loss(self, model: nn.Module, items: tuple[Tensor, Tensor]) -> Tensor:
        ids, scored = items
        assert isinstance(model, Transformer)
        states = model.states(tokens_of_ids(ids[:, :-1]))
        return functional.cross_entropy(model.scores(states[scored]), ids[scored])

    @torch.no_grad()
    def measure(self, model: nn.Module, items: tuple[Tensor, Tensor]) -> dict[str, float]:
        ids, scored = items
        return metrics(self.logits(model, ids), ids, scored)
