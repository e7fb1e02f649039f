"""Depth and context in the models of the studies.

What every layer encodes, from surface properties to labels, the value of more context, and the loss
along a history.
"""

from typing import Any

import numpy as np
import torch

from vitrine.attention.maps import recorded
from vitrine.data.domains.registry import DOMAINS
from vitrine.data.encoding import Encoding
from vitrine.data.examples import Examples
from vitrine.emergence.cka import linear_cka
from vitrine.emergence.probes import labels_of_mixtures, probe
from vitrine.models.inference import logits
from vitrine.models.model import Model
from vitrine.models.packing import batches_by_length, pack

CLASSES = 3  # of surface properties: low, middle and high
UNKNOWN_ID = 0  # of items outside the vocabulary
HISTORIES = 128  # whose positions are all scored, at most
BATCH = 16  # histories; each takes a score of every item at every position


def surface(examples: Examples, encoding: Encoding) -> dict[str, np.ndarray]:
    """Surface properties of instances, float64 [n] each.

    ``length`` counts features; ``mass`` is the mean of the numeric contents (the strokes of a
    digit, the values of a form); ``popularity`` the negative mean of the log rank of words or items
    in the vocabulary, which begins with the most frequent. Properties that are equal for all
    instances are left out.
    """
    instance = np.repeat(np.arange(len(examples)), examples.lengths)
    count = np.maximum(examples.lengths, 1)
    properties = {"length": examples.lengths.astype(float)}
    if encoding.feature_width:
        properties["mass"] = (
            np.bincount(instance, examples.features.sum(axis=1), len(count)) / count
        )
    if DOMAINS[encoding.domain].has_vocabulary:
        rarity = np.bincount(instance, np.log1p(examples.ids), len(count)) / count
        properties["popularity"] = -rarity
    return {name: values for name, values in properties.items() if np.ptp(values) > 0}


def thirds(values: np.ndarray) -> np.ndarray:
    """The third that each value falls into: int64 [n] in 0, 1, 2."""
    edges = np.quantile(values, np.arange(1, CLASSES) / CLASSES)
    return np.searchsorted(edges, values, side="left").astype(np.int64)


def types(examples: Examples, encoding: Encoding) -> np.ndarray:
    """The type of every feature, int64 [total].

    Every word and item is a type. The type of a patch or field is its position, its id and the
    third of its numeric contents among those of this position and id.
    """
    if DOMAINS[encoding.domain].has_vocabulary:
        return examples.ids
    _, kinds = np.unique(np.stack([examples.positions, examples.ids]), axis=1, return_inverse=True)
    contents = examples.features.sum(axis=1)
    types_of = np.zeros(len(kinds), dtype=np.int64)
    for kind in np.unique(kinds):
        types_of[kinds == kind] = kind * CLASSES + thirds(contents[kinds == kind])
    return types_of


