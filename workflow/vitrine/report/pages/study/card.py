"""The model card of a study: Markdown with the metadata that the Hugging Face Hub reads."""

from pathlib import Path
from typing import Any

import yaml

from vitrine.data.domains.registry import DOMAINS
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.files import atomic
from vitrine.report.parts.headline import compare_with_baseline
from vitrine.report.parts.results import StudyResults, load_results
from vitrine.report.shell import environment
from vitrine.report.text import wording
from vitrine.report.text.language import use_language

# The Hub's names of metrics, where they differ.
METRICS = {"auc": "roc_auc"}


def write_card(study: str, folder: Path, output: Path, statistics: StatisticsSettings) -> None:
    """Write the card of a study's chosen model, in English as the Hub expects it.

    Args:
        study: its name.
        folder: ``results/<study>``.
        output: the Markdown file.
        statistics: of the intervals.
    """
    with use_language("en"):
        results = load_results(study, folder)
        metrics = results.chosen.metrics
        headline = compare_with_baseline(results, statistics)
        rows = [
            {"metric": row["metric"], "title": wording.metric_wording(row["metric"]).title}
            | {key: float(row[key]) for key in ("value", "low", "high")}
            for row in metrics[metrics["split"] == "test"].to_dict("records")
        ]
        verdict = results.verdict
        metadata = _describe_metadata(results, rows)
        text = (
            environment()
            .get_template("study/card.md")
            .render(
                metadata=yaml.safe_dump(metadata, sort_keys=False, allow_unicode=True).strip(),
                title=wording.study_title(study),
                model=results.chosen,
                headline=headline,
                sheet=results.datasheet,
                selection=wording.metric_wording(results.selection_metric).title,
                confidence=headline.confidence,
                metrics=rows,
                metric=wording.metric_wording(headline.metric).title,
                verdict=wording.join_sentences([verdict.sentence, *verdict.details])
                if verdict
                else "Not tested.",
            )
        )
    with atomic(output) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def _describe_metadata(results: StudyResults, rows: list[dict[str, Any]]) -> dict[str, Any]:
    task = DOMAINS[results.domain].pipeline_tag
    sheet = results.datasheet
    dataset = {"type": sheet["source"], "name": str(sheet["items"]), "split": "test"}
    if sheet["source"] == "hub":
        dataset |= {"type": sheet["items"], "config": sheet["subset"]}
        if sheet["split"]["kind"] == "given":
            dataset["split"] = sheet["hub_splits"].get("test", "test")
    dataset["revision"] = sheet.get("commit", sheet["canonical_table"]["sha256"])
    return {
        "license": "mit",
        "library_name": "vitrine",
        "pipeline_tag": task,
        "tags": ["transformer", "explainability", results.domain],
        "metrics": [METRICS.get(row["metric"], row["metric"]) for row in rows],
        "model-index": [
            {
                "name": f"{results.study}-{results.chosen.scale}-seed{results.chosen.seed}",
                "results": [
                    {
                        "task": {"type": task},
                        "dataset": dataset,
                        "metrics": [
                            {
                                "type": METRICS.get(row["metric"], row["metric"]),
                                "name": row["title"],
                                "value": round(row["value"], 6),
                            }
                            for row in rows
                        ],
                    }
                ],
            }
        ],
    }
