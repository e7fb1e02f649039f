"""The section on a study's data."""

from typing import Any

from vitrine.report.text import wording
from vitrine.report.text.language import say

FIGURES = (
    "players_total",
    "players_median",
    "targets_outside_vocabulary",
    "instances_cut",
    "players_cut",
)
"""Further figures of a split, in the order to show."""


def describe_data(datasheet: dict[str, Any]) -> dict[str, Any]:
    """What the section shows.

    Args:
        datasheet: ``data/datasheet.json`` of the study.
    """
    return {
        "sheet": datasheet,
        "splits": _describe_splits(datasheet),
        "missing": _count_missing(datasheet),
    }


def _describe_splits(datasheet: dict[str, Any]) -> dict[str, Any]:
    """Rows, class balance, missing values and lengths of histories, a column per split."""
    splits = datasheet["splits"]
    features = wording.domain_wording(datasheet["domain"]).features
    counts = [wording.format_count(split["rows"]) for split in splits.values()]
    rows: list[dict[str, Any]] = [{"name": say("sheet.rows"), "cells": counts}]
    for label in next(iter(splits.values())).get("class_balance", {}):
        cells = []
        for split in splits.values():
            n = split["class_balance"][label]
            share = wording.format_share(n / max(split["rows"], 1))
            cells.append(f"{wording.format_count(n)} ({share})")
        rows.append({"name": say("sheet.class", label=label), "cells": cells})
    if all("missing_values" in split for split in splits.values()):
        cells = [
            wording.format_count(sum(split["missing_values"].values())) for split in splits.values()
        ]
        rows.append({"name": say("study.missing"), "cells": cells})
    for key in FIGURES:
        if all(key in split for split in splits.values()):
            values = [split[key] for split in splits.values()]
            name = say(f"sheet.{key}", players=features)
            rows.append({"name": name, "cells": [f"{value:,.6g}" for value in values]})
    return {"columns": [say(f"splits.{name}") for name in splits], "rows": rows}


def _count_missing(datasheet: dict[str, Any]) -> list[str]:
    """The fields with missing values in the whole table, such as ``Income: 381``."""
    counts = datasheet["canonical_table"]["missing_values"]
    return [f"{name}: {wording.format_count(n)}" for name, n in counts.items() if n]