@torch.no_grad()
def pooled_states(model: Model, examples: Examples) -> list[np.ndarray]:
    """The stream of every instance, averaged over features, in the embedding and after every block.

    Returns:
        1 + layers arrays, float64 [n, width].
    """
    device = next(model.parameters()).device
    states = [np.zeros((len(examples), model.shape.width)) for _ in range(1 + model.shape.layers)]
    for rows in batches_by_length(examples.lengths, 64, 8192):
        batch = examples.take(rows)
        tokens = pack(batch, np.arange(len(batch.ids)), batch.lengths).to(device)
        with recorded(model, "hook_residual") as streams:
            model.states(tokens)
        present = tokens.present
        weights = torch.ones_like(tokens.ids) if present is None else present
        weights = weights.float() / weights.sum(dim=1, keepdim=True).clamp(min=1)
        for layer, stream in enumerate((model.embedded(tokens), *streams)):
            mean = (model.by_player(stream, tokens)[:, 1:] * weights[..., None]).sum(dim=1)
            states[layer][rows] = mean.double().cpu().numpy()
    return states


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
        examples: n instances outside the training split.
        encoding: of the study.
        rng: splits the instances and draws the controls.
        read: the instances as the model reads them, where they differ from those of the study.

    Returns:
        Rows ``measure, feature, layer, other, value``: ``probe``, its controls ``shuffled`` and
        ``by_type`` (see `vitrine.emergence.probes.ProbeAccuracy`), ``selectivity`` and ``majority``
        (the most frequent class) of the label and of `surface` properties at every ``layer`` (0 is
        the embedding), and ``cka`` between ``layer`` and ``other``. The label of a ranking study is
        the popularity of the next item.
    """
    states = pooled_states(model, examples if read is None else read)
    targets = {name: thirds(values) for name, values in surface(examples, encoding).items()}
    if encoding.task == "ranking":
        targets["label"] = thirds(-np.log1p(examples.labels))
    else:
        targets["label"] = examples.labels
    kinds = types(examples, encoding)
    rows = []
    for feature, labels in targets.items():
        majority = float(np.bincount(labels).max() / len(labels))
        by_type = labels_of_mixtures(kinds, examples.offsets, labels, rng)
        for layer, stream in enumerate(states):
            accuracy = probe(stream, labels, by_type, rng)
            measured = {
                "probe": accuracy.accuracy,
                "shuffled": accuracy.shuffled,
                "by_type": accuracy.by_type,
                "selectivity": accuracy.selectivity,
                "majority": majority,
            }
            rows += [
                {"measure": measure, "feature": feature, "layer": layer, "other": -1, "value": v}
                for measure, v in measured.items()
            ]
    for layer, stream in enumerate(states):
        for other, earlier in enumerate(states[:layer]):
            cka = linear_cka(stream, earlier)
            rows.append(
                {"measure": "cka", "feature": "", "layer": layer, "other": other, "value": cka}
            )
    return rows


def by_context(
    model: Model, examples: Examples, encoding: Encoding, histories: list[np.ndarray]
) -> list[dict[str, Any]]:
    """The loss on held-out instances by the number of features that the model sees.

    These are the latest items of a history and the first features of anything else, so of a text
    the words up to a position. The same instances are used for all lengths of context: those with
    the longest. Items of the history are no candidates.

    Args:
        model: in evaluation mode.
        examples: held-out instances.
        encoding: of the study.
        histories: items that are not ranked, by instance; empty for classifiers.

    Returns:
        Rows ``context, nll, n``, in nats.
    """
    chosen, longest = _long(examples, encoding)
    contexts = sorted({min(2**power, longest) for power in range(int(longest).bit_length() + 1)})
    rows = []
    for context in contexts:
        batch = examples.take(chosen)
        starts = batch.offsets[1:] - context if encoding.task == "ranking" else batch.offsets[:-1]
        visible = (starts[:, None] + np.arange(context)).ravel()
        shortened = batch.left(visible, np.full(len(batch), context))
        scores = logits(model, shortened).astype(np.float64)
        for row, instance in enumerate(chosen if histories else []):
            scores[row, [UNKNOWN_ID, *histories[instance]]] = -np.inf
        scores -= scores.max(axis=1, keepdims=True)
        correct = scores[np.arange(len(batch)), batch.labels]
        nll = np.log(np.exp(scores).sum(axis=1)) - correct
        nll = nll[np.isfinite(nll)]
        rows.append({"context": context, "nll": float(nll.mean()), "n": len(nll)})
    return rows


@torch.no_grad()
def by_position(
    model: Model, examples: Examples, encoding: Encoding, popularity: np.ndarray
) -> list[dict[str, Any]]:
    """The loss on every next item of a history, by the number of items before it.

    All positions are those of the same histories: the latest items of at most `HISTORIES`. Only the
    last one was held out from training. Items before a position are no candidates at it. Late items
    differ from early ones, so the loss of a guess by popularity is given for comparison.

    Args:
        model: of a ranking study, in evaluation mode.
        examples: held-out histories.
        encoding: of the study.
        popularity: float or int [vocabulary], how often each item occurs in training.

    Returns:
        Rows ``context`` (the items before), ``nll``, ``popularity`` (the loss of a guess in
        proportion to popularity), ``n``, in nats.
    """
    device = next(model.parameters()).device
    chosen, longest = _long(examples, encoding)
    before = torch.ones(longest + 1, longest, dtype=torch.bool).tril(-1)
    guess = torch.from_numpy(np.log(popularity + 1.0).astype(np.float32))
    parts: list[np.ndarray] = []
    for start in range(0, min(len(chosen), HISTORIES), BATCH):
        histories = examples.take(chosen[start : min(start + BATCH, HISTORIES)])
        latest = (histories.offsets[1:, None] - longest + np.arange(longest)).ravel()
        batch = histories.left(latest, np.full(len(histories), longest))
        tokens = pack(batch, np.arange(len(batch.ids)), batch.lengths)
        targets = torch.cat([tokens.ids, torch.from_numpy(histories.labels)[:, None]], dim=1)
        # The start token sees no item, the first item one, and so on.
        earlier = torch.where(before, tokens.ids[:, None], UNKNOWN_ID)
        scores = model.scores(model.states(tokens.to(device))).float().cpu()
        parts.append(
            np.stack([_losses(s, earlier, targets) for s in (scores, guess.expand(scores.shape))])
        )
    losses = np.concatenate(parts, axis=1)
    defined = np.isfinite(losses[0])
    rows = []
    for position in np.flatnonzero(defined.any(axis=0)):
        nll, popular = losses[:, defined[:, position], position].mean(axis=1)
        n = int(defined[:, position].sum())
        rows.append({"context": int(position), "nll": nll, "popularity": popular, "n": n})
    return rows


def _losses(scores: torch.Tensor, earlier: torch.Tensor, targets: torch.Tensor) -> np.ndarray:
    """Losses of scores [n, positions, vocabulary], float64 [n, positions]; NaN where undefined.

    Neither ``earlier``, int64 [n, positions, k], nor unknown items are candidates.
    """
    scores = scores.scatter(-1, earlier, -torch.inf)
    scores[..., UNKNOWN_ID] = -torch.inf
    losses = -scores.log_softmax(dim=-1).gather(-1, targets[..., None])[..., 0].double().numpy()
    return np.where(np.isfinite(losses), losses, np.nan)


def _long(examples: Examples, encoding: Encoding) -> tuple[np.ndarray, int]:
    """Instances with a known label that are at least as long as half of them, and that length."""
    labelled = examples.labels > 0 if encoding.task == "ranking" else examples.labels >= 0
    longest = int(np.quantile(examples.lengths[labelled], 0.5))
    return np.flatnonzero(labelled & (examples.lengths >= longest)), longest
