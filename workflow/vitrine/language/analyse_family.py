"""What the models of a family learn from their context, against their size."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.evaluation.progress import (
    Anchors,
    crossing,
    late_less_early,
    mean_over_seeds,
    nan_to_none,
    width_in_decades,
)
from vitrine.evaluation.scaling import along_sizes
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.files import read_json, write_json, write_table
from vitrine.language.fewshot import TRUE
from vitrine.tracking.record import Record

# The facts of a model, as in ``model.json``.
Facts = dict[str, Any]


def analyse_family(
    folders: Sequence[Path],
    output: Path,
    curves: Path,
    *,
    statistics: StatisticsSettings,
    record: Record,
) -> None:
    """Analyse a family.

    Args:
        folders: ``results/families/<family>/<member>`` of every model, in order.
        output: JSON file to write: ``family``, ``study``, ``models`` (the facts of each) and
            ``abilities``: of every metric its anchors, where theory knows any its progress along
            the size of the models, and along their training where several checkpoints of a size
            are given.
        curves: table to write: ``member, parameters, step, metric, draw, value``.
        statistics: resamples and confidence level of the intervals.
        record: gets the mean of every metric of every model.
    """
    models: list[Facts] = [read_json(folder / "model.json") for folder in folders]
    shots = {folder.name: pd.read_parquet(folder / "shots.parquet") for folder in folders}
    # The largest number that all models can read, so that a short context does not matter.
    most = min(int(table["shots"].max()) for table in shots.values())
    rows = [
        {"member": model["member"], "parameters": model["parameters"], "step": model["step"]} | row
        for model, folder in zip(models, folders, strict=True)
        for row in _measurements(folder, shots[folder.name], most)
    ]
    table = pd.DataFrame(rows)
    write_table(curves, table.astype({"step": "Int64"}))
    for (member, metric), values in table.groupby(["member", "metric"], sort=False)["value"]:
        record.metrics({f"{member}/{metric}": float(values.mean())})
    analysis = {
        "family": models[0]["family"],
        "study": models[0]["study"],
        "shots": most,
        "models": models,
        "abilities": [
            _ability(anchors, table, statistics) for anchors in _anchors(folders[0], models, shots)
        ],
        "figures": [
            {"metric": metric, "member": member} | mean_over_seeds(values.to_numpy(), statistics)
            for (metric, member), values in table.groupby(["metric", "member"], sort=False)["value"]
        ],
    }
    write_json(output, nan_to_none(analysis))


def _measurements(folder: Path, shots: pd.DataFrame, most: int) -> list[dict[str, Any]]:
    """``metric, draw, value`` of one model."""
    positions = pd.read_parquet(folder / "positions.parquet")["nll"].to_numpy()
    heads = pd.read_parquet(folder / "heads.parquet")
    copied = pd.read_parquet(folder / "copying.parquet")
    intact = copied[copied["ablation"] == "intact"].set_index("half")
    without = copied[copied["half"] == 2].set_index("ablation")["nll"]
    best = heads[heads["layer"] > 0].groupby("measure")["value"].max()
    single = {
        "loss": float(positions.mean()),
        "icl_score": late_less_early(positions),
        "previous": float(best["previous"]),
        "prefix_matching": float(best["prefix_matching"]),
        "copying": float(intact["accuracy"][2]),
        "copying_loss": float(intact["nll"][2]),
        "without_matching": float(without["without_matching"]),
        "without_others": float(without["without_others"]),
    }
    rows: list[dict[str, Any]] = [
        {"metric": name, "draw": 0, "value": value} for name, value in single.items()
    ]
    calibrated = shots[shots["calibrated"] & (shots["shots"] == most)]
    for kind, values in calibrated.groupby("labels"):
        name = "few_shot" if kind == TRUE else "few_shot_random_labels"
        rows += [
            {"metric": name, "draw": draw, "value": value}
            for draw, value in zip(values["draw"], values["accuracy"], strict=True)
        ]
    return rows


def _anchors(
    folder: Path, models: Sequence[Facts], shots: Mapping[str, pd.DataFrame]
) -> list[Anchors]:
    """Between which values theory knows the metrics to lie."""
    heads = pd.read_parquet(folder / "heads.parquet")
    uniform = heads[heads["layer"] == 0].set_index("measure")["value"]
    chance = float(next(iter(shots.values()))["chance"].iloc[0])
    return [
        Anchors("previous", float(uniform["previous"]), 1.0, {}),
        Anchors("prefix_matching", float(uniform["prefix_matching"]), 1.0, {}),
        Anchors("copying", 1 / min(model["vocabulary"] for model in models), 1.0, {}),
        Anchors("few_shot", chance, 1.0, {}),
    ]


def _ability(
    anchors: Anchors, table: pd.DataFrame, statistics: StatisticsSettings
) -> dict[str, Any]:
    rows = table[table["metric"] == anchors.metric]
    # Of several checkpoints of a size the last one counts.
    last = rows["step"].fillna(0).groupby(rows["parameters"]).transform("max")
    ends = rows[rows["step"].fillna(0) == last]
    progress = anchors.progress(ends["value"].to_numpy(float))
    return {
        "metric": anchors.metric,
        "reference": anchors.reference,
        "optimum": anchors.optimum,
        "along": along_sizes(ends["parameters"].to_numpy(float), progress, statistics),
        "training": [
            _along_training(size, anchors)
            for _, size in rows.groupby("parameters")
            if size["step"].nunique() > 1
        ],
    }


def _along_training(rows: pd.DataFrame, anchors: Anchors) -> dict[str, Any]:
    """When a size is half-way, in steps, and over how many decades of steps it rises."""
    means = rows[rows["step"] > 0].groupby("step")["value"].mean()
    steps = means.index.to_numpy(float)
    progress = anchors.progress(means.to_numpy(float))
    enough = len(steps) > 1
    return {
        "parameters": int(rows["parameters"].iloc[0]),
        "breakpoint": crossing(steps, progress, 0.5) if enough else math.nan,
        "sharpness": width_in_decades(steps, progress) if enough else math.nan,
    }
