"""Stage `attention`: attention maps, rollout, summaries and pictures of the chosen instances."""

from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.attention.heatmaps import write_heatmap
from vitrine.attention.maps import attention_maps, rollout
from vitrine.attention.summary import summarise
from vitrine.attention.units import telling_units, unit_activations
from vitrine.data.encoding import load_encoding
from vitrine.files import atomic, write_table
from vitrine.models.machine import Machine
from vitrine.models.storage import load_model
from vitrine.stages.chosen import chosen_instances
from vitrine.tracking.record import Record

PICTURES = 4
UNITS = 8


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
        machine: threads of torch and graphics cards.
        record: gets the mean entropy of every layer.
    """
    device = machine.device()
    encoding = load_encoding(data)
    trained = load_model(model, shape).to(device)
    arrays: dict[str, np.ndarray] = {}
    traced: dict[str, np.ndarray] = {}
    rows = []
    heatmaps.mkdir(parents=True, exist_ok=True)
    splits = list(
        chosen_instances(
            data, predictions, encoding, trained, count=instances, target=target, seed=seed
        )
    )
    units = telling_units(trained, splits[0].examples, UNITS, megabytes)
    hidden: dict[str, np.ndarray] = {"units": units}
    for chosen in splits:
        responses = unit_activations(trained, chosen.examples, units, megabytes)
        for i, (attention, _) in enumerate(attention_maps(trained, chosen.examples, megabytes)):
            number = int(chosen.examples.instance[i])
            key = f"{chosen.split}/{number}"
            arrays[key] = attention
            traced[key] = rollout(attention)
            hidden[key] = responses[i]
            rows.append(summarise(attention).assign(split=chosen.split, instance=number))
            if i < PICTURES:
                picture = heatmaps / f"{chosen.split}-{number}.png"
                write_heatmap(attention, ["start", *chosen.players[i]], picture)
    for path, content in ((maps, arrays), (rollouts, traced), (activations, hidden)):
        with atomic(path) as temporary:
            np.savez_compressed(temporary, allow_pickle=False, **content)
    table = pd.concat(rows, ignore_index=True)
    columns = ["split", "instance", "layer", "head"]
    write_table(summary, table[[*columns, *table.columns.drop(columns)]])
    entropy = table.groupby("layer")["entropy"].mean()
    record.metrics({f"entropy/layer_{layer}": value for layer, value in entropy.items()})
