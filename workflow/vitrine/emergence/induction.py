"""Heads that look up what followed the present symbol earlier (Olsson et al. 2022)."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vitrine.attention.maps import recorded
from vitrine.emergence.ability import words
from vitrine.emergence.discrete import Symbols
from vitrine.models.transformer import Transformer


@dataclass(frozen=True)
class Scores:
    """How much of their attention heads give to two kinds of places; each in [0, 1].

    Attributes:
        previous: float64 [layers, heads], to the symbol just before.
        induction: float64 [layers, heads], to symbols that stand behind earlier occurrences of the
            present one; the mean over places of the second half of a row that have any (on repeated
            blocks this is the prefix matching score). Earlier there is little to look up, and a
            head that knows this rests on the start token.
        previous_uniform, induction_uniform: what attention spread evenly over all places up to
            the present one would give.
    """

    previous: np.ndarray
    induction: np.ndarray
    previous_uniform: float
    induction_uniform: float


def successors(ids: Tensor) -> Tensor:
    """Places behind earlier occurrences of the present symbol.

    Args:
        ids: int64 [n, length].

    Returns:
        bool [n, length, length]: at [i, q, k] whether k <= q and symbol k - 1 equals symbol q.
    """
    same = ids[:, :, None] == ids[:, None, :-1]
    return torch.nn.functional.pad(same, (1, 0)).tril()


@torch.no_grad()
def scores(model: Transformer, ids: Tensor) -> Scores:
    """Score every head of a causal transformer on rows of symbols, int64 [n, length]."""
    with recorded(model, "hook_pattern") as patterns:
        model.states(words(ids))
    # The start token stands in front.
    maps = torch.stack(patterns, dim=1)[..., 1:, 1:].double()
    behind = successors(ids)
    places = behind.any(dim=-1)
    places[:, : ids.shape[1] // 2] = False
    found = (maps * behind[:, None, None]).sum(dim=-1)
    induction = (found * places[:, None, None]).sum(dim=(0, 3)) / places.sum()
    previous = maps.diagonal(offset=-1, dim1=-2, dim2=-1).mean(dim=(0, 3))
    reach = torch.arange(ids.shape[1]).double() + 2
    evenly = (behind.sum(dim=-1) / reach)[places].mean()
    return Scores(previous.numpy(), induction.numpy(), float((1 / reach[1:]).mean()), float(evenly))


@dataclass(frozen=True, kw_only=True)
class Lookup(Symbols):
    """An ability of attention alone that induction heads solve.

    There are neither MLPs, which blur the transition, nor norms, which slow it many times; places
    are known by distance.
    """

    def attention_only(self, symbols: int, distances: int) -> Transformer:
        """The model, for rows of so many symbols and distances."""
        return self.transformer(
            vocabulary=symbols, outputs=symbols, relative=distances, mlp=False, norm=False
        )

    def measure(self, model: torch.nn.Module, items: tuple[Tensor, Tensor]) -> dict[str, float]:
        """The metrics of symbols, and the best head's scores in ``previous`` and ``induction``."""
        return super().measure(model, items) | self.heads_found(model, items[0])

    def heads_found(self, model: torch.nn.Module, ids: Tensor) -> dict[str, float]:
        """Progress measures: the highest score of any head, on at most 128 rows."""
        assert isinstance(model, Transformer)
        found = scores(model, ids[:128, :-1])
        return {
            "previous": float(found.previous.max()),
            "induction": float(found.induction.max()),
        }
