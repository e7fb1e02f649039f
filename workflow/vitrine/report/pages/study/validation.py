"""The section on how faithful a study's explanations are."""

from typing import Any

import pandas as pd

from vitrine.report.methods import order_methods
from vitrine.report.pages.study.charts import draw_faithfulness, draw_removal_curves
from vitrine.report.parts.charts import draw_figure
from vitrine.report.parts.faithfulness import CURVES, area_of, curve_points, pictured_measures
from vitrine.report.parts.results import StudyResults
from vitrine.report.text import wording
from vitrine.report.text.language import say
from vitrine.validation.registry import MEASURES

ROW_HEIGHT = 26  # of a method, in pixels


def describe_validation(results: StudyResults) -> dict[str, Any]:
    """What the section shows."""
    summary = results.means
    section: dict[str, Any] = {
        "measures": {},
        "tables": [],
        "charts": [],
        "curves": [],
        "folder": results.chosen_path,
        "verdict": results.verdict,
        "rivals": _compare_with_rivals(results),
        "ceiling": _say_ceiling(results.faithfulness),
    }
    if summary.empty:
        return section
    present = set(summary["measure"])
    measures = {name: measure for name, measure in MEASURES.items() if name in present}
    methods = order_methods(summary["method"])
    return section | {
        "measures": measures,
        "methods": methods,
        "tables": [
            _tabulate_split(summary, split, methods, list(measures))
            for split in ("test", "validation")
        ],
        "charts": [
            _draw_measure(summary, name) for name in pictured_measures() if name in measures
        ],
        "curves": _draw_curves(results, summary, methods),
    }


def output_unit(results: StudyResults) -> str:
    """What the curves of a study measure: a ``score`` or a ``probability``."""
    return "score" if results.task == "ranking" else "probability"


def _tabulate_split(
    summary: pd.DataFrame, split: str, methods: list[str], measures: list[str]
) -> dict[str, Any]:
    """Means and intervals on one split: a row per measure, a column per method."""
    part = summary[summary["split"] == split]
    rows = [
        {
            "measure": MEASURES[measure],
            "name": measure,
            "cells": [
                _single_row(part[(part["method"] == name) & (part["measure"] == measure)])
                for name in methods
            ],
        }
        for measure in measures
    ]
    return {"split": split, "n": int(part["n"].max()), "rows": rows}


def _draw_measure(summary: pd.DataFrame, measure: str) -> dict[str, Any]:
    part = _rank_methods(summary, measure)
    measure_title = wording.measure_title(measure)
    chart = draw_faithfulness(
        part[["method", "mean", "low", "high", "n"]], say("study.mean_of", measure=measure_title)
    )
    title = say(
        "study.better",
        measure=measure_title,
        method=wording.method_title(part["method"].iloc[0]),
        value=wording.format_number(part["mean"].iloc[0]),
        better=say(f"measures.better.{MEASURES[measure].better}"),
    )
    return draw_figure(title, chart, ROW_HEIGHT * len(part))


def _draw_curves(
    results: StudyResults, summary: pd.DataFrame, methods: list[str]
) -> list[dict[str, Any]]:
    features = wording.domain_wording(results.domain).features
    axis = say(f"curves.mean_{output_unit(results)}")
    figures = []
    for curve in CURVES:
        points = curve_points(results.faithfulness, results.weights, curve)
        part = points.loc[points["split"] == "test", ["method", "share", "value"]]
        if part.empty:
            continue
        share = say(f"curves.{curve}_axis", players=features)
        first = _rank_methods(summary, area_of(curve))["method"].iloc[0]
        title = say(f"curves.{curve}_title", method=wording.method_title(first))
        figures.append(draw_figure(title, draw_removal_curves(part, methods, share, axis), 260))
    return figures


def _rank_methods(summary: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The methods' means of a measure on test, the best first."""
    part = summary[(summary["split"] == "test") & (summary["measure"] == measure)]
    return part.sort_values("mean", ascending=not MEASURES[measure].higher_is_better)


def _say_ceiling(frame: pd.DataFrame) -> str:
    """On how many test instances the best achievable ranking is certain; empty if unknown."""
    rows = frame[(frame["split"] == "test") & (frame["measure"] == "ceiling_settled")]
    certain = rows.groupby("instance")["value"].first()
    if certain.empty:
        return ""
    sure, n = int(certain.sum()), len(certain)
    sentences = [say("study.ceiling", sure=wording.format_count(sure), n=wording.format_count(n))]
    if sure < n:
        sentences.append(say("study.ceiling_open"))
    return wording.join_sentences(sentences)


def _compare_with_rivals(results: StudyResults) -> list[dict[str, Any]]:
    """The leading method against every other on test, by the verdict's measure."""
    verdict = results.verdict
    if verdict is None:
        return []
    rivals = [{"other": name} | found for name, found in verdict.facts["against"].items()]
    return sorted(rivals, key=lambda rival: float(rival["difference"]))


def _single_row(rows: pd.DataFrame) -> dict[str, Any]:
    """The single row as a dict; empty where a measure is undefined."""
    if rows.empty:
        return {}
    return {str(key): value for key, value in rows.iloc[0].items()}
