"""Writing the page on what the heads of every study attend to, and whether that explains."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.report.methods import find_floor
from vitrine.report.page import PageContext
from vitrine.report.pages.attention.charts import draw_heads
from vitrine.report.parts.charts import draw_figure
from vitrine.report.parts.figures import write_figures
from vitrine.report.parts.links import DataLinks
from vitrine.report.parts.results import StudyResults, load_all_results
from vitrine.report.shell import write_page
from vitrine.report.text import wording
from vitrine.report.text.language import say, use_language
from vitrine.validation.verdict import LEADING

# The method that ranks by attention: what this page is about.
ROLLOUT = "rollout"
MEASURES = ("entropy", "distance", "self_weight", "start_weight")


def write(outputs: Mapping[str, Path], context: PageContext) -> None:
    """Write the page.

    Args:
        outputs: ``page``, and where they are wanted ``figures``, a folder.
        context: of the page.
    """
    links = DataLinks(outputs["page"])
    with use_language(context.site.language):
        loaded = load_all_results(context.study_folders)
        sections = {
            "title": say("pages.attention"),
            "rollout": ROLLOUT,
            "studies": [_describe_heads(results) for results in loaded],
            "agreement": [_describe_agreement(results) for results in loaded],
            "floor": find_floor(name for results in loaded for name in results.methods),
            "sources": [
                links(results.chosen.folder / "attention" / "summary.parquet") for results in loaded
            ],
        }
    write_page(outputs["page"], sections, site=context.site, page="attention")
    write_figures(sections, outputs.get("figures"))


def _describe_heads(results: StudyResults) -> dict[str, Any]:
    """What each head of a study's chosen model attends to, as a chart and in a sentence."""
    summary = pd.read_parquet(results.chosen.folder / "attention" / "summary.parquet")
    test = summary[summary["split"] == "test"]
    means = test.groupby(["layer", "head"], as_index=False)[list(MEASURES)].mean()
    means = means.assign(layer=means["layer"] + 1, head=means["head"] + 1)
    focused = min(means.to_dict("records"), key=lambda head: head["entropy"])
    features = wording.domain_wording(results.domain).features
    title = say(
        "comparison.head_finding",
        study=wording.study_title(results.study),
        layer=int(focused["layer"]),
        head=int(focused["head"]),
        entropy=wording.format_number(focused["entropy"], 2),
        width=wording.format_number(math.exp(focused["entropy"]), 1),
    )
    distance = say("comparison.distance", players=features)
    return {
        "study": results.study,
        "title": wording.study_title(results.study),
        "figure": draw_figure(title, draw_heads(means, distance, say("comparison.entropy")), 240),
        "n": int(test["instance"].nunique()),
    }


def _describe_agreement(results: StudyResults) -> dict[str, Any]:
    """Rollout beside the leading method: rank agreement, and faithfulness of both and of chance."""
    frame = pd.read_parquet(results.chosen.folder / "robustness.parquet")
    leading = results.verdict.method if results.verdict else ""
    ranks = frame[(frame["check"] == "methods") & (frame["measure"] == "spearman")]
    pair = ranks[
        ((ranks["method"] == ROLLOUT) & (ranks["other"] == leading))
        | ((ranks["other"] == ROLLOUT) & (ranks["method"] == leading))
    ]
    faithfulness = results.faithfulness
    rows = faithfulness[(faithfulness["split"] == "test") & (faithfulness["measure"] == LEADING)]
    means = rows.groupby("method")["value"].mean()
    return {
        "title": wording.study_title(results.study),
        "leading": leading,
        "spearman": float(pair["value"].mean()) if len(pair) else None,
        "rollout": means.get(ROLLOUT),
        "best": means.get(leading),
        "floor": means.get(find_floor(results.methods)),
    }
