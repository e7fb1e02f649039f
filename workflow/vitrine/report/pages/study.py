"""The pages of the report: one per study, and the entry page with the headlines."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.files import StrPath, write_json
from vitrine.report.pages.emergence import ability_headlines
from vitrine.report.pages.provenance import time_spent
from vitrine.report.parts import charts, fragments
from vitrine.report.parts.browser import browser_section
from vitrine.report.parts.checks import checks_section
from vitrine.report.parts.examples import (
    Example,
    choose_printed,
    explained_predictions,
    load_examples,
    prediction_facts,
    titles_of,
)
from vitrine.report.parts.faithfulness import curve_points, summarise
from vitrine.report.parts.figures import write_figures
from vitrine.report.parts.headline import Headline, contenders, headline
from vitrine.report.parts.interactions import Pairs
from vitrine.report.parts.results import (
    Results,
    load_attributions,
    load_histories,
    load_results,
    row,
)
from vitrine.report.parts.sources import Source, Sources
from vitrine.report.shell import Site, write_page
from vitrine.report.text import wording
from vitrine.report.text.language import say, speaking
from vitrine.validation.registry import MEASURES

SIDE_BY_SIDE = ("shap", "lime")
SPLITS = ("validation", "test")
PICTURED = tuple(name for name, measure in MEASURES.items() if measure.pictured)


def write_study_page(
    study: str,
    folder: StrPath,
    output: StrPath,
    *,
    statistics: Mapping[str, Any],
    site: Site,
    figures: Path | None = None,
    seed: int = 0,
    interactions: bool = False,
) -> None:
    """Write the page of one study.

    Args:
        study: its name.
        folder: ``results/<study>``.
        output: the HTML file.
        statistics: ``bootstrap`` (number of resamples) and ``confidence`` (share of the intervals).
        site: what the pages share.
        figures: folder for the page's charts as SVG and PNG; None writes none.
        seed: base seed of the resamples.
        interactions: whether there are interactions to show.
    """
    with speaking(site.language):
        context = _study_context(study, Path(folder), Path(output), statistics, interactions, seed)
    write_page("study.html", Path(output), context, site=site, page=study, scripts=["browser.js"])
    # The browser's charts change with the instance.
    write_figures({key: part for key, part in context.items() if key != "browser"}, figures)


def _study_context(
    study: str,
    folder: Path,
    output: Path,
    statistics: Mapping[str, Any],
    interactions: bool,
    seed: int,
) -> dict[str, Any]:
    results = load_results(study, folder)
    summary = summarise(results.faithfulness, dict(statistics), seed)
    own = headline(results)
    attributions = load_attributions(results)
    explained = explained_predictions(results, attributions)
    source = _source_of(results.folder, output)
    return {
        "title": wording.study_title(study),
        "study": study,
        "results": results,
        "domain": wording.domain(results.domain),
        "confidence": f"{100 * statistics['confidence']:g}%",
        "headline": own,
        "metric": wording.metric,
        "hits": wording.metric("hit_rate_10" if results.task == "ranking" else "accuracy").title,
        "source": source,
        "evaluations": _sources_of_models(results, source, "evaluation.json"),
        "histories": _sources_of_models(results, source, "history.parquet"),
        "data": _data_section(results),
        "models": _models_section(results, own),
        "attention": _attention_section(results),
        "browser": _browser(results, attributions, explained),
        "explanations": _explanations_section(
            results,
            load_examples(results, attributions, choose_printed(explained)),
            wording.value(attributions.attrs["value"]),
            Pairs(results.chosen.folder / "interactions.parquet" if interactions else None),
        ),
        "validation": _validation_section(results, summary),
        "checks": checks_section(
            results.chosen.folder,
            results.verdict.method if results.verdict else None,
            statistics,
            seed,
        ),
    }


def write_index(
    studies: Mapping[str, StrPath],
    output: StrPath,
    headline_path: StrPath,
    *,
    statistics: Mapping[str, Any],
    site: Site,
    root: StrPath | None = None,
    abilities: StrPath | None = None,
) -> None:
    """Write the entry page and ``headline.json``.

    Args:
        studies: study to its folder ``results/<study>``, in the order to show. The page of a study
            is expected beside ``output`` as ``<study>.html``.
        output: the HTML file.
        headline_path: the JSON file.
        statistics, site: as for `write_study_page`.
        root: where the run records lie that say how long everything took.
        abilities: ``results/abilities/emergence.json``, if abilities were run.
    """
    sources = Sources(output)
    with speaking(site.language):
        context, entries = _index_context(studies, sources, statistics, root)
        context["abilities"] = ability_headlines(Path(abilities)) if abilities else []
        context["analysis"] = sources(Path(abilities)) if abilities else None
    write_page("index.html", Path(output), context, site=site, page="index")
    write_json(headline_path, {"title": "Vitrine", "studies": entries})


def _index_context(
    studies: Mapping[str, StrPath],
    sources: Sources,
    statistics: Mapping[str, Any],
    root: StrPath | None,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    entries, cards = [], []
    for study, folder in studies.items():
        results = load_results(study, Path(folder))
        own = headline(results)
        entries.append(own.facts(results.verdict))
        cards.append(
            {
                "study": study,
                "title": wording.study_title(study),
                "domain": wording.domain(results.domain),
                "results": results,
                "headline": own,
                "metric": wording.metric(own.metric),
                "chart": _contenders_figure(results, own),
                "source": sources(results.chosen.folder / "evaluation.json"),
            }
        )
    context = {
        "title": "Vitrine",
        "cards": cards,
        "methods": _methods_of(cards),
        "spent": _spent(root),
        "confidence": f"{100 * statistics['confidence']:g}%",
    }
    return context, entries


def _spent(root: StrPath | None) -> dict[str, Any]:
    """Time by stage, and which stage took most; empty where there are no records."""
    rows = time_spent(root) if root is not None else []
    total = sum(one["cpu"] for one in rows)
    if total <= 0:
        return {}
    most = max(rows, key=lambda one: one["cpu"])
    unit, n = ("minutes", total / 60) if total >= 120 else ("seconds", total)
    finding = say(
        "spent.finding",
        jobs=wording.count(sum(one["jobs"] for one in rows)),
        cpu=say(f"spent.{unit}", n=wording.number(n, 1 if unit == "minutes" else 0)),
        stage=wording.stage(most["stage"]),
        share=wording.share(most["cpu"] / total, 0),
    )
    return {"finding": finding, "rows": sorted(rows, key=lambda one: -one["cpu"]), "total": total}


def _methods_of(cards: list[dict[str, Any]]) -> list[str]:
    used = {name for card in cards for name in card["results"].methods}
    return [wording.method(name) for name in wording.METHODS if name in used]


def _source_of(folder: Path, output: Path) -> Callable[..., Source]:
    """A function from a path below the study's folder to the source that a figure names."""
    sources = Sources(output)
    return lambda *parts: sources(folder.joinpath(*parts))


