"""The pages that compare over all studies: explanations, and attention."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.files import StrPath, read_json
from vitrine.report.parts import charts
from vitrine.report.parts.faithfulness import summarise
from vitrine.report.parts.figures import write_figures
from vitrine.report.parts.results import Results, load_results
from vitrine.report.parts.sources import Sources
from vitrine.report.shell import Site, write_page
from vitrine.report.text import wording
from vitrine.report.text.language import say, speaking

MEASURE = "normalised_comprehensiveness"
COMPARED = (
    MEASURE,
    "normalised_sufficiency",
    "faithfulness_correlation",
    "deletion_auc",
    "insertion_auc",
)


def write_explanations(
    studies: Mapping[str, StrPath],
    output: Path,
    *,
    statistics: Mapping[str, Any],
    site: Site,
    figures: Path | None = None,
    seed: int = 0,
) -> None:
    """Write the page that compares the methods over all studies.

    Args:
        studies: study to its folder ``results/<study>``, in the order to show.
        output: the HTML file.
        statistics: ``bootstrap`` and ``confidence``.
        site: what the pages share.
        figures: folder for the page's charts as SVG and PNG; None writes none.
        seed: base seed of the resamples.
    """
    with speaking(site.language):
        loaded = [load_results(study, Path(folder)) for study, folder in studies.items()]
        summary = pd.concat(
            [
                summarise(one.faithfulness, dict(statistics), seed).assign(study=one.study)
                for one in loaded
            ],
            ignore_index=True,
        )
        context = {
            "title": say("pages.explanations"),
            "confidence": f"{100 * statistics['confidence']:g}%",
            "verdicts": [
                {
                    "study": one.study,
                    "title": wording.study_title(one.study),
                    "verdict": one.verdict,
                }
                for one in loaded
            ],
            "tables": [_table(summary, measure, loaded) for measure in COMPARED],
            "checks": _checks(loaded),
            "picture": _figure(summary),
            "sources": _sources(loaded, output, "faithfulness.parquet"),
        }
    write_page("explanations.html", output, context, site=site, page="explanations")
    write_figures(context, figures)


def _sources(loaded: list[Results], output: Path, file: str) -> list[dict[str, Any]]:
    sources = Sources(output)
    return [
        {"title": wording.study_title(one.study), "source": sources(one.chosen.folder / file)}
        for one in loaded
    ]


def _methods(loaded: list[Results]) -> list[str]:
    used = {name for one in loaded for name in one.methods}
    return [name for name in wording.METHODS if name in used]


def _table(summary: pd.DataFrame, measure: str, loaded: list[Results]) -> dict[str, Any]:
    """Means and intervals on test: a row per method, a column per study; the best marked."""
    part = summary[(summary["split"] == "test") & (summary["measure"] == measure)]
    cells = {(row["method"], row["study"]): row for row in part.to_dict("records")}
    return {
        "measure": measure,
        "higher": part.empty or wording.higher_is_better(measure),
        "studies": [wording.study_title(one.study) for one in loaded],
        "rows": [
            {"method": name, "cells": [cells.get((name, one.study)) for one in loaded]}
            for name in _methods(loaded)
        ],
    }


def _checks(loaded: list[Results]) -> list[dict[str, Any]]:
    """Sanity and stability by method and study: passes, and agreement with another seed."""
    studies = []
    for one in loaded:
        folder = one.chosen.folder
        sanity = read_json(folder / "sanity.json")
        frame = pd.read_parquet(folder / "robustness.parquet")
        again = frame[(frame["check"] == "seeds") & (frame["measure"] == "spearman")]
        studies.append((sanity, again.groupby("method")["value"].mean()))
    rows = []
    for name in _methods(loaded):
        cells = [
            {
                "sanity": [
                    sanity[kind][name]["passed"]
                    for kind in ("parameters", "labels")
                    if name in sanity[kind]
                ],
                "again": again.get(name),
            }
            for sanity, again in studies
        ]
        rows.append({"method": name, "cells": cells})
    return rows


def _figure(summary: pd.DataFrame) -> dict[str, Any]:
    part = summary[(summary["split"] == "test") & (summary["measure"] == MEASURE)]
    real = part[part["method"] != "random"]
    ranks = real.assign(rank=real.groupby("study")["mean"].rank(ascending=False))
    best = ranks.groupby("method")["rank"].mean().sort_values(kind="stable")
    first = str(best.index[0])
    wins = int((ranks[ranks["method"] == first]["rank"] == 1).sum())
    n = part["study"].nunique()
    title = say("compared.finding", method=wording.method(first), wins=wins, n=n)
    rows = part.assign(study=part["study"].map(wording.study_title))
    order = [str(name) for name in best.index] + ["random"]
    chart = charts.methods_by_study(
        rows[["study", "method", "mean", "low", "high", "n"]],
        [name for name in order if name in set(rows["method"])],
        say("compared.axis"),
    )
    return {"title": title, "chart": charts.finished(chart, 24 * n * len(order), title)}


def write_attention(
    studies: Mapping[str, StrPath], output: Path, *, site: Site, figures: Path | None = None
) -> None:
    """Write the page on what the heads of every study attend to, and whether that explains.

    Args:
        studies, output, site, figures: as for `write_explanations`.
    """
    with speaking(site.language):
        loaded = [load_results(study, Path(folder)) for study, folder in studies.items()]
        context = {
            "title": say("pages.attention"),
            "studies": [_heads(one) for one in loaded],
            "agreement": [_agreement(one) for one in loaded],
            "sources": _sources(loaded, output, "attention/summary.parquet"),
        }
    write_page("attention.html", output, context, site=site, page="attention")
    write_figures(context, figures)


def _heads(results: Results) -> dict[str, Any]:
    """What each head of a study's chosen model attends to, as a chart and in a sentence."""
    summary = pd.read_parquet(results.chosen.folder / "attention" / "summary.parquet")
    part = summary[summary["split"] == "test"]
    measures = ["entropy", "distance", "self_weight", "start_weight"]
    means = part.groupby(["layer", "head"], as_index=False)[measures].mean()
    means = means.assign(layer=means["layer"] + 1, head=means["head"] + 1)
    sharp = min(means.to_dict("records"), key=lambda one: one["entropy"])
    players = wording.domain(results.domain).players
    title = say(
        "compared.head_finding",
        study=wording.study_title(results.study),
        layer=int(sharp["layer"]),
        head=int(sharp["head"]),
        entropy=wording.number(sharp["entropy"], 2),
        width=wording.number(math.exp(sharp["entropy"]), 1),
    )
    chart = charts.heads(means, say("compared.distance", players=players), say("compared.entropy"))
    return {
        "study": results.study,
        "title": wording.study_title(results.study),
        "figure": {"title": title, "chart": charts.finished(chart, 240, title)},
        "n": int(part["instance"].nunique()),
    }


def _agreement(results: Results) -> dict[str, Any]:
    """Rollout beside the leading method: rank agreement, and faithfulness of both and of chance."""
    frame = pd.read_parquet(results.chosen.folder / "robustness.parquet")
    verdict = results.verdict
    leading = verdict.method if verdict else ""
    pair = frame[(frame["check"] == "methods") & (frame["measure"] == "spearman")]
    both = pair[
        ((pair["method"] == "rollout") & (pair["other"] == leading))
        | ((pair["other"] == "rollout") & (pair["method"] == leading))
    ]
    faith = results.faithfulness
    own = faith[(faith["split"] == "test") & (faith["measure"] == MEASURE)]
    means = own.groupby("method")["value"].mean()
    return {
        "title": wording.study_title(results.study),
        "leading": leading,
        "spearman": float(both["value"].mean()) if len(both) else None,
        "rollout": means.get("rollout"),
        "best": means.get(leading),
        "random": means.get("random"),
    }
