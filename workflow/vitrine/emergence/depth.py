"""Depth and context in all models of a study: what layers encode and the value of context."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from vitrine.data.encoding import load_encoding
from vitrine.data.examples import load_examples
from vitrine.emergence.studies import by_context, by_position, depth
from vitrine.evaluation.predict import load_split
from vitrine.evaluation.progress import late_less_early
from vitrine.files import write_table
from vitrine.models.machine import Machine
from vitrine.models.storage import load_model
from vitrine.seeds import derive
from vitrine.tracking.record import Record


class ModelFolder(NamedTuple):
    """A trained model of a study."""

    scale: str
    seed: int
    folder: Path


def probe_study(
    data: Path,
    models: Sequence[ModelFolder],
    layers: Path,
    context: Path,
    *,
    instances: int,
    machine: Machine,
    record: Record,
) -> None:
    """Probe all models of a study, and measure the value of context.

    Args:
        data: the study's data folder.
        models: the models.
        layers: file to write: ``scale, seed, measure, feature, layer, other, value``.
        context: file to write: ``scale, seed, by, context, nll, n``, where ``by`` is ``context``
            (the model sees this number of features only) or, for histories, ``position`` (this
            number of items stands before); these have ``popularity`` too, the loss of a guess in
            proportion to it.
        instances: maximum number of test instances that are probed.
        machine: CPU threads and GPUs.
        record: gets the in-context learning scores of every model.
    """
    device = machine.device()
    encoding = load_encoding(data)
    split = load_split(data, "test", encoding)
    rng = np.random.default_rng(derive(0, "depth", "instances"))
    chosen = np.sort(rng.permutation(len(split.examples))[:instances])
    examples = split.examples.take(chosen)
    histories = [split.histories[row] for row in chosen] if split.histories else []
    ranking = encoding.task == "ranking"
    items = load_examples(data, "train").ids if ranking else np.empty(0, int)
    popularity = np.bincount(items, minlength=len(encoding.vocabulary))
    layer_tables: list[pd.DataFrame] = []
    context_tables: list[pd.DataFrame] = []
    for scale, seed, folder in models:
        files = (folder / "model.safetensors", folder / "architecture.json")
        model = load_model(*files).to(device)
        model_rng = np.random.default_rng(derive(seed, "depth", scale))
        read = load_split(data, "test", encoding, model).examples.take(chosen)
        rows = pd.DataFrame(depth(model, examples, encoding, model_rng, read))
        layer_tables.append(rows.assign(scale=scale, seed=seed))
        rows = pd.DataFrame(by_context(model, read, encoding, histories))
        context_tables.append(rows.assign(scale=scale, seed=seed, by="context"))
        # The loss with much context minus the loss with little.
        record.metrics({f"icl_score/{scale}/seed{seed}": rows.nll.iloc[-1] - rows.nll.iloc[0]})
        if ranking:
            rows = pd.DataFrame(by_position(model, read, encoding, popularity))
            context_tables.append(rows.assign(scale=scale, seed=seed, by="position"))
            score = late_less_early((rows.nll - rows.popularity).to_numpy())
            record.metrics({f"icl_score_by_position/{scale}/seed{seed}": score})
    _write(layers, layer_tables, ["scale", "seed"])
    _write(context, context_tables, ["scale", "seed", "by"])


def _write(path: Path, parts: list[pd.DataFrame], first: list[str]) -> None:
    """Write parts of a table as one, some columns first."""
    table = pd.concat(parts, ignore_index=True)
    write_table(path, table[[*first, *(column for column in table if column not in first)]])
