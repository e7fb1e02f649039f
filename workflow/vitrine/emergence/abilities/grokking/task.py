"""Grokking of addition modulo p by a transformer (Nanda et al. 2023, arXiv 2301.05217)."""

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from vitrine.emergence.abilities.grokking import GrokkingSettings
from vitrine.emergence.residues import ModularAdditionTask, power
from vitrine.emergence.task import transformer
from vitrine.models.transformer import Transformer
from vitrine.models.whole_rows import tokens_of_ids

# Frequencies that a trained transformer of this kind uses (Nanda et al. 2023, section 4).
KEY_FREQUENCIES = 5


class Grokking(ModularAdditionTask[GrokkingSettings]):
    """Addition modulo p by a transformer without norms, read at the start token.

    The start token sees both numbers and so does what the "=" behind them does in the paper.
    """

    error: ClassVar[str] = "nll"

    def build(self) -> Transformer:
        return transformer(
            self.settings,
            vocabulary=self.settings.modulus,
            outputs=self.settings.modulus,
            positions=2,
            causal=False,
            readout="start",
            norm=False,
        )

    def outputs(self, model: nn.Module, a: Tensor, b: Tensor) -> Tensor:
        scores: Tensor = model(tokens_of_ids(torch.stack([a, b], dim=1)))
        return scores

    def errors(self, outputs: Tensor, answers: Tensor) -> Tensor:
        return functional.cross_entropy(outputs, answers, reduction="none")

    def fourier_share(self, model: nn.Module) -> float:
        assert isinstance(model, Transformer)
        return embedding_share(model.embedding.ids.detach())


def embedding_share(weights: Tensor) -> float:
    """How few frequencies make up the embedding of the numbers (Nanda et al. 2023, section 5).

    Args:
        weights: float [modulus, width].

    Returns:
        Share of the power of all vectors, without the constant, at the `KEY_FREQUENCIES` strongest
        frequencies.
    """
    powers = power(weights).sum(dim=1)
    strongest = powers.topk(min(KEY_FREQUENCIES, len(powers))).values
    return (strongest.sum() / powers.sum()).item()


TASK = Grokking
