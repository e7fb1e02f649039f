"""Log-likelihoods of continuations, as ``lm-evaluation-harness`` defines them."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from transformers import DynamicCache

from vitrine.models.inference import in_batches
from vitrine.models.pretrained.decoder import Decoder

Ids = Sequence[int]

# Minimum length of a prefix that is read once for all rows.
SHORTEST_SHARED = 8


@dataclass(frozen=True)
class Continuation:
    """The score of a continuation.

    Attributes:
        logs: float64 [tokens], natural logarithm of each token's probability given all before it.
        hits: bool [tokens], whether the token is the most likely one.
    """

    logs: np.ndarray
    hits: np.ndarray

    @property
    def log_likelihood(self) -> float:
        """The sum over its tokens, in nats."""
        return float(self.logs.sum())

    @property
    def greedy(self) -> bool:
        """Whether greedy decoding would give it."""
        return bool(self.hits.all())


def pair(decoder: Decoder, context: str, continuation: str) -> tuple[list[int], list[int]]:
    """The ids of a context and of its continuation.

    Both are tokenized together, and the continuation gets the tokens beyond those of the context
    alone; spaces at the end of the context belong to the continuation. An empty context is the
    start token.
    """
    bare = context.rstrip()
    continuation = context[len(bare) :] + continuation
    if not bare:
        return [decoder.start], decoder.encode(continuation)
    before = decoder.encode(bare)
    return before, decoder.encode(bare + continuation)[len(before) :]


def score(
    decoder: Decoder, requests: Sequence[tuple[Ids, Ids]], megabytes: int = 256
) -> list[Continuation]:
    """Score continuations of contexts.

    Requests with the same input share a row, rows of similar length a batch, and a common prefix of
    all rows is read once and its keys and values are reused. Where a context and its continuation
    are longer than the model reads, the context loses its beginning.

    Args:
        decoder: the model.
        requests: ids of context and continuation; neither is empty.
        megabytes: memory budget of a batch.

    Returns:
        The score of each, in order.

    Raises:
        ValueError: a context or continuation is empty, or a continuation is longer than the model
            reads.
    """
    rows: dict[tuple[int, ...], int] = {}
    places: list[tuple[int, int]] = []
    for context, continuation in requests:
        if not context or not continuation or len(continuation) > decoder.limit:
            raise ValueError(
                f"a context of {len(context)} and a continuation of {len(continuation)} tokens "
                f"cannot be scored by a model that reads {decoder.limit}"
            )
        inputs_of = (*context, *continuation)[-(decoder.limit + 1) : -1]
        # The output at this position predicts the first token of the continuation.
        row = rows.setdefault(inputs_of, len(rows))
        places.append((row, len(inputs_of) - len(continuation)))
    inputs = list(rows)
    first = list(map(len, inputs))
    requests_of: list[list[int]] = [[] for _ in inputs]
    for number, (row, place) in enumerate(places):
        first[row] = min(first[row], place)
        requests_of[row].append(number)
    result: dict[int, Continuation] = {}
    for row, logits in _logits(decoder, inputs, first, megabytes):
        for number in requests_of[row]:
            scores = logits[places[number][1] - first[row] :].float()
            targets = torch.as_tensor(list(requests[number][1]), device=scores.device)
            logs = scores.gather(1, targets[:, None])[:, 0] - scores.logsumexp(dim=1)
            result[number] = Continuation(
                logs.double().cpu().numpy(), (scores.argmax(dim=1) == targets).cpu().numpy()
            )
    return [result[number] for number in range(len(requests))]


def _logits(
    decoder: Decoder, inputs: Sequence[tuple[int, ...]], first: Sequence[int], megabytes: int
) -> Iterator[tuple[int, torch.Tensor]]:
    """Every row's logits from its first scored position on, [positions, vocabulary]."""
    shared = _shared(inputs, min(first, default=0))
    cache = _cache(decoder, inputs[0][:shared]) if shared else None
    device = decoder.device

    @torch.no_grad()
    def work(rows: np.ndarray) -> list[torch.Tensor]:
        longest = max(len(inputs[row]) for row in rows) - shared
        ids = torch.full((len(rows), longest), decoder.start)
        for place, row in enumerate(rows):
            # Attention is causal, so padding at the end needs no mask.
            remaining = inputs[row][shared:]
            ids[place, : len(remaining)] = torch.as_tensor(list(remaining))
        begin = min(first[row] for row in rows) - shared
        logits = decoder.net(
            input_ids=ids.to(device),
            cache=_repeated(cache, len(rows)),
            use_cache=cache is not None,
            logits_to_keep=torch.arange(begin, longest, device=device),
        ).logits
        return [
            logits[place, first[row] - shared - begin : len(inputs[row]) - shared - begin]
            for place, row in enumerate(rows)
        ]

    batches = _batches(decoder, inputs, first, shared, megabytes)
    for rows, logits_of in in_batches(batches, work):
        yield from zip(rows.tolist(), logits_of, strict=True)


def _shared(inputs: Sequence[tuple[int, ...]], most: int) -> int:
    """Length of the common prefix of all rows, at most ``most``; 0 where it is too short to pay."""
    if len(inputs) < 2:
        return 0
    low, high = min(inputs), max(inputs)
    same = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))
    same = min(same, most)
    return same if same >= SHORTEST_SHARED else 0


@torch.no_grad()
def _cache(decoder: Decoder, ids: Ids) -> DynamicCache:
    inputs = torch.as_tensor([list(ids)], device=decoder.device)
    return decoder.net(input_ids=inputs, use_cache=True, logits_to_keep=1).cache


def _repeated(cache: DynamicCache | None, count: int) -> DynamicCache | None:
    """A copy for a number of rows; the model appends to it."""
    if cache is None:
        return None
    copied = copy.deepcopy(cache)
    copied.batch_repeat_interleave(count)
    return copied


def _batches(
    decoder: Decoder,
    inputs: Sequence[tuple[int, ...]],
    first: Sequence[int],
    shared: int,
    megabytes: int,
) -> Iterator[np.ndarray]:
    """Rows of similar length, as many as fit into memory with activations, cache and logits."""

    def floats(row: int) -> int:
        total = len(inputs[row])
        remaining = total - shared
        return (
            remaining * (14 * decoder.width + 3 * decoder.heads * total)
            + 2 * total * decoder.layers * decoder.width
            + 2 * (total - first[row]) * decoder.vocabulary
        )

    order = sorted(range(len(inputs)), key=lambda row: (len(inputs[row]), first[row]))
    room = megabytes * 2**20 // 4
    start = 0
    while start < len(order):
        stop, largest = start, 0
        while stop < len(order):
            largest = max(largest, floats(order[stop]))
            if stop > start and (stop - start + 1) * largest > room:
                break
            stop += 1
        yield np.array(order[start:stop])
        start = stop
