"""Made-up results of abilities and of depth, in the files and columns that the stages write."""

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from ability_sizes import default_size

from vitrine.data.encoding import FILE, Encoding, save_encoding
from vitrine.emergence.losses import ItemLosses
from vitrine.emergence.registry import ABILITIES
from vitrine.emergence.summary import analyse_abilities
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.files import write_json, write_table
from vitrine.report.text.language import texts_below

SEEDS, STEPS = 3, (0, 1, 3, 10, 32, 100, 316, 1000)
# Sizes of each ability, by what differs from its first default size; others have that size alone.
SIZES: dict[str, list[dict[str, Any]]] = {
    "markov": [{"layers": n, "symbols": 3, "length": 20} for n in (1, 2, 3, 4)],
    "heads": [{"layers": 2, "symbols": 8, "length": 30}],
    "repeat": [{"layers": 1}, {"layers": 2}],
    "recall": [{"layers": 2, "width": 8}],
    "gradient": [{"layers": 1, "heads": 1}],
    "addition": [{"width": n, "digits": 3, "test_items": 1000} for n in (8, 16, 32)],
    "modular": [{"share": n} for n in (0.3, 0.4, 0.6)],
    "grokking": [{"layers": 1, "heads": 4, "share": n} for n in (0.3, 0.6)],
    "regression": [{"heads": 4, "steps": n} for n in (100, 1000)],
    "iwl": [{"layers": 2, "classes": n, "bursts": b} for n, b in ((32, 1), (2048, 2))],
}
# Further values that theory knows.
LINES = {
    "markov": {"all symbols alike": 0.3, "smoothed counts": 0.14},
    "repeat": {"any symbol": 0.1},
    "regression": {"three nearest examples": 3.1},
    "addition": {"a digit at random": 1e-4},
    "iwl": {"any label": 0.0625},
}
# The classes of predictors of the references; heads, as a user's ability may, names none.
PREDICTORS = {
    "markov": "symbol counts",
    "repeat": "recency",
    "recall": "a value of the context",
    "gradient": "zero",
    "addition": "the commonest sum",
    "modular": "one residue",
    "grokking": "one residue",
    "regression": "zero",
    "iwl": "a label of the context",
}
# Abilities with losses of test items, and whether the loss jumps.
JUMPS = {"markov": True, "addition": False, "recall": True, "repeat": True}
METRIC = {
    "markov": "kl_bayes",
    "heads": "kl_bayes",
    "addition": "exact_match",
    "gradient": "squared_error",
    "regression": "squared_error",
}


def write_abilities(root: Path) -> Path:
    """Write all abilities below ``root / "abilities"``; returns their analysis."""
    rng = np.random.default_rng(0)
    folders = []
    for name in ABILITIES:
        sizes = SIZES.get(name, [{}])
        for number, changed in enumerate(sizes):
            folders.append(root / "abilities" / name / f"size{number}")
            settings = default_size(name, **changed).plain()
            _write_size(folders[-1], name, settings, (number + 1) / len(sizes), rng)
    output = root / "abilities" / "emergence.json"
    record: Any = SimpleNamespace(metrics=lambda _: None)
    analyse_abilities(
        folders,
        output,
        success=0.9,
        statistics=StatisticsSettings(bootstrap=100, confidence=0.95),
        record=record,
    )
    return output


def write_depth(folder: Path, task: str) -> None:
    """Write what probes and contexts of a study's models say, and the encoding of its data."""
    rows, context = [], []
    for scale, layers in (("nano", 1), ("micro", 2), ("small", 3)):
        for seed in range(SEEDS):
            for layer in range(layers + 1):
                for feature in ("label", "length"):
                    values = {"probe": 0.6 + 0.1 * layer, "shuffled": 0.5, "majority": 0.5}
                    values |= {"by_type": 0.55, "selectivity": 0.05 + 0.1 * layer}
                    rows += [
                        (scale, seed, measure, feature, layer, -1, value)
                        for measure, value in values.items()
                    ]
                rows += [
                    (scale, seed, "cka", "", layer, other, 0.5 + 0.1 * other)
                    for other in range(layer)
                ]
            context += [
                (scale, seed, "context", 2**k, 1 / (1 + k + layers), 100, math.nan)
                for k in range(4)
            ]
            if task == "ranking":
                context += [
                    (scale, seed, "position", place, 7 - layers - place / 10, 50, 7.0)
                    for place in range(21)
                ]
    columns = ["scale", "seed", "measure", "feature", "layer", "other", "value"]
    write_table(folder / "depth.parquet", pd.DataFrame(rows, columns=columns))
    columns = ["scale", "seed", "by", "context", "nll", "n", "popularity"]
    write_table(folder / "context.parquet", pd.DataFrame(context, columns=columns))
    encoding = Encoding(folder.name, "text", task, [], [], 8, 8, 0, 1, {})
    if not (folder / "data" / FILE).exists():
        save_encoding(folder / "data", encoding)