def _sources_of_models(
    results: Results, source: Callable[..., Source], file: str
) -> list[dict[str, Any]]:
    """The same file of every model, for figures that show all of them."""
    places = [model.folder.relative_to(results.folder).as_posix() for model in results.models]
    return [{"title": place, "source": source(place, file)} for place in places]


def _own_folder(results: Results) -> str:
    return results.chosen.folder.relative_to(results.folder).as_posix()


def _contenders_figure(results: Results, own: Headline) -> dict[str, Any]:
    rows = contenders(results, own.metric, "test")
    axis = wording.metric(own.metric).axis
    return charts.finished(
        charts.contenders(rows, axis),
        34 * len(rows),
        say("headline.both", title=own.verdict_title, sentence=own.sentence),
    )


def _data_section(results: Results) -> dict[str, Any]:
    return {
        "sheet": results.datasheet,
        "splits": fragments.splits(results.datasheet),
        "missing": fragments.missing_fields(results.datasheet),
    }


def _models_section(results: Results, own: Headline) -> dict[str, Any]:
    scales = sorted({(model.parameters, model.scale) for model in results.models})
    names = list(dict.fromkeys(scale for _, scale in scales))
    section: dict[str, Any] = {
        "contenders": _contenders_figure(results, own),
        "tables": {split: _metrics_table(results, split) for split in ("test", "validation")},
        "by_scale": [_by_scale(results, own.metric, names, split) for split in SPLITS],
        "largest_is_best": _best_scale_sentence(results, own.metric, names),
        "curves": _learning_curves(results, names),
        "selection": wording.metric(results.selection_metric),
        "folder": _own_folder(results),
    }
    if results.task == "classification":
        bins = pd.DataFrame(results.chosen.evaluation["calibration"]["test"])
        bins = bins[bins["n"] > 0].astype({"confidence": float, "accuracy": float})
        finding = _calibration_sentence(results, bins)
        section["calibration"] = {
            "finding": finding,
            "chart": charts.finished(charts.calibration(bins), 260, finding),
        }
        section["confusion"] = fragments.confusion(results.chosen.evaluation["confusion"]["test"])
    return section


