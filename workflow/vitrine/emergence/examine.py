"""The mechanism behind a trained ability: scores of heads, ablations, probes."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from vitrine.attention.maps import recorded
from vitrine.emergence.ablation import ablations
from vitrine.emergence.induction import LookupTask, head_scores
from vitrine.emergence.probes import ProbeAccuracy, labels_of_types, probe
from vitrine.emergence.task import Items, Task
from vitrine.models.transformer import Transformer
from vitrine.models.whole_rows import tokens_of_ids
from vitrine.seeds import derive

COLUMNS = ["measure", "layer", "head", "value"]
PROBED = 4000  # positions
SCORED = 512  # rows for the scores of heads

# Measure, layer, head and value.
Row = tuple[str, int, int, float]


def examine(task: Task[Any], model: nn.Module, items: Items) -> pd.DataFrame:
    """Examine the mechanism of a model.

    Args:
        task: what it has learned.
        model: in evaluation mode.
        items: test items.

    Returns:
        ``measure, layer, head, value``. Layers count from 1 and 0 is the embedding, heads count
        from 1, and 0 stands for the whole layer. Every transformer has ``ablation_head`` and
        ``ablation_layer`` (the metric of the ability without that part) beside ``intact``; tasks of
        looking up have ``previous`` and ``induction`` with ``..._uniform``, and ``probe``: the
        accuracy of a probe of the stream for the symbol before the present one, with the controls
        ``probe_shuffled`` and ``probe_by_type``, in which every pair of the two symbols has a
        random label. Other models have no rows.
    """
    rows: list[Row] = []
    if isinstance(model, Transformer):
        rows += _ablations(task, model, items)
        if isinstance(task, LookupTask):
            ids = items[0][:, :-1]
            rows += _head_scores(model, ids[:SCORED])
            rows += _probes(model, ids)
    return pd.DataFrame(rows, columns=COLUMNS)


def _ablations(task: Task[Any], model: Transformer, items: Items) -> Iterator[Row]:
    metric = task.anchors().metric
    yield "intact", 0, 0, task.measure(model, items)[metric]
    for layer, head, value in ablations(
        model, lambda ablated: task.measure(ablated, items)[metric]
    ):
        if head is None:
            yield "ablation_layer", layer + 1, 0, value
        else:
            yield "ablation_head", layer + 1, head + 1, value


def _head_scores(model: Transformer, ids: Tensor) -> Iterator[Row]:
    scores = head_scores(model, ids)
    for name in ("previous", "induction"):
        yield f"{name}_uniform", 0, 0, getattr(scores, f"{name}_uniform")
        for (layer, head), value in np.ndenumerate(getattr(scores, name)):
            yield name, layer + 1, head + 1, float(value)


def _probes(model: Transformer, ids: Tensor) -> Iterator[Row]:
    for layer, accuracy in enumerate(_previous_symbol(model, ids)):
        yield "probe", layer, 0, accuracy.accuracy
        yield "probe_shuffled", layer, 0, accuracy.shuffled
        yield "probe_by_type", layer, 0, accuracy.by_type


@torch.no_grad()
def _previous_symbol(model: Transformer, ids: Tensor) -> list[ProbeAccuracy]:
    """Probes for the symbol before the present one, in the embedding and after every layer."""
    batch = tokens_of_ids(ids[: -(-PROBED // (ids.shape[1] - 1))])
    with recorded(model, "hook_residual") as streams:
        model.states(batch)
    before = batch.ids[:, :-1].reshape(-1).numpy()
    present = batch.ids[:, 1:].reshape(-1).numpy()
    rng = np.random.default_rng(derive(0, "probes"))
    by_type = labels_of_types(present * model.shape.vocabulary + before, before, rng)
    return [
        # The stream begins with the start token; the first symbol has none before it.
        probe(stream[:, 2:].reshape(len(before), -1).double().numpy(), before, by_type, rng)
        for stream in (model.embedding(batch), *streams)
    ]
