"""The checks beside faithfulness, as tables of a page: removal, robustness, agreement, sanity."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.evaluation.bootstrap import bootstrap, interval
from vitrine.files import read_json
from vitrine.report import wording
from vitrine.seeds import derive

# How much worse calibrated a model may get under removal and still be said to know it.
TOLERATED = 0.1
ROBUSTNESS = {
    ("seeds", "jaccard_5"): "Another seed: top-5 Jaccard ↑",
    ("seeds", "spearman"): "Another seed: Spearman ↑",
    ("models", "jaccard_5"): "Another model: top-5 Jaccard ↑",
    ("models", "spearman"): "Another model: Spearman ↑",
    ("inputs", "jaccard_5"): "Small change: top-5 Jaccard ↑",
    ("inputs", "spearman"): "Small change: Spearman ↑",
    ("inputs", "max_sensitivity"): "Small change: max-sensitivity ↓",
}
AGREEMENT = {
    "spearman": "Spearman",
    "jaccard_5": "top-5 Jaccard",
    "feature_agreement_5": "feature agreement",
    "rank_agreement_5": "rank agreement",
    "sign_agreement_5": "sign agreement",
}


def checks_section(
    folder: Path, leading: str | None, statistics: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    """Everything that the page shows of the checks of one model.

    Args:
        folder: the model's folder.
        leading: the most faithful method, with which the others are compared.
        statistics: ``bootstrap`` and ``confidence``.
        seed: base seed of the resamples.
    """
    robustness = pd.read_parquet(folder / "robustness.parquet")
    sanity = pd.read_parquet(folder / "sanity.parquet")
    return {
        "removal": removal_table(pd.read_parquet(folder / "removal.parquet")),
        "robustness": robustness_table(robustness, statistics, seed),
        "agreement": agreement_table(robustness, leading, statistics, seed),
        "sanity": sanity_table(sanity, read_json(folder / "sanity.json")),
    }


def removal_table(frame: pd.DataFrame) -> dict[str, Any]:
    """Accuracy and confidence on test by share removed, and what they say of the model.

    Args:
        frame: the table ``removal.parquet``.
    """
    rows = frame[frame["split"] == "test"].sort_values("removed")
    gaps = rows["gap"].to_numpy(dtype=np.float64)
    whole, worst = float(gaps[0]), int(np.abs(gaps).argmax())
    more = abs(gaps[worst]) - abs(whole)
    removed = float(rows["removed"].to_numpy()[worst])
    figures = (
        f"confidence less accuracy is {wording.signed(gaps[worst], 3)} with "
        f"{wording.share(removed, 0)} removed, against {wording.signed(whole, 3)} on "
        "whole instances"
    )
    finding = (
        f"The model knows removal: at worst, {figures}."
        if more <= TOLERATED
        else f"Removal goes beyond what the model knows: {figures}. Take what rests on such "
        "removals with care."
    )
    return {"finding": finding, "rows": rows.to_dict("records"), "n": int(rows["n"].max())}


def robustness_table(
    frame: pd.DataFrame, statistics: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    """Means and intervals of similarity by method.

    Args:
        frame: the table ``robustness.parquet``.
        statistics, seed: of the intervals.
    """
    part = frame[frame["check"] != "methods"]
    methods = [name for name in wording.METHODS if name in set(part["method"])]
    methods += sorted(set(part["method"]) - set(methods))
    present = set(zip(part["check"], part["measure"], strict=True))
    columns = {key: title for key, title in ROBUSTNESS.items() if key in present}
    rows = []
    for method in methods:
        cells = []
        for check, measure in columns:
            own = part[
                (part["check"] == check) & (part["measure"] == measure) & (part["method"] == method)
            ]
            cells.append(_mean(own.groupby("instance")["value"].mean(), statistics, seed))
        rows.append({"method": method, "cells": cells})
    n = int(part["instance"].nunique())
    return {"columns": list(columns.values()), "rows": rows, "n": n}


def agreement_table(
    frame: pd.DataFrame, leading: str | None, statistics: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    """Agreement of every method with the leading one.

    Args:
        frame: the table ``robustness.parquet``.
        leading: the method to compare with.
        statistics, seed: of the intervals.
    """
    part = frame[frame["check"] == "methods"]
    mine = part[(part["method"] == leading) | (part["other"] == leading)]
    other = mine["method"].where(mine["method"] != leading, mine["other"])
    rows = []
    for name in sorted(set(other), key=list(wording.METHODS).index):
        cells = [
            _mean(
                mine[(other == name) & (mine["measure"] == measure)].set_index("instance")["value"],
                statistics,
                seed,
            )
            for measure in AGREEMENT
        ]
        rows.append({"method": name, "cells": cells})
    return {
        "leading": leading,
        "columns": list(AGREEMENT.values()),
        "rows": rows,
        "n": int(mine["instance"].nunique()),
    }


def sanity_table(frame: pd.DataFrame, result: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Who passes the parameter randomisation, with the medians along both schedules.

    Args:
        frame: the table ``sanity.parquet``.
        result: ``sanity.json``.
    """
    medians = frame.groupby(["kind", "part", "method"], sort=False)["value"].median()
    steps = list(dict.fromkeys((kind, part) for kind, part, _ in medians.index))
    failed = [wording.method(name) for name, one in result.items() if not one["passed"]]
    bound = next(iter(result.values()))["bound"] if result else None
    if failed:
        finding = f"Not passed by {', '.join(failed)}: with random parameters they stay alike."
    else:
        finding = "Passed by all: with random parameters every method explains otherwise."
    return {
        "finding": finding,
        "bound": bound,
        "steps": [f"{kind}: {part}" for kind, part in steps],
        "rows": [
            {
                "method": name,
                **one,
                "medians": [medians.get((*step, name), np.nan) for step in steps],
            }
            for name, one in result.items()
        ],
    }


def _mean(values: pd.Series, statistics: Mapping[str, Any], seed: int) -> dict[str, float]:
    """Mean over instances with its interval; empty where there is none."""
    known = values.dropna().to_numpy()
    n = len(known)
    if n == 0:
        return {}
    draws = bootstrap(
        lambda weights: weights @ known / n, n, statistics["bootstrap"], derive(seed, "checks")
    )
    low, high = interval(draws, statistics["confidence"])
    return {"value": float(known.mean()), "low": low, "high": high}