def _metrics_table(results: Results, split: str) -> dict[str, Any]:
    """All metrics of all models and baselines on one split, the best of each column marked."""
    first = results.chosen.metrics
    part = first[first["split"] == split]
    metrics = part["metric"].tolist()
    entries = [(one.title, None, one.metrics, "baseline") for one in results.baselines] + [
        (
            model.name,
            model.parameters,
            model.metrics,
            "chosen" if model is results.chosen else "model",
        )
        for model in results.models
    ]
    values = pd.DataFrame(
        [[row(table, name, split)["value"] for name in metrics] for _, _, table, _ in entries],
        columns=metrics,
        dtype=float,
    )
    better = dict(zip(metrics, part["higher_is_better"], strict=True))
    best = {name: values[name].max() if better[name] else values[name].min() for name in metrics}
    return {
        "metrics": [wording.metric(name) for name in metrics],
        "n": int(part["n"].iloc[0]),
        "rows": [
            {
                "name": title,
                "parameters": parameters,
                "kind": kind,
                "cells": [
                    {"found": row(table, name, split), "best": values[name][i] == best[name]}
                    for name in metrics
                ],
            }
            for i, (title, parameters, table, kind) in enumerate(entries)
        ],
    }


def _by_scale(results: Results, metric: str, scales: list[str], split: str) -> dict[str, Any]:
    parameters = {model.scale: model.parameters for model in results.models}
    labels = {scale: f"{scale}\n{wording.count(parameters[scale])}" for scale in scales}
    models = pd.DataFrame(
        [
            {
                "scale": model.scale,
                "label": labels[model.scale],
                "seed": model.seed,
                "chosen": model is results.chosen,
            }
            | row(model.metrics, metric, split)[["value", "low", "high"]].to_dict()
            for model in results.models
        ]
    )
    baselines = pd.DataFrame(
        [
            {"title": one.title, "value": row(one.metrics, metric, split)["value"]}
            for one in results.baselines
        ]
    )
    spoken = wording.metric(metric)
    chart = charts.models_by_scale(models, baselines, list(labels.values()), spoken.axis)
    means = models.groupby("scale")["value"].mean()
    title = say(
        "study.by_scale" if len(scales) > 1 else "study.one_scale",
        metric=spoken.title,
        split=say(f"splits.{split}"),
        first=scales[0],
        start=wording.number(means[scales[0]]),
        last=scales[-1],
        end=wording.number(means[scales[-1]]),
    )
    return {"title": title, "chart": charts.finished(chart, 260, title)}


def _best_scale_sentence(results: Results, metric: str, scales: list[str]) -> str:
    """Which scale has the best mean over seeds on test, in words."""
    table = pd.DataFrame(
        [
            {"scale": model.scale, "value": row(model.metrics, metric, "test")["value"]}
            for model in results.models
        ]
    )
    means = table.groupby("scale")["value"].mean()
    higher = bool(row(results.chosen.metrics, metric, "test")["higher_is_better"])
    best = str(means.idxmax() if higher else means.idxmin())
    title = wording.metric(metric).title
    found = say("study.best_scale", scale=best, metric=title, value=wording.number(means[best]))
    if len(scales) == 1:
        return found
    first = scales[0] if best != scales[0] else scales[-1]
    return say("study.against_scale", found=found, value=wording.number(means[first]), scale=first)


