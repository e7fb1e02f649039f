"""The mechanism behind a trained ability: scores of heads, ablations, probes."""

from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from vitrine.attention.maps import recorded
from vitrine.emergence.ability import Ability, words
from vitrine.emergence.ablation import ablations
from vitrine.emergence.induction import Lookup, scores
from vitrine.emergence.probes import Told, labels_of_types, probe
from vitrine.models.transformer import Transformer
from vitrine.seeds import derive

COLUMNS = ["measure", "layer", "head", "value"]
PROBED = 4000  # places


def examine(ability: Ability, model: nn.Module, items: tuple[Tensor, ...]) -> pd.DataFrame:
    """Look into a model.

    Args:
        ability: what it has learned.
        model: in evaluation mode.
        items: test items.

    Returns:
        ``measure, layer, head, value``. Layers count from 1 and 0 is the embedding, heads count
        from 1, and 0 stands for the whole layer. Every transformer has ``ablation_head`` and
        ``ablation_layer`` (the ability's metric without that part) beside ``intact``; abilities of
        looking up have ``previous`` and ``induction`` with ``..._uniform``, and ``probe``: how well
        the symbol before the present one is read from the stream, with the controls
        ``probe_shuffled`` and ``probe_by_type``, in which every pair of the two symbols has a
        random label. Other models have no rows.
    """
    rows: list[dict[str, Any]] = []

    def add(measure: str, value: float, layer: int = 0, head: int = 0) -> None:
        rows.append({"measure": measure, "layer": layer, "head": head, "value": value})

    if isinstance(model, Transformer):
        metric = ability.anchors().metric
        add("intact", ability.measure(model, items)[metric])
        for layer, head, value in ablations(
            model, lambda ablated: ability.measure(ablated, items)[metric]
        ):
            if head is None:
                add("ablation_layer", value, layer + 1)
            else:
                add("ablation_head", value, layer + 1, head + 1)
        if isinstance(ability, Lookup):
            ids = items[0][:, :-1]
            found = scores(model, ids[:512])
            for name in ("previous", "induction"):
                add(f"{name}_uniform", getattr(found, f"{name}_uniform"))
                for (layer, head), value in np.ndenumerate(getattr(found, name)):
                    add(name, float(value), layer + 1, head + 1)
            for layer, told in enumerate(_previous_symbol(model, ids)):
                add("probe", told.labels, layer)
                add("probe_shuffled", told.shuffled, layer)
                add("probe_by_type", told.by_type, layer)
    return pd.DataFrame(rows, columns=COLUMNS)


@torch.no_grad()
def _previous_symbol(model: Transformer, ids: Tensor) -> list[Told]:
    """Probes for the symbol before the present one, in the embedding and after every layer."""
    batch = words(ids[: -(-PROBED // (ids.shape[1] - 1))])
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
