"""Writing the page that compares the attribution methods over all studies."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.files import read_json
from vitrine.report.methods import is_floor, order_methods
from vitrine.report.page import PageContext
from vitrine.report.pages.explanations.charts import draw_methods_by_study
from vitrine.report.parts.charts import draw_figure
from vitrine.report.parts.faithfulness import compared_measures
from vitrine.report.parts.figures import write_figures
from vitrine.report.parts.links import DataLinks
from vitrine.report.parts.results import StudyResults, load_all_results
from vitrine.report.shell import write_page
from vitrine.report.text import wording
from vitrine.report.text.language import say, use_language
from vitrine.validation.verdict import LEADING

ROW_HEIGHT = 24  # of a method in a study, in pixels


def write(outputs: Mapping[str, Path], context: PageContext) -> None:
    """Write the page.

    Args:
        outputs: ``page``, and where they are wanted ``figures``, a folder.
        context: of the page.
    """
    links = DataLinks(outputs["page"])
    with use_language(context.site.language):
        loaded = load_all_results(context.study_folders)
        summary = pd.concat(
            [results.means.assign(study=results.study) for results in loaded],
            ignore_index=True,
        )
        titles = [wording.study_title(results.study) for results in loaded]
        sections = {
            "title": say("pages.explanations"),
            "confidence": context.confidence,
            "verdicts": [
                {"study": results.study, "title": title, "verdict": results.verdict}
                for results, title in zip(loaded, titles, strict=True)
            ],
            "tables": [_tabulate(summary, measure, loaded) for measure in compared_measures()],
            "checks": _tabulate_checks(loaded),
            "picture": _draw_ranking(summary),
            "sources": [
                {"title": title, "source": links(results.chosen.folder / "faithfulness.parquet")}
                for results, title in zip(loaded, titles, strict=True)
            ],
        }
    write_page(outputs["page"], sections, site=context.site, page="explanations")
    write_figures(sections, outputs.get("figures"))


def _list_methods(loaded: list[StudyResults]) -> list[str]:
    return order_methods(name for results in loaded for name in results.methods)


def _tabulate(summary: pd.DataFrame, measure: str, loaded: list[StudyResults]) -> dict[str, Any]:
    """Means and intervals on test: a row per method, a column per study; the best marked."""
    part = summary[(summary["split"] == "test") & (summary["measure"] == measure)]
    cells = {(row["method"], row["study"]): row for row in part.to_dict("records")}
    return {
        "measure": measure,
        "higher": part.empty or wording.higher_is_better(measure),
        "studies": [wording.study_title(results.study) for results in loaded],
        "rows": [
            {"method": name, "cells": [cells.get((name, results.study)) for results in loaded]}
            for name in _list_methods(loaded)
        ],
    }


def _tabulate_checks(loaded: list[StudyResults]) -> list[dict[str, Any]]:
    """Sanity and stability by method and study: passes, and agreement with another seed."""
    studies = []
    for results in loaded:
        sanity = read_json(results.chosen.folder / "sanity.json")
        frame = pd.read_parquet(results.chosen.folder / "robustness.parquet")
        seeds = frame[(frame["check"] == "seeds") & (frame["measure"] == "spearman")]
        studies.append((sanity, seeds.groupby("method")["value"].mean()))
    rows = []
    for name in _list_methods(loaded):
        cells = [
            {
                "sanity": [
                    sanity[kind][name]["outcome"]
                    for kind in ("parameters", "labels")
                    if name in sanity[kind]
                ],
                "again": agreement.get(name),
            }
            for sanity, agreement in studies
        ]
        rows.append({"method": name, "cells": cells})
    return rows


def _draw_ranking(summary: pd.DataFrame) -> dict[str, Any]:
    """Means of the leading measure, methods in the order of their mean rank over studies."""
    part = summary[(summary["split"] == "test") & (summary["measure"] == LEADING)]
    floor = part["method"].map(is_floor)
    real = part[~floor]
    ranks = real.assign(rank=real.groupby("study")["mean"].rank(ascending=False))
    best = ranks.groupby("method")["rank"].mean().sort_values(kind="stable")
    first = str(best.index[0])
    wins = int((ranks[ranks["method"] == first]["rank"] == 1).sum())
    n = part["study"].nunique()
    title = say("comparison.finding", method=wording.method_title(first), wins=wins, n=n)
    rows = part.assign(study=part["study"].map(wording.study_title))
    order = [*map(str, best.index), *order_methods(part.loc[floor, "method"])]
    chart = draw_methods_by_study(
        rows[["study", "method", "mean", "low", "high", "n"]], order, say("comparison.axis")
    )
    return draw_figure(title, chart, ROW_HEIGHT * n * len(order))
