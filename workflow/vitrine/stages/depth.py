"""Stage `depth`: what every layer of a study's models knows, and what context is worth."""

from pathlib import Path

import numpy as np
import pandas as pd

from vitrine.data.encoding import load_encoding
from vitrine.data.examples import load_examples
from vitrine.emergence.progress import late_less_early
from vitrine.emergence.studies import by_context, by_position, depth
from vitrine.evaluation.predict import load_split
from vitrine.files import write_table
from vitrine.models.machine import Machine
from vitrine.models.storage import load_model
from vitrine.seeds import derive
from vitrine.tracking.record import Record


def probe_depth(
    data: Path,
    models: list[tuple[str, int, Path]],
    layers: Path,
    context: Path,
    *,
    instances: int,
    machine: Machine,
    record: Record,
) -> None:
    """Probe all models of a study.

    Args:
        data: the study's data folder.
        models: scale, seed and folder of each.
        layers: file to write: ``scale, seed, measure, feature, layer, other, value``.
        context: file to write: ``scale, seed, by, context, nll, n``, where ``by`` is ``context``
            (only so many players are seen) or, for histories, ``position`` (so many stand before);
            these have ``popularity`` too, the loss of a guess in proportion to it.
        instances: test instances that are probed at most.
        machine: threads of torch and graphics cards.
        record: gets the in-context learning scores of every model.
    """
    device = machine.device()
    encoding = load_encoding(data)
    split = load_split(data, "test", encoding)
    rng = np.random.default_rng(derive(0, "depth", "instances"))
    chosen = np.sort(rng.permutation(len(split.examples))[:instances])
    examples = split.examples.take(chosen)
    histories = [split.histories[place] for place in chosen] if split.histories else []
    learned = load_examples(data, "train").ids if encoding.task == "ranking" else np.empty(0, int)
    popularity = np.bincount(learned, minlength=len(encoding.vocabulary))
    found: dict[str, list[pd.DataFrame]] = {"layers": [], "context": []}
    for scale, seed, folder in models:
        files = (folder / "model.safetensors", folder / "architecture.json")
        model = load_model(*files).to(device)
        own = np.random.default_rng(derive(seed, "depth", scale))
        read = load_split(data, "test", encoding, model).examples.take(chosen)
        rows = pd.DataFrame(depth(model, examples, encoding, own, read))
        found["layers"].append(rows.assign(scale=scale, seed=seed))
        rows = pd.DataFrame(by_context(model, read, encoding, histories))
        found["context"].append(rows.assign(scale=scale, seed=seed, by="context"))
        # Loss with much context less loss with little.
        record.metrics({f"icl_score/{scale}/seed{seed}": rows.nll.iloc[-1] - rows.nll.iloc[0]})
        if encoding.task == "ranking":
            rows = pd.DataFrame(by_position(model, read, encoding, popularity))
            found["context"].append(rows.assign(scale=scale, seed=seed, by="position"))
            score = late_less_early((rows.nll - rows.popularity).to_numpy())
            record.metrics({f"icl_score_by_position/{scale}/seed{seed}": score})
    for path, key in ((layers, "layers"), (context, "context")):
        table = pd.concat(found[key], ignore_index=True)
        first = ["scale", "seed", *(["by"] if key == "context" else [])]
        write_table(path, table[[*first, *(name for name in table if name not in first)]])
