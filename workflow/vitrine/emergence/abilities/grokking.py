"""Grokking of addition modulo p by a transformer (Nanda et al. 2023, arXiv 2301.05217)."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from vitrine.emergence.ability import TransformerAbility, words
from vitrine.emergence.residues import Residues, power
from vitrine.models.transformer import Transformer

# Frequencies that a trained transformer of this kind uses (Nanda et al. 2023, section 4).
KEY_FREQUENCIES = 5


@dataclass(frozen=True, kw_only=True)
class Grokking(Residues, TransformerAbility):
    """Addition modulo p by a transformer without norms, read at the start token.

    The start token sees both numbers and so takes the part of the "=" that the paper puts behind
    them.
    """

    error: ClassVar[str] = "nll"

    def build(self) -> Transformer:
        return self.transformer(
            vocabulary=self.modulus,
            outputs=self.modulus,
            positions=2,
            causal=False,
            readout="start",
            norm=False,
        )

    def outputs(self, model: nn.Module, a: Tensor, b: Tensor) -> Tensor:
        return model(words(torch.stack([a, b], dim=1)))

    def errors(self, outputs: Tensor, answers: Tensor) -> Tensor:
        return functional.cross_entropy(outputs, answers, reduction="none")

    def fourier_share(self, model: nn.Module) -> float:
        assert isinstance(model, Transformer)
        return embedding_share(model.embedding.ids.detach())


def embedding_share(weights: Tensor) -> float:
    """How few frequencies the embedding of the numbers is made of (Nanda et al. 2023, section 5).

    Args:
        weights: float [modulus, width].

    Returns:
        Share of the power of all vectors, the constant left out, at the `KEY_FREQUENCIES`
        strongest frequencies.
    """
    found = power(weights).sum(dim=1)
    strongest = found.topk(min(KEY_FREQUENCIES, len(found))).values
    return (strongest.sum() / found.sum()).item()
