"""Depth and context in the models of the studies: from surface features to labels, layer by layer,
what more context is worth, and the loss along a history."""

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

PARTS = 3  # surface features are told as low, middle or high
UNKNOWN_ID = 0  # of films outside the vocabulary
HISTORIES = 128  # of which every place is scored
AT_ONCE = 16  # histories; each takes a score of every film at every place


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
    if DOMAINS[encoding.domain].has_vocabulary:
        rarity = np.bincount(instance, np.log1p(examples.ids), len(count)) / count
        found["popularity"] = -rarity
    return {name: values for name, values in found.items() if np.ptp(values) > 0}


def thirds(values: np.ndarray) -> np.ndarray:
    """Low, middle or high among the others: int64 [n] in 0, 1, 2."""
    edges = np.quantile(values, np.arange(1, PARTS) / PARTS)
    return np.searchsorted(edges, values, side="left").astype(np.int64)


def types(examples: Examples, encoding: Encoding) -> np.ndarray:
    """What kind of player each one is, int64 [total].

    Words and films are types of their own. A patch or field is one by its place, its id and whether
    its numeric contents are low, middle or high among those of this place and id.
    """
    if DOMAINS[encoding.domain].has_vocabulary:
        return examples.ids
    _, kinds = np.unique(np.stack([examples.positions, examples.ids]), axis=1, return_inverse=True)
    contents = examples.features.sum(axis=1)
    found = np.zeros(len(kinds), dtype=np.int64)
    for kind in np.unique(kinds):
        found[kinds == kind] = kind * PARTS + thirds(contents[kinds == kind])
    return found


