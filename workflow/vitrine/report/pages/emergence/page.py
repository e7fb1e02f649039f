"""Writing the page on emergence: abilities with a known optimum, and depth in the studies."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.emergence.breaks import BREAK
from vitrine.evaluation.progress import Anchors
from vitrine.files import read_json
from vitrine.report.page import PageContext
from vitrine.report.pages.emergence import findings
from vitrine.report.pages.emergence.charts import draw_along_size, draw_curves
from vitrine.report.pages.emergence.mechanism import tabulate_mechanism
from vitrine.report.pages.emergence.studies import describe_study, draw_described_figure
from vitrine.report.parts.ability_wording import (
    AbilityText,
    describe_ability,
    metric_title,
    predictor_title,
    say_verdict,
    size_labels,
)
from vitrine.report.parts.charts import draw_figure
from vitrine.report.parts.figures import write_figures
from vitrine.report.parts.links import DataLinks
from vitrine.report.shell import write_page
from vitrine.report.text.language import say, use_language
from vitrine.report.text.wording import format_interval, format_number, join_names


def write(outputs: Mapping[str, Path], context: PageContext) -> None:
    """Write the page.

    Args:
        outputs: ``page``, and where they are wanted ``figures``, a folder.
        context: of the page; its inputs hold ``analysis``, the analysis of the abilities, beside
            which the folders of the abilities stand.
    """
    analysis = Path(context.inputs["analysis"][0])
    links = DataLinks(outputs["page"])
    with use_language(context.site.language):
        sections = {
            "title": say("pages.emergence"),
            "abilities": [
                _describe_ability(ability, analysis, links) for ability in read_json(analysis)
            ],
            "studies": [
                describe_study(study, folder, links)
                for study, folder in context.study_folders.items()
            ],
            "confidence": context.confidence,
        }
    write_page(outputs["page"], sections, site=context.site, page="emergence")
    write_figures(sections, outputs.get("figures"))


def _describe_ability(ability: dict[str, Any], analysis: Path, links: DataLinks) -> dict[str, Any]:
    texts = describe_ability(ability["ability"])
    sizes = ability["sizes"]
    folders = {size["size"]: analysis.parent / ability["ability"] / size["size"] for size in sizes}
    curves = {size: pd.read_parquet(path / "curves.parquet") for size, path in folders.items()}
    labels = dict(zip(folders, size_labels([size["settings"] for size in sizes]), strict=True))
    best = max(sizes, key=lambda size: size["progress"]["mean"])
    label, folder = labels[best["size"]], folders[best["size"]]
    mechanism = pd.read_parquet(folder / "mechanism.parquet")
    return {
        "name": ability["ability"],
        "lesson": texts,
        "metric": metric_title(sizes[0]["metric"]),
        "measured": say_measured(sizes[0]),
        "sizes": [size | {"label": labels[size["size"]]} for size in sizes],
        "curves": [
            {"title": labels[size], "source": links(path / "curves.parquet")}
            for size, path in folders.items()
        ],
        "best": label,
        "happened": findings.describe_training(best, curves, sizes, labels, _read_ends(folder)),
        "progress": _draw_progress(texts, best, sizes, curves, labels),
        "phases": _draw_phases(texts, best, label, curves[best["size"]]),
        "mechanism": tabulate_mechanism(mechanism),
        "mechanism_findings": findings.describe_mechanism(mechanism, metric_title(best["metric"])),
        "ladders": [
            _draw_ladder(name, along, sizes)
            for name, along in ability["ladders"].items()
            if len({size["settings"][name] for size in sizes}) > 2
        ],
        "lookup": bool((mechanism["measure"] == "probe").any()),
        "breaks": _describe_breaks(best["verdict"]) if "verdict" in best else None,
        "sources": {
            "analysis": links(analysis),
            "curves": links(folder / "curves.parquet"),
            "mechanism": links(folder / "mechanism.parquet"),
        },
    }


def _read_ends(folder: Path) -> pd.Series:
    """What a size measures at the end, by metric; means over seeds."""
    rows = pd.read_parquet(folder / "evaluation.parquet")
    return rows[rows["checkpoint"] == "end"].groupby("metric")["value"].mean()


def _describe_breaks(verdict: dict[str, Any]) -> dict[str, Any]:
    """Whether the loss breaks: what is tested, the result in words, and a row per metric."""
    metrics = verdict["metrics"]
    return {
        "text": say("emergence.real_text", level=f"{BREAK:g}"),
        "verdict": say_verdict(verdict),
        "rows": [row | {"title": metric_title(row["metric"])} for row in metrics],
    }


def say_measured(size: dict[str, Any]) -> str:
    """By what the ability is measured, and the values that theory knows."""
    lines = [
        f"{say(f'emergence.lines.{what}')} {format_number(value, 4)}"
        for what, value in size["lines"].items()
    ]
    return say(
        "emergence.measured_lines" if lines else "emergence.measured",
        metric=metric_title(size["metric"]),
        predictor=predictor_title(size["predictor"]),
        reference=format_number(size["reference"], 4),
        optimum=format_number(size["optimum"], 4),
        **({"lines": join_names(lines)} if lines else {}),
    )


def _draw_progress(
    texts: AbilityText,
    best: dict[str, Any],
    sizes: list[dict[str, Any]],
    curves: dict[str, pd.DataFrame],
    labels: dict[str, str],
) -> dict[str, Any]:
    least = min(sizes, key=lambda size: size["progress"]["mean"])
    title = say(
        "emergence.furthest" if len(sizes) > 1 else "emergence.reached",
        value=format_number(best["progress"]["mean"], 2),
        size=labels[best["size"]],
        least=format_number(least["progress"]["mean"], 2),
        other=labels[least["size"]],
    )
    chart = draw_curves(
        _progress_rows(sizes, curves, labels),
        [labels[size["size"]] for size in sizes],
        say("emergence.charts.progress"),
        say("emergence.charts.sizes"),
    )
    return draw_described_figure(title, chart, 260, texts.title)


def _draw_phases(
    texts: AbilityText, best: dict[str, Any], label: str, curves: pd.DataFrame
) -> dict[str, Any]:
    chart = draw_curves(
        _phase_rows(curves, texts.phases),
        list(texts.phases.values()),
        texts.axis,
        say("emergence.charts.measurements"),
    )
    return draw_described_figure(
        findings.title_phases(best, label, curves, texts.phases), chart, 260, texts.title
    )


def _progress_rows(
    sizes: list[dict[str, Any]], curves: dict[str, pd.DataFrame], labels: dict[str, str]
) -> pd.DataFrame:
    parts = []
    for size in sizes:
        anchors = Anchors(size["metric"], size["reference"], size["optimum"], {})
        rows = curves[size["size"]]
        rows = rows[(rows.metric == anchors.metric) & (rows.step > 0)]
        parts.append(
            rows.assign(name=labels[size["size"]], value=anchors.progress(rows.value.to_numpy()))
        )
    return pd.concat(parts)[["name", "seed", "step", "value"]]


def _phase_rows(curves: pd.DataFrame, metrics: dict[str, str]) -> pd.DataFrame:
    rows = curves[curves.metric.isin(metrics) & (curves.step > 0)]
    return rows.assign(name=rows.metric.map(metrics))[["name", "seed", "step", "value"]]


def _draw_ladder(name: str, along: dict[str, Any], sizes: list[dict[str, Any]]) -> dict[str, Any]:
    rows = pd.DataFrame(
        [
            {"size": size["settings"][name], "seed": seed, "progress": progress}
            for size in sizes
            for seed, progress in enumerate(size["progress"]["seeds"])
        ]
    )
    means = rows.groupby("size")["progress"].mean()
    title = say(
        "emergence.ladder",
        name=say(f"emergence.settings.{name}"),
        first=f"{means.index[0]:g}",
        last=f"{means.index[-1]:g}",
        low=format_number(means.iloc[0], 2),
        high=format_number(means.iloc[-1], 2),
    )
    chart = draw_along_size(rows, say(f"emergence.axes.{name}"))
    return draw_figure(title, chart, 220) | {"findings": _say_along(name, along)}


def _say_along(name: str, along: dict[str, Any]) -> list[str]:
    """Where progress along the sizes is half-way, and which curve predicts a size best."""
    sentences = []
    setting = say(f"emergence.settings.{name}")
    if along["breakpoint"] is not None:
        span = format_interval(along["low"], along["high"], 2)
        sentences.append(
            say(
                "emergence.half_way_interval" if span else "emergence.half_way",
                name=setting,
                value=format_number(along["breakpoint"], 2),
                **({"interval": span} if span else {}),
            )
        )
    fits = [
        (say(f"emergence.fitted.{kind}"), error)
        for kind, error in sorted(along["fits"].items(), key=lambda pair: pair[1])
    ]
    if fits:
        errors = join_names([f"{title} {format_number(error)}" for title, error in fits])
        sentences.append(say("emergence.fits", errors=errors, best=fits[0][0]))
    return sentences
