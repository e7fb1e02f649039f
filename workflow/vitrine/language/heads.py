"""Attention heads of decoders: their scores, their ablation, and attention maps on disk."""

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

# Rows in a batch while attention is recorded.
ROWS = 8

# Scores by name, float64 [layers, heads] each.
HeadScores = dict[str, np.ndarray]


@contextmanager
def hooked(
    points: Sequence[nn.Module], look: Callable[[int, Tensor], Tensor | None]
) -> Iterator[None]:
    """Call a function with the output of each layer's hook point, layer after layer.

    Args:
        points: ``patterns`` or ``outputs`` of a `Decoder`.
        look: takes the layer, from 0, and the output, which is not stored; its return value
            replaces the output, unless it is None.
    """

    def hook(layer: int) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor | None]:
        return lambda _module, _inputs, output: look(layer, output)

    handles = [point.register_forward_hook(hook(layer)) for layer, point in enumerate(points)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def stream_maps(decoder: Decoder, ids: Sequence[int], folder: Path) -> None:
    """Write the attention maps of a text to disk, layer by layer.

    Only the maps of one layer are in memory at a time.

    Args:
        decoder: the model.
        ids: of the text; the start token is added.
        folder: gets ``layer<k>.npy``, k from 1: float16 [heads, tokens, tokens]; rows attend.

    Raises:
        ValueError: the text is longer than the model reads.
    """
    if len(ids) >= decoder.limit:
        raise ValueError(
            f"a text of {len(ids)} tokens; with the start token the model reads {decoder.limit}"
        )
    folder.mkdir(parents=True, exist_ok=True)

    def write(layer: int, maps: Tensor) -> None:
        with atomic(folder / f"layer{layer + 1}.npy") as temporary:
            file = np.lib.format.open_memmap(
                temporary, mode="w+", dtype=np.float16, shape=tuple(maps.shape[1:])
            )
            for head, pattern in enumerate(maps[0]):
                file[head] = pattern.to(torch.float16).cpu().numpy()
            file.flush()

    inputs = torch.as_tensor([[decoder.start, *ids]], device=decoder.device)
    with hooked(decoder.patterns, write):
        decoder.net(input_ids=inputs, use_cache=False, logits_to_keep=1)


def repeated(decoder: Decoder, rows: int, length: int, rng: np.random.Generator) -> np.ndarray:
    """Random tokens, each row's twice over: int64 [rows, 2 length], without special tokens."""
    special = set(decoder.tokenizer.all_special_ids) | {decoder.start}
    entries = range(min(decoder.vocabulary, len(decoder.tokenizer)))
    drawn = rng.choice([entry for entry in entries if entry not in special], (rows, length))
    return np.concatenate([drawn, drawn], axis=1)


@torch.no_grad()
def head_scores(decoder: Decoder, ids: np.ndarray) -> HeadScores:
    """The attention of heads to two kinds of positions (Olsson et al. 2022).

    Args:
        decoder: the model.
        ids: of `repeated`, int64 [n, 2 length].

    Returns:
        float64 [layers, heads], each in [0, 1]: ``previous``, the attention to the token just
        before; and ``prefix_matching``, in the second half, that to the token after the first
        occurrence of the present one.
    """
    length = ids.shape[1] // 2
    totals = {
        name: np.zeros((decoder.layers, decoder.heads)) for name in ("previous", "prefix_matching")
    }

    def look(layer: int, maps: Tensor) -> None:
        # The start token is left out.
        inner = maps[..., 1:, 1:].float()
        previous = inner.diagonal(offset=-1, dim1=-2, dim2=-1)
        # From the last token of the first half on; that one has not occurred before.
        matching = inner.diagonal(offset=1 - length, dim1=-2, dim2=-1)[..., 1:]
        for name, values in (("previous", previous), ("prefix_matching", matching)):
            totals[name][layer] += values.mean(dim=-1).sum(dim=0).double().cpu().numpy()

    with hooked(decoder.patterns, look):
        for begin in range(0, len(ids), ROWS):
            rows = torch.as_tensor(ids[begin : begin + ROWS])
            inputs = torch.nn.functional.pad(rows, (1, 0), value=decoder.start)
            decoder.net(input_ids=inputs.to(decoder.device), use_cache=False, logits_to_keep=1)
    return {name: values / len(ids) for name, values in totals.items()}


def uniform_scores(length: int) -> dict[str, float]:
    """The `head_scores` of attention that is uniform over all tokens so far."""
    reach = 1 / (np.arange(2 * length) + 2)
    return {
        "previous": float(reach[1:].mean()),
        "prefix_matching": float(reach[length:].mean()),
    }


@contextmanager
def ablated(decoder: Decoder, heads: Mapping[int, Sequence[int]]) -> Iterator[None]:
    """Replace the outputs of heads by their means over the rows of a batch (mean ablation).

    Args:
        decoder: the model.
        heads: heads of each layer, both from 0.
    """

    def look(layer: int, z: Tensor) -> Tensor | None:
        of_layer = list(heads.get(layer, ()))
        if not of_layer:
            return None
        z = z.clone()
        z[:, of_layer] = z[:, of_layer].mean(dim=0, keepdim=True)
        return z

    with hooked(decoder.outputs, look):
        yield


def copying(decoder: Decoder, ids: np.ndarray) -> pd.DataFrame:
    """How well repeated tokens are predicted.

    Args:
        decoder: the model.
        ids: of `repeated`, int64 [n, 2 length].

    Returns:
        ``half`` (1 or 2), ``nll`` (nats per token), ``accuracy`` (share of the tokens that are the
        most likely ones) and ``n`` (tokens).
    """
    scores = score(decoder, [([decoder.start], row) for row in ids.tolist()])
    logs = np.stack([continuation.logs for continuation in scores])
    hits = np.stack([continuation.hits for continuation in scores])
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
    """The loss on the second half without the heads of highest scores, and without random ones.

    Args:
        decoder: the model.
        ids: of `repeated`, int64 [n, 2 length].
        scores: float64 [layers, heads].
        count: number of ablated heads; at most half of all.
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

    losses = {"intact": loss()}
    for name, flat in chosen.items():
        heads: dict[int, list[int]] = {}
        for layer, head in zip(*np.unravel_index(flat, scores.shape), strict=True):
            heads.setdefault(int(layer), []).append(int(head))
        with ablated(decoder, heads):
            losses[name] = loss()
    return losses
