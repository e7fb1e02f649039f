"""Attention heads of decoders: what they look at, what is lost without them, and maps on disk."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from vitrine.files import atomic
from vitrine.language.scoring import score
from vitrine.models.pretrained.decoder import Decoder

# Rows in a batch while attention is looked at.
ROWS = 8


@contextmanager
def watched(
    points: Sequence[nn.Module], look: Callable[[int, Tensor], Tensor | None]
) -> Iterator[None]:
    """Let a function see what passes each layer's point, one layer after the other.

    Args:
        points: ``patterns`` or ``outputs`` of a `Decoder`.
        look: takes the layer, from 0, and what passes, which no one keeps; whatever it returns
            takes its place, unless that is None.
    """

    def hook(layer: int) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor | None]:
        return lambda _module, _inputs, passed: look(layer, passed)

    handles = [point.register_forward_hook(hook(layer)) for layer, point in enumerate(points)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def stream_maps(decoder: Decoder, ids: Sequence[int], folder: Path) -> None:
    """Write the attention maps of a text to disk, layer by layer.

    Only one layer's maps are in memory at a time, whatever the number of layers.

    Args:
        decoder: the model.
        ids: of the text; the token that stands before a text comes first.
        folder: gets ``layer<k>.npy``, k from 1: float16 [heads, tokens, tokens]; rows attend.

    Raises:
        ValueError: the text is longer than the model reads.
    """
    if len(ids) >= decoder.limit:
        raise ValueError(f"a text of {len(ids)} tokens; the model reads {decoder.limit} with one")
    folder.mkdir(parents=True, exist_ok=True)

    def write(layer: int, maps: Tensor) -> None:
        with atomic(folder / f"layer{layer + 1}.npy") as temporary:
            file = np.lib.format.open_memmap(
                temporary, mode="w+", dtype=np.float16, shape=tuple(maps.shape[1:])
            )
            for head, own in enumerate(maps[0]):
                file[head] = own.to(torch.float16).cpu().numpy()
            file.flush()

    given = torch.as_tensor([[decoder.start, *ids]], device=decoder.device)
    with watched(decoder.patterns, write):
        decoder.net(input_ids=given, use_cache=False, logits_to_keep=1)


def repeated(decoder: Decoder, rows: int, length: int, rng: np.random.Generator) -> np.ndarray:
    """Random tokens, each row's twice over: int64 [rows, 2 length], without special tokens."""
    special = set(decoder.tokenizer.all_special_ids) | {decoder.start}
    known = range(min(decoder.vocabulary, len(decoder.tokenizer)))
    drawn = rng.choice([one for one in known if one not in special], (rows, length))
    return np.concatenate([drawn, drawn], axis=1)


@torch.no_grad()
def head_scores(decoder: Decoder, ids: np.ndarray) -> dict[str, np.ndarray]:
    """How much of their attention heads give to two kinds of places (Olsson et al. 2022).

    Args:
        decoder: the model.
        ids: of `repeated`, int64 [n, 2 length].

    Returns:
        float64 [layers, heads], each in [0, 1]: ``previous``, the attention to the token just
        before; and ``prefix_matching``, in the second half, that to the token which followed the
        present one's first occurrence.
    """
    length = ids.shape[1] // 2
    found = {
        name: np.zeros((decoder.layers, decoder.heads)) for name in ("previous", "prefix_matching")
    }

    def look(layer: int, maps: Tensor) -> None:
        # The token that stands before a text is left out.
        own = maps[..., 1:, 1:].float()
        previous = own.diagonal(offset=-1, dim1=-2, dim2=-1)
        # From the last token of the first half on; that one has not occurred before.
        matching = own.diagonal(offset=1 - length, dim1=-2, dim2=-1)[..., 1:]
        for name, values in (("previous", previous), ("prefix_matching", matching)):
            found[name][layer] += values.mean(dim=-1).sum(dim=0).double().cpu().numpy()

    with watched(decoder.patterns, look):
        for begin in range(0, len(ids), ROWS):
            rows = torch.as_tensor(ids[begin : begin + ROWS])
            given = torch.nn.functional.pad(rows, (1, 0), value=decoder.start)
            decoder.net(input_ids=given.to(decoder.device), use_cache=False, logits_to_keep=1)
    return {name: values / len(ids) for name, values in found.items()}


def evenly(length: int) -> dict[str, float]:
    """What `head_scores` gives for attention that is spread evenly over all tokens so far."""
    reach = 1 / (np.arange(2 * length) + 2)
    return {
        "previous": float(reach[1:].mean()),
        "prefix_matching": float(reach[length:].mean()),
    }


@contextmanager
def ablated(decoder: Decoder, heads: Mapping[int, Sequence[int]]) -> Iterator[None]:
    """Replace the outputs of heads by their means over the rows of a batch, place by place.

    Args:
        decoder: the model.
        heads: heads of each layer, both from 0.
    """

    def look(layer: int, z: Tensor) -> Tensor | None:
        own = list(heads.get(layer, ()))
        if not own:
            return None
        z = z.clone()
        z[:, own] = z[:, own].mean(dim=0, keepdim=True)
        return z

    with watched(decoder.outputs, look):
        yield


def copying(decoder: Decoder, ids: np.ndarray) -> pd.DataFrame:
    """How well repeated tokens are foretold.

    Args:
        decoder: the model.
        ids: of `repeated`, int64 [n, 2 length].

    Returns:
        ``half`` (1 or 2), ``nll`` (nats per token), ``accuracy`` (share of the tokens that are the
        most likely ones) and ``n`` (tokens).
    """
    found = score(decoder, [([decoder.start], row) for row in ids.tolist()])
    logs = np.stack([one.logs for one in found])
    hits = np.stack([one.hits for one in found])
    length = ids.shape[1] // 2
    rows = [
        {
            "half": half + 1,
            "nll": -float(logs[:, part].mean()),
            "accuracy": float(hits[:, part].mean()),
            "n": int(hits[:, part].size),
        }
        for half, part in enumerate((slice(0, length), slice(length, None)))
    ]
    return pd.DataFrame(rows)


def without_heads(
    decoder: Decoder, ids: np.ndarray, scores: np.ndarray, count: int, rng: np.random.Generator
) -> dict[str, float]:
    """The loss on the second half without the heads of highest scores, and without others.

    Args:
        decoder: the model.
        ids: of `repeated`, int64 [n, 2 length].
        scores: float64 [layers, heads].
        count: how many heads go; no more than half of all.
        rng: draws as many of the other heads.

    Returns:
        Nats per token: ``intact``, ``without_matching`` and ``without_others``.
    """
    order = np.argsort(-scores, axis=None)
    count = min(count, scores.size // 2)
    chosen = {
        "without_matching": order[:count],
        "without_others": rng.choice(order[count:], count, replace=False),
    }

    def loss() -> float:
        return float(copying(decoder, ids).set_index("half")["nll"][2])

    found = {"intact": loss()}
    for name, flat in chosen.items():
        heads: dict[int, list[int]] = {}
        for layer, head in zip(*np.unravel_index(flat, scores.shape), strict=True):
            heads.setdefault(int(layer), []).append(int(head))
        with ablated(decoder, heads):
            found[name] = loss()
    return found
