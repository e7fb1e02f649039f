"""Batches of rows that all have the same length, so that nothing is padded."""

import torch
from torch import Tensor

from vitrine.models.packing import Tokens


def tokens_of_ids(ids: Tensor) -> Tokens:
    """Tokens of rows of ids, int64 [n, length]."""
    count, length = ids.shape
    positions = torch.arange(length).expand(count, -1)
    return Tokens(ids, torch.zeros(count, length, 0), positions, None)


def tokens_of_vectors(features: Tensor) -> Tokens:
    """Tokens of rows of vectors, float [n, length, k]."""
    count, length, _ = features.shape
    positions = torch.arange(length).expand(count, -1)
    return Tokens(torch.zeros(count, length, dtype=torch.int64), features, positions, None)
