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


def item_losses(logits: Tensor, targets: Tensor, scored: Tensor) -> dict[str, Tensor]:
    """The losses of every item under metrics that reward partial success differently.

    Args:
        logits: float [n, positions, symbols].
        targets: int64 [n, positions].
        scored: bool [n, positions], the positions that count.

    Returns:
        float64 [n] each, 0 at best. ``nll`` (in nats), ``brier`` and ``accuracy`` (share of wrong
        symbols) are sums over positions, divided by the mean number of scored positions of an item,
        so that their means over items are means over symbols; ``exact_match`` is 1 for an item with
        an error.
    """
    logarithms = logits.log_softmax(dim=-1)
    nll = -logarithms.gather(-1, targets[..., None])[..., 0]
    wrong = (logits.argmax(dim=-1) != targets) & scored
    truth = functional.one_hot(targets, logits.shape[-1])
    brier = (logarithms.exp() - truth).square().sum(dim=-1)
    positions = scored.sum() / len(scored)
    symbols = {"nll": nll, "brier": brier, "accuracy": wrong}
    sums = {name: torch.where(scored, each, 0).double().sum(1) for name, each in symbols.items()}
    losses = {name: each / positions for name, each in sums.items()}
    return losses | {"exact_match": wrong.any(dim=1).double()}


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
    of_items = item_losses(logits, targets, scored)
    losses = {name: each.mean().item() for name, each in of_items.items()}
    right = (logits.argmax(dim=-1) == targets) & scored
    per_position = right.sum(dim=0)[scored.any(dim=0)] / scored.sum(dim=0)[scored.any(dim=0)]
    return {
        "exact_match": 1 - losses["exact_match"],
        "product": per_position.double().prod().item(),
        "accuracy": 1 - losses["accuracy"],
        "nll": losses["nll"],
        "brier": losses["brier"],
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

    @torch.no_grad()
    def item_losses(self, model: nn.Module, items: tuple[Tensor, Tensor]) -> dict[str, np.ndarray]:
        ids, scored = items
        losses = item_losses(self.logits(model, ids), ids, scored)
        return {name: each.numpy() for name, each in losses.items()}
