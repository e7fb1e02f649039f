"""Stage `attention`: attention maps, rollout, summaries and pictures of the chosen instances."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.attention.archive import Archive
from vitrine.attention.heatmaps import write_heatmap
from vitrine.attention.maps import attention_maps, rollout
from vitrine.attention.summary import summarise
from vitrine.attention.units import high_variance_units, unit_activations
from vitrine.data.encoding import load_encoding
from vitrine.explaining.instances import Chosen, chosen_instances
from vitrine.files import atomic, write_table
from vitrine.models.machine import Machine
from vitrine.models.storage import load_model
from vitrine.tracking.record import Record

PICTURES = 4
UNITS = 8
# Maps of so many instances are in memory together.
AT_ONCE = 64


def map_attention(
    data: Path,
    model: Path,
    shape: Path,
    predictions: Path,
    maps: Path,
    rollouts: Path,
    summary: Path,
    heatmaps: Path,
    activations: Path,
    *,
    instances: int,
    target: str,
    seed: int,
    megabytes: int,
    kept: int,
    machine: Machine,
    record: Record,
) -> None:
    """Write the attention of the chosen instances of validation and test.

    Args:
        data: the study's data folder.
        model, shape, predictions: the model's files.
        maps: npz to write, ``<split>/<instance>`` -> float32 [layers, heads, T, T].
        rollouts: npz to write, same keys -> float32 [T, T].
        summary: table to write, one row per instance, layer and head.
        heatmaps: folder to write pictures of the first instances of each split into.
        activations: npz to write, same keys -> float32 [layers, 8, T]: hidden units, those of each
            layer that vary most over the tokens of the first split; ``units`` -> int64
            [layers, 8] says which.
        instances, target, seed: which instances, as in the stage `explain`.
        megabytes: memory budget of a batch.
        kept: instances of each split whose maps, rollout and units are kept; the summary is of all.
        machine: threads of torch and graphics cards.
        record: gets the mean entropy of every layer.
    """
    device = machine.device()
    encoding = load_encoding(data)
    trained = load_model(model, shape).to(device)
    rows = []
    heatmaps.mkdir(parents=True, exist_ok=True)
    splits = list(
        chosen_instances(
            data, predictions, encoding, trained, count=instances, target=target, seed=seed
        )
    )
    units = high_variance_units(trained, splits[0].examples, UNITS, megabytes)
    with ExitStack() as stack:
        attentions, traced, hidden = (
            stack.enter_context(Archive(stack.enter_context(atomic(path))))
            for path in (maps, rollouts, activations)
        )
        hidden.add("units", units)
        for chosen, first in ((split, at) for split in splits for at in _starts(split)):
            part = chosen.take(np.arange(first, min(first + AT_ONCE, len(chosen.examples))))
            responses = unit_activations(trained, part.examples, units, megabytes)
            found = attention_maps(trained, part.examples, megabytes)
            for i, (attention, _) in enumerate(found):
                number = int(part.examples.instance[i])
                key = f"{chosen.split}/{number}"
                rows.append(summarise(attention).assign(split=chosen.split, instance=number))
                if first + i < PICTURES:
                    picture = heatmaps / f"{chosen.split}-{number}.png"
                    write_heatmap(attention, ["start", *part.players[i]], picture)
                if first + i < kept:
                    attentions.add(key, attention)
                    traced.add(key, rollout(attention))
                    hidden.add(key, responses[i])
    table = pd.concat(rows, ignore_index=True)
    columns = ["split", "instance", "layer", "head"]
    write_table(summary, table[[*columns, *table.columns.drop(columns)]])
    entropy = table.groupby("layer")["entropy"].mean()
    record.metrics({f"entropy/layer_{layer}": value for layer, value in entropy.items()})


def _starts(chosen: Chosen) -> range:
    return range(0, len(chosen.examples), AT_ONCE)
