"""Writing the page on families of language models: what emerges with their size."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.files import read_json
from vitrine.language.fewshot import RANDOM, TRUE
from vitrine.report.page import PageContext
from vitrine.report.pages.families.charts import draw_accuracy, draw_positions, draw_sizes
from vitrine.report.pages.families.findings import average_draws, describe_findings
from vitrine.report.parts.figures import write_figures
from vitrine.report.parts.links import DataLinks
from vitrine.report.shell import write_page
from vitrine.report.text.language import say, say_count, use_language
from vitrine.report.text.wording import study_title


def write(outputs: Mapping[str, Path], context: PageContext) -> None:
    """Write the page.

    Args:
        outputs: ``page``, and where they are wanted ``figures``, a folder.
        context: of the page; its inputs hold ``analyses``, the analysis of each family, beside
            which the folders of its models stand.
    """
    links = DataLinks(outputs["page"])
    confidence = context.statistics.confidence
    with use_language(context.site.language):
        sections = {
            "title": say("pages.families"),
            "families": [
                _describe_family(Path(path), confidence, links)
                for path in context.inputs["analyses"]
            ],
            "confidence": context.confidence,
        }
    write_page(outputs["page"], sections, site=context.site, page="families")
    write_figures(sections, outputs.get("figures"))


def _describe_family(path: Path, confidence: float, links: DataLinks) -> dict[str, Any]:
    analysis = read_json(path)
    models = [model["member"] for model in analysis["models"]]
    folders = {model: path.parent / model for model in models}
    shots = _read_tables(folders, "shots.parquet")
    positions = _read_tables(folders, "positions.parquet")
    figures = pd.DataFrame(analysis["figures"]).set_index(["member", "metric"])
    means = {
        (row["member"], row["metric"]): row["mean"]
        for row in pd.DataFrame(analysis["figures"]).to_dict("records")
    }
    curves = pd.read_parquet(path.with_name("curves.parquet"))
    return {
        "name": analysis["family"],
        "study": analysis["study"],
        "study_title": study_title(analysis["study"]),
        "models": [
            model | {"figures": figures.loc[model["member"]]["mean"].to_dict()}
            for model in analysis["models"]
        ],
        "findings": describe_findings(analysis, means, shots, confidence),
        "examples": say_count("families.examples", analysis["shots"]),
        "positions": draw_positions(positions, models),
        "accuracy": draw_accuracy(shots, models),
        "sizes": draw_sizes(analysis["abilities"], curves),
        "table": _tabulate_shots(shots, models, confidence),
        "sources": {
            "analysis": links(path),
            "curves": links(path.with_name("curves.parquet")),
            **{
                name: [
                    {"title": model, "source": links(folder / f"{name}.parquet")}
                    for model, folder in folders.items()
                ]
                for name in ("positions", "shots", "heads")
            },
        },
    }


def _read_tables(folders: Mapping[str, Path], file: str) -> pd.DataFrame:
    """The same table of all models, with their names in the column ``name``."""
    tables = [pd.read_parquet(folder / file).assign(name=name) for name, folder in folders.items()]
    return pd.concat(tables, ignore_index=True)


def _tabulate_shots(
    shots: pd.DataFrame, models: Sequence[str], confidence: float
) -> list[dict[str, Any]]:
    rows = average_draws(shots, confidence).set_index(["name", "shots", "labels", "calibrated"])
    counts = sorted(shots["shots"].unique())

    def cell(*key: Any) -> dict[str, Any] | None:
        return rows.loc[key].to_dict() if key in rows.index else None

    return [
        {
            "member": model,
            "shots": int(count),
            "plain": cell(model, count, TRUE, False),
            "calibrated": cell(model, count, TRUE, True),
            "random": cell(model, count, RANDOM, True),
            "chance": rows["chance"].iloc[0],
        }
        for model in models
        for count in counts
        if cell(model, count, TRUE, True) is not None
    ]
