"""Writing the page of one study, and its model card."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.report.page import PageContext
from vitrine.report.pages.study.attention import describe_attention
from vitrine.report.pages.study.browser import describe_browser
from vitrine.report.pages.study.card import write_card
from vitrine.report.pages.study.checks import Sampling, describe_checks
from vitrine.report.pages.study.data import describe_data
from vitrine.report.pages.study.explanations import describe_explanations
from vitrine.report.pages.study.interactions import InteractionTable
from vitrine.report.pages.study.models import describe_models
from vitrine.report.pages.study.validation import describe_validation
from vitrine.report.parts.figures import write_figures
from vitrine.report.parts.headline import compare_with_baseline
from vitrine.report.parts.instances import (
    choose_printed,
    explained_predictions,
    load_instances,
)
from vitrine.report.parts.links import DataLink, DataLinks
from vitrine.report.parts.results import StudyResults, load_attributions, load_results
from vitrine.report.shell import write_page
from vitrine.report.text import wording
from vitrine.report.text.language import use_language


def write(outputs: Mapping[str, Path], context: PageContext) -> None:
    """Write the page of a study.

    Args:
        outputs: ``page``, and where they are wanted ``figures``, a folder, and ``card``, the model
            card in Markdown.
        context: of the page; its inputs hold ``interactions`` where they are to be shown.
    """
    folder = context.root / context.study
    with use_language(context.site.language):
        results = load_results(context.study, folder)
        sections = _describe_study(results, outputs["page"], context)
    write_page(
        outputs["page"],
        sections,
        site=context.site,
        page="study",
        study=context.study,
        scripts=["study/browser.js"],
    )
    # The browser's charts change with the instance.
    figures = {name: section for name, section in sections.items() if name != "browser"}
    write_figures(figures, outputs.get("figures"))
    if "card" in outputs:
        write_card(context.study, folder, outputs["card"], context.statistics)


def _describe_study(results: StudyResults, output: Path, context: PageContext) -> dict[str, Any]:
    predictions = pd.read_parquet(results.chosen.folder / "predictions.parquet")
    headline = compare_with_baseline(results, context.statistics)
    attributions = load_attributions(results)
    explained = explained_predictions(results, attributions)
    interactions = next(map(Path, context.inputs.get("interactions", ())), None)
    links = DataLinks(output)

    def link(*parts: str) -> DataLink:
        """The data file below the study's folder."""
        return links(results.folder.joinpath(*parts))

    def link_models(file: str) -> list[dict[str, Any]]:
        """The same file of every model, for figures that show all of them."""
        folders = [model.folder.relative_to(results.folder).as_posix() for model in results.models]
        return [{"title": folder, "source": link(folder, file)} for folder in folders]

    hits = "hit_rate_10" if results.task == "ranking" else "accuracy"
    return {
        "title": wording.study_title(results.study),
        "study": results.study,
        "results": results,
        "domain": wording.domain_wording(results.domain),
        "confidence": context.confidence,
        "headline": headline,
        "metric": wording.metric_wording,
        "hits": wording.metric_wording(hits).title,
        "source": link,
        "evaluations": link_models("evaluation.json"),
        "histories": link_models("history.parquet"),
        "data": describe_data(results.datasheet),
        "models": describe_models(results, headline),
        "attention": describe_attention(results),
        "browser": describe_browser(results, attributions, explained),
        "explanations": describe_explanations(
            results,
            load_instances(results, attributions, choose_printed(explained)),
            wording.value_wording(attributions.attrs["value"]),
            InteractionTable(
                results.chosen.folder / "interactions.parquet" if interactions else None
            ),
        ),
        "validation": describe_validation(results),
        "checks": describe_checks(
            results.chosen.folder,
            results.verdict.method if results.verdict else None,
            Sampling(predictions, context.statistics, context.seed),
        ),
    }
