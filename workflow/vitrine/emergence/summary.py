"""From the curves of all abilities to breakpoints, success rates, fits and verdicts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.emergence import analysis
from vitrine.emergence.breaks import judge
from vitrine.emergence.losses import ItemLosses
from vitrine.emergence.registry import ABILITIES
from vitrine.evaluation.progress import Anchors, nan_to_none
from vitrine.evaluation.scaling import along_sizes
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.files import read_json, write_json
from vitrine.tracking.record import Record

# The facts of a size in ``ability.json``, and what the analysis adds to them.
Facts = dict[str, Any]


def analyse_abilities(
    folders: Sequence[Path],
    output: Path,
    *,
    success: float,
    statistics: StatisticsSettings,
    record: Record,
) -> None:
    """Analyse all abilities.

    Args:
        folders: ``results/abilities/<ability>/<size>`` of every size, in order.
        output: the JSON file: a list of abilities with their sizes, ladders and verdicts.
        success: progress from which on a training run counts as successful.
        statistics: resamples and confidence level of the intervals.
        record: gets the mean progress of every size.
    """
    sizes_of: dict[str, list[Facts]] = {}
    for folder in folders:
        facts: Facts = read_json(folder / "ability.json")
        facts |= _analyse_size(folder, facts, success, statistics)
        sizes_of.setdefault(facts["ability"], []).append(facts)
        record.metrics({f"{facts['ability']}/{facts['size']}": facts["progress"]["mean"]})
    abilities = [
        {"ability": name, "sizes": sizes, "ladders": _ladders(name, sizes, statistics)}
        for name, sizes in sizes_of.items()
    ]
    write_json(output, nan_to_none(abilities))


def _analyse_size(
    folder: Path, facts: Facts, success: float, statistics: StatisticsSettings
) -> Facts:
    curves = pd.read_parquet(folder / "curves.parquet")
    evaluation = pd.read_parquet(folder / "evaluation.parquet")
    anchors = Anchors(facts["metric"], facts["reference"], facts["optimum"], facts["lines"])
    losses = ItemLosses.load(folder / "losses.npz")
    summary = analysis.emergence(
        curves, evaluation, anchors, success=success, statistics=statistics
    )
    summary["lags"] = analysis.lags(curves, anchors, statistics)
    if losses.values:
        summary["verdict"] = judge(losses, np.array(summary["successful"]), statistics)
    return summary


def _ladders(name: str, sizes: list[Facts], statistics: StatisticsSettings) -> dict[str, Any]:
    """Emergence along every ladder on which the sizes differ, all others being pooled."""
    ladders = {}
    for setting in ABILITIES[name].settings.ladders().values():
        pairs = [
            (size["settings"][setting], progress)
            for size in sizes
            for progress in size["progress"]["seeds"]
        ]
        x, progress = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
        along = along_sizes(x, progress, statistics)
        if along is not None:
            ladders[setting] = along
    return ladders
