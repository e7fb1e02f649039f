"""Heads that look up what followed the present symbol earlier (Olsson et al. 2022)."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vitrine.attention.maps import recorded
from vitrine.emergence.discrete import P, SymbolTask
from vitrine.emergence.task import transformer
from vitrine.models.transformer import Transformer
from vitrine.models.whole_rows import tokens_of_ids


@dataclass(frozen=True)
class HeadScores:
    """The attention of heads to two kinds of positions; each in [0, 1].

    Attributes:
        previous: float64 [layers, heads], to the symbol just before.
        induction: float64 [layers, heads], to symbols that follow earlier occurrences of the
            present one; the mean over positions of the second half of a row that have any (on
            repeated blocks this is the prefix-matching score). Earlier there is little to look up,
            and an induction head attends to the start token.
        previous_uniform, induction_uniform: the scores of attention that is spread evenly over all
            positions up to the present one.
    """

    previous: np.ndarray
    induction: np.ndarray
    previous_uniform: float
    induction_uniform: float


def successors(ids: Tensor) -> Tensor:
    """Positions that follow earlier occurrences of the present symbol.

    Args:
        ids: int64 [n, length].

    Returns:
        bool [n, length, length]: at [i, q, k] whether k <= q and symbol k - 1 equals symbol q.
    """
    same = ids[:, :, None] == ids[:, None, :-1]
    return torch.nn.functional.pad(same, (1, 0)).tril()


@torch.no_grad()
def head_scores(model: Transformer, ids: Tensor) -> HeadScores:
    """Score every head of a causal transformer on rows of symbols, int64 [n, length]."""
    with recorded(model, "hook_pattern") as patterns:
        model.states(tokens_of_ids(ids))
    # The start token stands in front.
    maps = torch.stack(patterns, dim=1)[..., 1:, 1:].double()
    behind = successors(ids)
    places = behind.any(dim=-1)
    places[:, : ids.shape[1] // 2] = False
    attended = (maps * behind[:, None, None]).sum(dim=-1)
    induction = (attended * places[:, None, None]).sum(dim=(0, 3)) / places.sum()
    previous = maps.diagonal(offset=-1, dim1=-2, dim2=-1).mean(dim=(0, 3))
    reach = torch.arange(ids.shape[1]).double() + 2
    evenly = (behind.sum(dim=-1) / reach)[places].mean()
    uniform = float((1 / reach[1:]).mean())
    return HeadScores(previous.numpy(), induction.numpy(), uniform, float(evenly))


class LookupTask(SymbolTask[P]):
    """A task for attention alone that induction heads solve.

    There are neither MLPs, which blur the transition, nor norms, which slow it many times;
    positions are relative.
    """

    def attention_only(self, symbols: int, distances: int) -> Transformer:
        """The model, for a number of symbols and of distances."""
        return transformer(
            self.settings,
            vocabulary=symbols,
            outputs=symbols,
            relative=distances,
            mlp=False,
            norm=False,
        )

    def measure(self, model: torch.nn.Module, items: tuple[Tensor, Tensor]) -> dict[str, float]:
        """The metrics of symbols, and the best head's scores in ``previous`` and ``induction``."""
        return super().measure(model, items) | self.head_progress(model, items[0])

    def head_progress(self, model: torch.nn.Module, ids: Tensor) -> dict[str, float]:
        """Progress measures: the highest score of any head, on at most 128 rows."""
        assert isinstance(model, Transformer)
        scores = head_scores(model, ids[:128, :-1])
        return {
            "previous": float(scores.previous.max()),
            "induction": float(scores.induction.max()),
        }
