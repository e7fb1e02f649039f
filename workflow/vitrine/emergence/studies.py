"""Depth and context in the models of the studies: from surface features to labels, layer by layer,
and what more context is worth."""

from typing import Any

import numpy as np
import torch

from vitrine.attention.maps import recorded
from vitrine.data.encoding import Encoding
from vitrine.data.examples import Examples
from vitrine.emergence.cka import linear_cka
from vitrine.emergence.probes import probe_with_control
from vitrine.models.inference import logits
from vitrine.models.model import Model
from vitrine.models.packing import batches_by_length, pack

PARTS = 3  # surface features are told as low, middle or high


def surface(examples: Examples, encoding: Encoding) -> dict[str, np.ndarray]:
    """Properties of instances that need no understanding, float64 [n] each.

    ``length`` counts players; ``mass`` is the mean of the numeric contents (the strokes of a
    digit, the values of a form); ``popularity`` the mean place of words or films in the
    vocabulary, which begins with the most frequent, on a log scale and with its sign turned.
    Properties that are alike for all instances are left out.
    """
    instance = np.repeat(np.arange(len(examples)), examples.lengths)
    count = np.maximum(examples.lengths, 1)
    found = {"length": examples.lengths.astype(float)}
    if encoding.feature_width:
        found["mass"] = np.bincount(instance, examples.features.sum(axis=1), len(count)) / count
    if encoding.domain in ("text", "sequence"):
        rarity = np.bincount(instance, np.log1p(examples.ids), len(count)) / count
        found["popularity"] = -rarity
    return {name: values for name, values in found.items() if np.ptp(values) > 0}


def thirds(values: np.ndarray) -> np.ndarray:
    """Low, middle or high among the others: int64 [n] in 0, 1, 2."""
    edges = np.quantile(values, np.arange(1, PARTS) / PARTS)
    return np.searchsorted(edges, values, side="left").astype(np.int64)


@torch.no_grad()
def pooled_states(model: Model, examples: Examples) -> list[np.ndarray]:
    """The stream of every instance, its players averaged, in the embedding and after every block.

    Returns:
        1 + layers arrays, float64 [n, width].
    """
    found = [np.zeros((len(examples), model.shape.width)) for _ in range(1 + model.shape.layers)]
    for rows in batches_by_length(examples.lengths, 64, 8192):
        batch = examples.take(rows)
        tokens = pack(batch, np.arange(len(batch.ids)), batch.lengths)
        with recorded(model, "hook_residual") as streams:
            model.states(tokens)
        weights = torch.ones(tokens.ids.shape) if tokens.present is None else tokens.present.float()
        weights = weights / weights.sum(dim=1, keepdim=True).clamp(min=1)
        for place, stream in enumerate((model.embedded(tokens), *streams)):
            mean = (model.by_player(stream, tokens)[:, 1:] * weights[..., None]).sum(dim=1)
            found[place][rows] = mean.double().numpy()
    return found


def depth(
    model: Model,
    examples: Examples,
    encoding: Encoding,
    rng: np.random.Generator,
    read: Examples | None = None,
) -> list[dict[str, Any]]:
    """Probes and similarities of all layers.

    Args:
        model: in evaluation mode.
        examples: n instances that the model has not learned.
        encoding: of the study.
        rng: divides the instances and shuffles the controls.
        read: the instances as the model reads them, where that is not how the study has them.

    Returns:
        Rows ``measure, feature, layer, other, value``: ``probe``, ``control`` (the same probe for
        shuffled labels) and ``majority`` (always the commonest) of the label and of `surface`
        properties at every ``layer`` (0 is the embedding), and ``cka`` between ``layer`` and
        ``other``. The label of a ranking study is how popular the film is that comes next.
    """
    states = pooled_states(model, examples if read is None else read)
    targets = {name: thirds(values) for name, values in surface(examples, encoding).items()}
    if encoding.task == "ranking":
        targets["label"] = thirds(-np.log1p(examples.labels))
    else:
        targets["label"] = examples.labels
    rows = []
    for feature, labels in targets.items():
        majority = float(np.bincount(labels).max() / len(labels))
        for layer, stream in enumerate(states):
            told, control = probe_with_control(stream, labels, rng)
            rows += [
                {"measure": measure, "feature": feature, "layer": layer, "other": -1, "value": v}
                for measure, v in (("probe", told), ("control", control), ("majority", majority))
            ]
    for layer, one in enumerate(states):
        for other, two in enumerate(states[:layer]):
            alike = linear_cka(one, two)
            rows.append(
                {"measure": "cka", "feature": "", "layer": layer, "other": other, "value": alike}
            )
    return rows


def by_context(
    model: Model, examples: Examples, encoding: Encoding, histories: list[np.ndarray]
) -> list[dict[str, Any]]:
    """The loss on what was held out when the model sees only so many players.

    Of a history these are the latest, of anything else the first. The same instances are used for
    all lengths of context: those that have the longest. Films of the history are no candidates.

    Args:
        model: in evaluation mode.
        examples: held-out instances.
        encoding: of the study.
        histories: films that are not ranked, by instance; empty for classifiers.

    Returns:
        Rows ``context, nll, n``, in nats.
    """
    known = examples.labels > 0 if encoding.task == "ranking" else examples.labels >= 0
    longest = int(np.quantile(examples.lengths[known], 0.5))
    chosen = np.flatnonzero(known & (examples.lengths >= longest))
    contexts = sorted({min(2**power, longest) for power in range(int(longest).bit_length() + 1)})
    rows = []
    for context in contexts:
        own = examples.take(chosen)
        starts = own.offsets[1:] - context if encoding.task == "ranking" else own.offsets[:-1]
        players = (starts[:, None] + np.arange(context)).ravel()
        scores = logits(model, own.left(players, np.full(len(own), context))).astype(np.float64)
        for row, place in enumerate(chosen if histories else []):
            scores[row, histories[place]] = -np.inf
        scores -= scores.max(axis=1, keepdims=True)
        right = scores[np.arange(len(own)), own.labels]
        nll = np.log(np.exp(scores).sum(axis=1)) - right
        nll = nll[np.isfinite(nll)]
        rows.append({"context": context, "nll": float(nll.mean()), "n": len(nll)})
    return rows
