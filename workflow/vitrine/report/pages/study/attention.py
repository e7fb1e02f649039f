"""The section on the attention of a study's chosen model."""

from typing import Any

import pandas as pd

from vitrine.report.parts.results import StudyResults
from vitrine.report.text import wording

MEASURES = ("entropy", "distance", "self_weight", "start_weight")


def describe_attention(results: StudyResults) -> dict[str, Any]:
    """Each head's measures on test, and how many instances they are means over."""
    summary = pd.read_parquet(results.chosen.folder / "attention" / "summary.parquet")
    test = summary[summary["split"] == "test"]
    return {
        "heads": _describe_heads(test),
        "instances": int(test["instance"].nunique()),
        "folder": f"{results.chosen_path}/attention",
    }


def _describe_heads(summary: pd.DataFrame) -> list[dict[str, Any]]:
    """Means over instances of each head's measures, with bars relative to the column's largest.

    Args:
        summary: rows of ``attention/summary.parquet`` of one split.
    """
    measures = list(MEASURES)
    means = summary.groupby(["layer", "head"], as_index=False)[measures].mean()
    largest = means[measures].max()
    return [
        {
            "layer": int(row["layer"]) + 1,
            "head": int(row["head"]) + 1,
            "cells": [
                {
                    "text": wording.format_number(row[name], 2),
                    "width": round(100 * row[name] / max(largest[name], 1e-12), 1),
                }
                for name in measures
            ],
        }
        for row in means.to_dict("records")
    ]
