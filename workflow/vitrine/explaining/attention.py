"""Attention maps, rollout, summaries and pictures of the explained instances."""

from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
import pandas as pd

from vitrine.attention.archive import Archive
from vitrine.attention.heatmaps import write_heatmap
from vitrine.attention.maps import attention_maps, rollout
from vitrine.attention.summary import summarise
from vitrine.attention.units import high_variance_units, unit_activations
from vitrine.explaining.files import AttentionFiles
from vitrine.explaining.instances import SplitInstances
from vitrine.explaining.session import ModelSession
from vitrine.explaining.settings import InstanceSettings
from vitrine.files import atomic

PICTURES = 4
UNITS = 8
# Maps of so many instances are in memory together.
AT_ONCE = 64


def map_attention(
    session: ModelSession,
    instances: InstanceSettings,
    files: AttentionFiles,
    *,
    most: int,
    megabytes: int,
) -> pd.DataFrame:
    """Write the attention of the explained instances of validation and test.

    Args:
        session: the model.
        instances: which instances.
        files: what to write.
        most: instances of each split whose maps, rollout and units are written; the summary is of
            all.
        megabytes: memory budget of a batch.

    Returns:
        The summary: ``split, instance, layer, head`` and the measures of `summarise`.
    """
    splits = list(session.splits(instances))
    units = high_variance_units(session.model, splits[0].examples, UNITS, megabytes)
    files.heatmaps.mkdir(parents=True, exist_ok=True)
    rows = []
    with ExitStack() as stack:
        attentions, rollouts, hidden = (
            stack.enter_context(Archive(stack.enter_context(atomic(path))))
            for path in (files.maps, files.rollout, files.activations)
        )
        hidden.add("units", units)
        for first, part in _parts(splits):
            responses = unit_activations(session.model, part.examples, units, megabytes)
            maps = attention_maps(session.model, part.examples, megabytes)
            for i, (attention, _) in enumerate(maps):
                number = int(part.examples.instance[i])
                key = f"{part.split}/{number}"
                rows.append(summarise(attention).assign(split=part.split, instance=number))
                if first + i < PICTURES:
                    picture = files.heatmaps / f"{part.split}-{number}.png"
                    write_heatmap(attention, ["start", *part.players[i]], picture)
                if first + i < most:
                    attentions.add(key, attention)
                    rollouts.add(key, rollout(attention))
                    hidden.add(key, responses[i])
    table = pd.concat(rows, ignore_index=True)
    columns = ["split", "instance", "layer", "head"]
    return table[[*columns, *table.columns.drop(columns)]]


def _parts(splits: list[SplitInstances]) -> Iterator[tuple[int, SplitInstances]]:
    """Some instances of a split at a time, and the place of the first in its split."""
    for split in splits:
        for first in range(0, len(split.examples), AT_ONCE):
            last = min(first + AT_ONCE, len(split.examples))
            yield first, split.take(np.arange(first, last))
