"""The parity of a language model: in batches, with a shared prefix, and with weights observed."""

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from vitrine.models.pretrained.parity import (
    TOLERANCE,
    Parity,
    checked,
    difference,
    listening,
    original_attention,
)

# Lengths of the texts, in tokens, the longest last.
LENGTHS = (1, 7, 20)
# Tokens of the longest text that are read before the others and kept in a cache.
PREFIX = 9


@torch.no_grad()
def decoder_parity(net: Any, patterns: Sequence[nn.Module], start: int, limit: int) -> Parity:
    """Compare the logits of random tokens with those that the model's own attention gives.

    Expected are the logits of each text alone. Found are those of all texts together, which are
    padded at the end without a mask, as in scoring; with and without hook points that somebody
    listens to; and those of a text whose beginning is in a cache.

    Args:
        net: a language model of ``transformers`` on the CPU, in evaluation mode, with hook points.
        patterns: the hook points of attention weights.
        start: id of the token that pads.
        limit: the most tokens that the model reads at once.

    Returns:
        The largest difference, which is small enough.

    Raises:
        BadDataError: the difference is too large.
        ValueError: attention has an option that is not known.
    """
    random = torch.Generator().manual_seed(0)
    lengths = sorted({min(length, limit) for length in LENGTHS})
    texts = [torch.randint(net.config.vocab_size, (size,), generator=random) for size in lengths]
    padded = nn.utils.rnn.pad_sequence(texts, batch_first=True, padding_value=start)

    def logits(ids: Tensor) -> Tensor:
        output: Tensor = net(input_ids=ids, use_cache=False).logits
        return output

    with original_attention(net):
        expected = [logits(text[None])[0] for text in texts]
    together = logits(padded)
    with listening(patterns):
        observed = logits(padded)
    differences = [
        difference(found[row, : len(text)], expected[row])
        for found in (together, observed)
        for row, text in enumerate(texts)
    ]
    if lengths[-1] > PREFIX:
        found = _after_prefix(net, texts[-1])
        differences.append(difference(found, expected[-1][PREFIX:]))
    # NaN is the largest of all here.
    worst = float(torch.tensor(differences).max())
    parity = Parity("logits", worst, TOLERANCE, len(texts), sum(lengths))
    return checked(parity, net.name_or_path, net.config.model_type)


def _after_prefix(net: Any, text: Tensor) -> Tensor:
    """Logits of a text behind its first tokens, which come from a cache, for one of two rows."""
    before = net(input_ids=text[None, :PREFIX], use_cache=True).cache
    cache = copy.deepcopy(before)
    cache.batch_repeat_interleave(2)
    rest = text[None, PREFIX:].expand(2, -1)
    output: Tensor = net(input_ids=rest, cache=cache, use_cache=True).logits
    return output[1]
