"""Stage `emergence`: curves of all abilities to breakpoints, success rates, fits and verdicts."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.config.abilities import LADDERS
from vitrine.emergence import analysis
from vitrine.emergence.ability import Anchors
from vitrine.files import read_json, write_json
from vitrine.tracking.record import Record


def analyse(
    folders: list[Path],
    output: Path,
    *,
    statistics: analysis.Statistics,
    record: Record,
) -> None:
    """Analyse all abilities.

    Args:
        folders: ``results/abilities/<ability>/<size>`` of every size, in order.
        output: the JSON file: a list of abilities with their sizes, ladders and verdicts.
        statistics: how sure the figures are to be.
        record: gets the mean progress of every size.
    """
    abilities: dict[str, list[dict[str, Any]]] = {}
    for folder in folders:
        facts = read_json(folder / "ability.json")
        facts |= _one_size(folder, facts, statistics)
        abilities.setdefault(facts["ability"], []).append(facts)
        record.metrics({f"{facts['ability']}/{facts['size']}": facts["progress"]["mean"]})
    found = [
        {"ability": name, "sizes": sizes, "ladders": _ladders(sizes, statistics)}
        for name, sizes in abilities.items()
    ]
    write_json(output, analysis.plain(found))


def _one_size(
    folder: Path, facts: dict[str, Any], statistics: analysis.Statistics
) -> dict[str, Any]:
    curves = pd.read_parquet(folder / "curves.parquet")
    evaluation = pd.read_parquet(folder / "evaluation.parquet")
    anchors = Anchors(facts["metric"], facts["reference"], facts["optimum"], facts["lines"])
    found = analysis.emergence(curves, evaluation, anchors, statistics)
    found["lags"] = analysis.lags(curves, anchors, statistics)
    if facts["ability"] == "addition":
        positions = facts["settings"]["digits"] + 1
        rows = analysis.by_metric(curves, 10, positions, statistics)
        found["by_metric"] = rows
        found["verdict"] = analysis.metric_verdict(rows, 1 / facts["settings"]["test_items"])
    return found


def _ladders(sizes: list[dict[str, Any]], statistics: analysis.Statistics) -> dict[str, Any]:
    """Emergence along every ladder on which the sizes differ, all others being pooled."""
    found = {}
    for setting in LADDERS.values():
        if setting not in sizes[0]["settings"]:
            continue
        pairs = [
            (size["settings"][setting], progress)
            for size in sizes
            for progress in size["progress"]["seeds"]
        ]
        x, g = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
        along = analysis.along_sizes(x, g, statistics)
        if along is not None:
            found[setting] = along
    return found