def _write_size(
    folder: Path, name: str, settings: dict[str, Any], skill: float, rng: np.random.Generator
) -> None:
    metric = METRIC.get(name, "accuracy")
    reference, optimum = (0.1, 1.0) if metric in ("accuracy", "exact_match") else (4.0, 0.0)
    measured = dict.fromkeys(_phases(name), (0.1, 1.0)) | {metric: (reference, optimum)}
    if name in ("markov", "heads"):
        measured |= {"icl_score": (0.0, -0.14), "icl_bayes": (-0.15, -0.15)}
    if name == "gradient":
        measured |= {"squared_error_of_the_step": (1.9, 1.9), "standard_error": (0.03, 0.03)}
    rows = []
    for seed in range(SEEDS):
        for step in STEPS:
            way = skill / (1 + math.exp(3 * (1.5 - math.log10(1 + step)))) + 0.01 * rng.random()
            rows += [
                (seed, step, key, low + way * (high - low)) for key, (low, high) in measured.items()
            ]
    curves = pd.DataFrame(rows, columns=["seed", "step", "metric", "value"])
    ends = curves[curves["step"] == STEPS[-1]].assign(checkpoint="end")
    write_table(folder / "curves.parquet", curves)
    write_table(folder / "evaluation.parquet", ends)
    write_table(folder / "mechanism.parquet", _mechanism(name))
    _losses(name, rng).save(folder / "losses.npz")
    facts = {"ability": name, "size": folder.name, "settings": settings, "parameters": 1234}
    facts |= {"metric": metric, "reference": reference, "optimum": optimum}
    facts |= {"predictor": PREDICTORS.get(name, "")}
    write_json(folder / "ability.json", facts | {"lines": LINES.get(name, {})})


def _losses(name: str, rng: np.random.Generator) -> ItemLosses:
    """Losses of 50 items: a plateau that ends in a jump, or a straight line in log steps."""
    steps = np.array(STEPS)
    if name not in JUMPS:
        return ItemLosses(steps, {})
    line = 2 - 0.25 * np.log(np.maximum(steps, 1))
    curve = np.where(steps < 100, 2.0, 0.01) if JUMPS[name] else line
    shape = (SEEDS, len(steps), 50)
    losses = np.broadcast_to(curve[:, None], shape) * rng.uniform(0.98, 1.02, shape)
    if name == "markov":
        return ItemLosses(steps, {"kl_bayes": losses})
    exact = np.broadcast_to((steps < 100)[:, None], shape).astype(float)
    return ItemLosses(steps, {"nll": losses, "exact_match": exact})


def _phases(name: str) -> list[str]:
    return list(texts_below(f"abilities.{name}.phases"))


def _mechanism(name: str) -> pd.DataFrame:
    rows = [("intact", 0, 0, 0.9)]
    rows += [("ablation_layer", layer, 0, 0.2) for layer in (1, 2)]
    rows += [("ablation_head", layer, head, 0.4) for layer in (1, 2) for head in (1, 2)]
    if name in ("heads", "markov"):
        rows += [("previous_uniform", 0, 0, 0.1), ("induction_uniform", 0, 0, 0.05)]
        rows += [(kind, 1, 1, 0.8) for kind in ("previous", "induction")]
        probes = ("probe", "probe_shuffled", "probe_by_type")
        rows += [(kind, layer, 0, 0.5) for kind in probes for layer in range(3)]
    frame = pd.DataFrame(rows, columns=["measure", "layer", "head", "value"])
    # A network that is no transformer has no parts to take away.
    return (frame.iloc[:0] if name == "modular" else frame).assign(seed=0, checkpoint="end")