def _learning_curves(results: Results, scales: list[str]) -> list[dict[str, Any]]:
    history = load_histories(results)
    selected = row(results.chosen.metrics, results.selection_metric, "validation")
    curves = []
    for split, metric, higher in (
        ("train", "loss", False),
        ("validation", results.selection_metric, bool(selected["higher_is_better"])),
    ):
        part = history[(history["split"] == split) & (history["metric"] == metric)]
        if part.empty:
            continue
        spoken = wording.metric(metric)
        best = part.sort_values("value", ascending=not higher, kind="stable").iloc[0]
        title = say(
            "study.lowest_loss" if split == "train" else "study.ends_training",
            metric=spoken.title,
            scale=best["scale"],
            value=wording.number(best["value"]),
            epoch=wording.count(best["epoch"]),
        )
        part = part[["epoch", "scale", "seed", "value"]]
        chart = charts.learning_curve(part, scales, spoken.axis)
        curves.append({"title": title, "chart": charts.finished(chart, 220, title)})
    return curves


def _calibration_sentence(results: Results, bins: pd.DataFrame) -> str:
    ece = row(results.chosen.metrics, "ece", "test")["value"]
    n = bins["n"].sum()
    gap = float(((bins["confidence"] - bins["accuracy"]) * bins["n"]).sum() / n)
    if abs(gap) < 0.01:
        kind = say("study.calibrated")
    else:
        way = "over" if gap > 0 else "under"
        kind = say(f"study.{way}confident", points=wording.number(100 * abs(gap), 1))
    return say("study.with_ece", finding=kind, ece=wording.number(ece))


def _panels(results: Results, example: Example, methods: list[str]) -> dict[str, Any]:
    """What shows an instance's attributions, by its kind of data."""
    kind = results.domain
    if kind == "image":
        return {"images": [(name, fragments.image_panel(example, name)) for name in methods]}
    if kind == "text":
        words = fragments.leading(example, methods, fragments.MOST_WORDS)
        return {
            "texts": [(name, fragments.text_panel(example, name)) for name in methods],
            "bars": fragments.bars(example, methods, words, gaps=False),
        }
    if kind == "table" and "shap" in methods:
        other = next((name for name in methods if name != "shap"), None)
        return {"bars": fragments.waterfall(example, "shap", other), "waterfall": True}
    players = fragments.leading(example, methods, fragments.MOST_ROWS)
    if kind == "sequence":
        return {"bars": fragments.bars(example, methods, sorted(players), gaps=True)}
    return {"bars": fragments.bars(example, methods, players, gaps=False)}


def _side_by_side(results: Results) -> list[str]:
    """SHAP and LIME where they ran, else the first two methods that did."""
    present = [name for name in SIDE_BY_SIDE if name in results.methods]
    others = [name for name in results.methods if name not in (*SIDE_BY_SIDE, "random")]
    return (present + others)[:2] or results.methods[:1]


def _explanations_section(
    results: Results, examples: list[Example], value: wording.Value, pairs: Pairs
) -> dict[str, Any]:
    titles = titles_of(results)
    methods = _side_by_side(results)
    return {
        "methods": methods,
        "ranking": results.task == "ranking",
        "value": value,
        "examples": [
            {
                "example": example,
                "facts": prediction_facts(example, titles),
                "decision": fragments.decision(example, value.odds),
                "pairs": pairs.strongest(example),
                "findings": {name: fragments.strongest(example, name) for name in methods},
                **_panels(results, example, methods),
            }
            for example in examples
        ],
    }


def _attention_section(results: Results) -> dict[str, Any]:
    folder = results.chosen.folder / "attention"
    summary = pd.read_parquet(folder / "summary.parquet")
    return {
        "heads": fragments.heads(summary[summary["split"] == "test"]),
        "instances": int(summary.loc[summary["split"] == "test", "instance"].nunique()),
        "folder": f"{_own_folder(results)}/attention",
    }


def _browser(
    results: Results, attributions: pd.DataFrame, explained: pd.DataFrame
) -> dict[str, Any]:
    section = browser_section(results, attributions, explained)
    methods = [name for name in wording.METHODS if name in results.methods]
    unit = "score" if results.task == "ranking" else "probability"
    players = wording.domain(results.domain).players
    section["curves"] = {
        curve: charts.finished(
            charts.instance_curve(
                methods,
                say(f"curves.{axis}", players=players),
                say(f"curves.{unit}"),
            ),
            220,
            say(f"script.{curve}"),
        )
        for curve, axis in (("deletion", "removed"), ("insertion", "present"))
    }
    return section


