"""Writing the entry page and ``headline.json``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vitrine.files import read_json, write_json
from vitrine.report.methods import order_methods
from vitrine.report.page import PageContext
from vitrine.report.parts.ability_wording import describe_ability, metric_title, size_labels
from vitrine.report.parts.charts import draw_contenders, finish_chart
from vitrine.report.parts.headline import Headline, compare_with_baseline, list_contenders
from vitrine.report.parts.jobs import time_by_stage
from vitrine.report.parts.links import DataLinks
from vitrine.report.parts.results import StudyResults, load_all_results
from vitrine.report.shell import write_page
from vitrine.report.text import wording
from vitrine.report.text.language import say, use_language

ROW_HEIGHT = 34  # of a contender, in pixels
MINUTES_FROM = 120  # seconds


def write(outputs: Mapping[str, Path], context: PageContext) -> None:
    """Write the page and the file of headlines.

    Args:
        outputs: ``page`` and ``headline``; the studies' pages are expected beside the page.
        context: of the page; with abilities its inputs hold ``abilities``, their analysis.
    """
    links = DataLinks(outputs["page"])
    analyses = context.inputs.get("abilities", ())
    with use_language(context.site.language):
        loaded = load_all_results(context.study_folders)
        headlines = [compare_with_baseline(results, context.statistics) for results in loaded]
        entries = [
            headline.facts(results.verdict)
            for results, headline in zip(loaded, headlines, strict=True)
        ]
        sections = {
            "title": "Vitrine",
            "cards": [
                _describe_study(results, headline, links)
                for results, headline in zip(loaded, headlines, strict=True)
            ],
            "methods": _list_methods(loaded),
            "spent": _describe_time(context.root),
            "confidence": context.confidence,
            "abilities": _describe_abilities(Path(analyses[0])) if analyses else [],
            "analysis": links(analyses[0]) if analyses else None,
        }
    write_page(outputs["page"], sections, site=context.site, page="index")
    write_json(outputs["headline"], {"title": "Vitrine", "studies": entries})


def _describe_study(results: StudyResults, headline: Headline, links: DataLinks) -> dict[str, Any]:
    rows = list_contenders(results, headline.metric, "test")
    metric = wording.metric_wording(headline.metric)
    description = say("headline.both", title=headline.winner_title, sentence=headline.sentence)
    return {
        "study": results.study,
        "title": wording.study_title(results.study),
        "domain": wording.domain_wording(results.domain),
        "results": results,
        "headline": headline,
        "metric": metric,
        "chart": finish_chart(
            draw_contenders(rows, metric.axis), ROW_HEIGHT * len(rows), description
        ),
        "source": links(results.chosen.folder / "evaluation.json"),
    }


def _describe_time(root: Path) -> dict[str, Any]:
    """Time by stage, and which stage took most; empty where there are no records."""
    stages = time_by_stage(root)
    total = sum(stage.cpu for stage in stages)
    if total <= 0:
        return {}
    longest = max(stages, key=lambda stage: stage.cpu)
    unit, n = ("minutes", total / 60) if total >= MINUTES_FROM else ("seconds", total)
    finding = say(
        "spent.finding",
        jobs=wording.format_count(sum(stage.jobs for stage in stages)),
        cpu=say(f"spent.{unit}", n=wording.format_number(n, 1 if unit == "minutes" else 0)),
        stage=wording.stage_title(longest.stage),
        share=wording.format_share(longest.cpu / total, 0),
    )
    rows = sorted(stages, key=lambda stage: -stage.cpu)
    return {"finding": finding, "rows": rows, "total": total}


def _list_methods(loaded: list[StudyResults]) -> list[str]:
    names = {name for results in loaded for name in results.methods}
    return [wording.method_title(name) for name in order_methods(names)]


def _describe_abilities(analysis: Path) -> list[dict[str, Any]]:
    """How far each ability gets with the size that gets furthest.

    Args:
        analysis: ``results/abilities/emergence.json``.
    """
    rows = []
    for ability in read_json(analysis):
        sizes = ability["sizes"]
        labels = size_labels([size["settings"] for size in sizes])
        size, label = max(
            zip(sizes, labels, strict=True), key=lambda pair: pair[0]["progress"]["mean"]
        )
        rows.append(
            size
            | {
                "title": describe_ability(ability["ability"]).title,
                "label": label,
                "metric": metric_title(size["metric"]),
            }
        )
    return rows