@torch.no_grad()
def pooled_states(model: Model, examples: Examples) -> list[np.ndarray]:
    """The stream of every instance, its players averaged, in the embedding and after every block.

    Returns:
        1 + layers arrays, float64 [n, width].
    """
    device = next(model.parameters()).device
    found = [np.zeros((len(examples), model.shape.width)) for _ in range(1 + model.shape.layers)]
    for rows in batches_by_length(examples.lengths, 64, 8192):
        batch = examples.take(rows)
        tokens = pack(batch, np.arange(len(batch.ids)), batch.lengths).to(device)
        with recorded(model, "hook_residual") as streams:
            model.states(tokens)
        present = tokens.present
        weights = torch.ones_like(tokens.ids) if present is None else present
        weights = weights.float() / weights.sum(dim=1, keepdim=True).clamp(min=1)
        for place, stream in enumerate((model.embedded(tokens), *streams)):
            mean = (model.by_player(stream, tokens)[:, 1:] * weights[..., None]).sum(dim=1)
            found[place][rows] = mean.double().cpu().numpy()
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
        rng: divides the instances and draws the controls.
        read: the instances as the model reads them, where that is not how the study has them.

    Returns:
        Rows ``measure, feature, layer, other, value``: ``probe``, its controls ``shuffled`` and
        ``by_type`` (see `vitrine.emergence.probes.Told`), ``selectivity`` and ``majority`` (always
        the commonest) of the label and of `surface` properties at every ``layer`` (0 is the
        embedding), and ``cka`` between ``layer`` and ``other``. The label of a ranking study is
        how popular the film is that comes next.
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
            told = probe(stream, labels, by_type, rng)
            measured = {
                "probe": told.labels,
                "shuffled": told.shuffled,
                "by_type": told.by_type,
                "selectivity": told.selectivity,
                "majority": majority,
            }
            rows += [
                {"measure": measure, "feature": feature, "layer": layer, "other": -1, "value": v}
                for measure, v in measured.items()
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

    Of a history these are the latest, of anything else the first; of a text they are what has been
    read up to a position. The same instances are used for all lengths of context: those that have
    the longest. Films of the history are no candidates.

    Args:
        model: in evaluation mode.
        examples: held-out instances.
        encoding: of the study.
        histories: films that are not ranked, by instance; empty for classifiers.

    Returns:
        Rows ``context, nll, n``, in nats.
    """
    chosen, longest = _long(examples, encoding)
    contexts = sorted({min(2**power, longest) for power in range(int(longest).bit_length() + 1)})
    rows = []
    for context in contexts:
        own = examples.take(chosen)
        starts = own.offsets[1:] - context if encoding.task == "ranking" else own.offsets[:-1]
        players = (starts[:, None] + np.arange(context)).ravel()
        scores = logits(model, own.left(players, np.full(len(own), context))).astype(np.float64)
        for row, place in enumerate(chosen if histories else []):
            scores[row, [UNKNOWN_ID, *histories[place]]] = -np.inf
        scores -= scores.max(axis=1, keepdims=True)
        right = scores[np.arange(len(own)), own.labels]
        nll = np.log(np.exp(scores).sum(axis=1)) - right
        nll = nll[np.isfinite(nll)]
        rows.append({"context": context, "nll": float(nll.mean()), "n": len(nll)})
    return rows


@torch.no_grad()
def by_position(
    model: Model, examples: Examples, encoding: Encoding, popularity: np.ndarray
) -> list[dict[str, Any]]:
    """The loss on every next film of a history, by how many films stand before it.

    All places are those of the same histories: the latest films of at most `HISTORIES`. Only the
    last one has not been learned in training. Films before a place are no candidates at it. Films
    that come late are others than those that come early, so what popularity foretells of them is
    told beside.

    Args:
        model: of a ranking study, in evaluation mode.
        examples: held-out histories.
        encoding: of the study.
        popularity: float or int [vocabulary], how often each film occurs in training.

    Returns:
        Rows ``context`` (the films before), ``nll``, ``popularity`` (the loss of a guess in
        proportion to popularity), ``n``, in nats.
    """
    device = next(model.parameters()).device
    chosen, longest = _long(examples, encoding)
    before = torch.ones(longest + 1, longest, dtype=torch.bool).tril(-1)
    guess = torch.from_numpy(np.log(popularity + 1.0).astype(np.float32))
    parts: list[np.ndarray] = []
    for start in range(0, min(len(chosen), HISTORIES), AT_ONCE):
        own = examples.take(chosen[start : min(start + AT_ONCE, HISTORIES)])
        players = (own.offsets[1:, None] - longest + np.arange(longest)).ravel()
        batch = own.left(players, np.full(len(own), longest))
        tokens = pack(batch, np.arange(len(batch.ids)), batch.lengths)
        targets = torch.cat([tokens.ids, torch.from_numpy(own.labels)[:, None]], dim=1)
        # The start token sees no film, the first film one, and so on.
        seen = torch.where(before, tokens.ids[:, None], UNKNOWN_ID)
        scores = model.scores(model.states(tokens.to(device))).float().cpu()
        parts.append(
            np.stack([_costs(one, seen, targets) for one in (scores, guess.expand(scores.shape))])
        )
    costs = np.concatenate(parts, axis=1)
    known = np.isfinite(costs[0])
    rows = []
    for place in np.flatnonzero(known.any(axis=0)):
        nll, popular = costs[:, known[:, place], place].mean(axis=1)
        n = int(known[:, place].sum())
        rows.append({"context": int(place), "nll": nll, "popularity": popular, "n": n})
    return rows


def _costs(scores: torch.Tensor, seen: torch.Tensor, targets: torch.Tensor) -> np.ndarray:
    """Losses of scores [n, places, vocabulary], float64 [n, places]; NaN where none is defined.

    ``seen``, int64 [n, places, k], are no candidates, and neither is what is not known.
    """
    scores = scores.scatter(-1, seen, -torch.inf)
    scores[..., UNKNOWN_ID] = -torch.inf
    costs = -scores.log_softmax(dim=-1).gather(-1, targets[..., None])[..., 0].double().numpy()
    return np.where(np.isfinite(costs), costs, np.nan)


def _long(examples: Examples, encoding: Encoding) -> tuple[np.ndarray, int]:
    """Instances with a known label that are at least as long as half of them, and that length."""
    known = examples.labels > 0 if encoding.task == "ranking" else examples.labels >= 0
    longest = int(np.quantile(examples.lengths[known], 0.5))
    return np.flatnonzero(known & (examples.lengths >= longest)), longest