def _validation_section(results: Results, summary: pd.DataFrame) -> dict[str, Any]:
    section: dict[str, Any] = {
        "measures": {},
        "tables": [],
        "charts": [],
        "curves": [],
        "folder": _own_folder(results),
        "verdict": results.verdict,
        "rivals": _rivals(results),
        "ceiling": _ceiling_sentence(results.faithfulness),
    }
    if summary.empty:
        return section
    present = set(summary["measure"])
    measures = {name: facts for name, facts in MEASURES.items() if name in present}
    unit = "score" if results.task == "ranking" else "probability"
    methods = summary["method"].drop_duplicates().tolist()
    section |= {"unit": unit, "measures": measures, "methods": methods}
    for split in ("test", "validation"):
        part = summary[summary["split"] == split]
        rows = [
            {
                "measure": facts,
                "name": measure,
                "cells": [
                    _only(part[(part["method"] == name) & (part["measure"] == measure)])
                    for name in methods
                ],
            }
            for measure, facts in measures.items()
        ]
        section["tables"].append({"split": split, "n": int(part["n"].max()), "rows": rows})
    for measure in PICTURED:
        if measure not in measures:
            continue
        facts = measures[measure]
        part = _ranked(summary, measure)
        chart = charts.faithfulness(
            part[["method", "mean", "low", "high", "n"]],
            say("study.mean_of", measure=wording.measure(measure)),
        )
        title = say(
            "study.better",
            measure=wording.measure(measure),
            method=wording.method(part["method"].iloc[0]),
            value=wording.number(part["mean"].iloc[0]),
            better=say(f"measures.better.{facts.better}"),
        )
        height = 26 * len(part)
        section["charts"].append({"title": title, "chart": charts.finished(chart, height, title)})
    for curve, axis in (("deletion", "removed"), ("insertion", "present")):
        points = curve_points(results.faithfulness, curve)
        part = points.loc[points["split"] == "test", ["method", "share", "value"]]
        if part.empty:
            continue
        chart = charts.removal_curves(
            part,
            methods,
            say(f"curves.{axis}", players=wording.domain(results.domain).players),
            say(f"curves.mean_{unit}"),
        )
        ahead = _ranked(summary, f"{curve}_auc")["method"].iloc[0]
        title = say(f"curves.{curve}_title", method=wording.method(ahead))
        section["curves"].append({"title": title, "chart": charts.finished(chart, 260, title)})
    return section


def _ranked(summary: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The methods' means of a measure on test, the best first."""
    part = summary[(summary["split"] == "test") & (summary["measure"] == measure)]
    return part.sort_values("mean", ascending=not MEASURES[measure].higher_is_better)


def _ceiling_sentence(frame: pd.DataFrame) -> str:
    """On how many test instances the best achievable ranking is certain; empty if unknown."""
    rows = frame[(frame["split"] == "test") & (frame["measure"] == "ceiling_settled")]
    settled = rows.groupby("instance")["value"].first()
    if settled.empty:
        return ""
    sure, n = int(settled.sum()), len(settled)
    counts = {"sure": wording.count(sure), "n": wording.count(n)}
    said = [say("study.ceiling", **counts)]
    if sure < n:
        said.append(say("study.ceiling_open"))
    return wording.sentences(said)


def _rivals(results: Results) -> list[dict[str, Any]]:
    """The leading method against every other on test, by the verdict's measure."""
    verdict = results.verdict
    if verdict is None:
        return []
    table = results.comparisons
    rows = table[(table["split"] == "test") & (table["measure"] == verdict.facts["measure"])]
    found = []
    for pair in rows.to_dict("records"):
        if verdict.method not in (pair["method"], pair["other"]):
            continue
        first = pair["method"] == verdict.method
        sign = 1 if first else -1
        low, high = sorted((sign * pair["low"], sign * pair["high"]))
        found.append(
            {
                "other": pair["other"] if first else pair["method"],
                "difference": sign * pair["difference"],
                "low": low,
                "high": high,
                "effect": sign * pair["effect"],
                "p_holm": pair["p_holm"],
            }
        )
    return sorted(found, key=lambda one: one["difference"])


def _only(rows: pd.DataFrame) -> dict[str, Any]:
    """The one row as a dict; empty where a measure is undefined."""
    if rows.empty:
        return {}
    return {str(key): value for key, value in rows.iloc[0].items()}
