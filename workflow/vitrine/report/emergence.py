"""The Emergence page: abilities with a known optimum, told as a lecture."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.data.encoding import load_encoding
from vitrine.emergence.ability import Anchors
from vitrine.files import read_json
from vitrine.report import emergence_charts as charts
from vitrine.report import emergence_words as words
from vitrine.report.charts import finished
from vitrine.report.emergence_words import Lesson
from vitrine.report.language import say, speaking
from vitrine.report.shell import Site, write_page
from vitrine.report.sources import Sources
from vitrine.report.wording import interval, names, number, study_title


def write_emergence(
    analysis: Path, studies: Mapping[str, Path], output: Path, *, confidence: float, site: Site
) -> None:
    """Write the page.

    Args:
        analysis: ``results/abilities/emergence.json``; the abilities' folders stand beside it.
        studies: study to its folder ``results/<study>``, in the order to show.
        output: the HTML file.
        confidence: of the intervals.
        site: what the pages share.
    """
    sources = Sources(output)
    with speaking(site.language):
        context = {
            "title": say("pages.emergence"),
            "abilities": [_ability(one, analysis, sources) for one in read_json(analysis)],
            "studies": [_study(name, folder, sources) for name, folder in studies.items()],
            "confidence": f"{100 * confidence:g}%",
        }
    write_page("emergence.html", output, context, site=site, page="emergence")


def _ability(found: dict[str, Any], analysis: Path, sources: Sources) -> dict[str, Any]:
    lesson = words.lesson(found["ability"])
    sizes = found["sizes"]
    folders = {size["size"]: analysis.parent / found["ability"] / size["size"] for size in sizes}
    curves = {size: pd.read_parquet(own / "curves.parquet") for size, own in folders.items()}
    labels = dict(zip(folders, words.sizes([size["settings"] for size in sizes]), strict=True))
    best = max(sizes, key=lambda size: size["progress"]["mean"])
    label, own = labels[best["size"]], folders[best["size"]]
    mechanism = pd.read_parquet(own / "mechanism.parquet")
    return {
        "name": found["ability"],
        "lesson": lesson,
        "metric": words.metric(sizes[0]["metric"]),
        "measured": _measured(sizes[0]),
        "sizes": [size | {"label": labels[size["size"]]} for size in sizes],
        "curves": [
            {"title": labels[size], "source": sources(folder / "curves.parquet")}
            for size, folder in folders.items()
        ],
        "best": label,
        "happened": _happened(best, label, curves[best["size"]], sizes, labels),
        "progress": _progress_figure(lesson, best, sizes, curves, labels),
        "phases": _phases_figure(lesson, label, curves[best["size"]]),
        "mechanism": _mechanism(mechanism),
        "ladders": [
            _ladder(name, along, sizes)
            for name, along in found["ladders"].items()
            if len({size["settings"][name] for size in sizes}) > 2
        ],
        "lookup": bool((mechanism["measure"] == "probe").any()),
        "by_metric": [
            row | {"title": words.metric(row["metric"])} for row in best.get("by_metric", [])
        ],
        "verdict": words.verdict(best["verdict"]) if "verdict" in best else None,
        "sources": {
            "analysis": sources(analysis),
            "curves": sources(own / "curves.parquet"),
            "mechanism": sources(own / "mechanism.parquet"),
        },
    }


def _measured(size: dict[str, Any]) -> str:
    """By what the ability is measured, and the values that theory knows."""
    lines = [
        f"{say(f'emergence.lines.{what}')} {number(value, 4)}"
        for what, value in size["lines"].items()
    ]
    return say(
        "emergence.measured_lines" if lines else "emergence.measured",
        metric=words.metric(size["metric"]),
        reference=number(size["reference"], 4),
        optimum=number(size["optimum"], 4),
        **({"lines": names(lines)} if lines else {}),
    )


def _progress_figure(
    lesson: Lesson,
    best: dict[str, Any],
    sizes: list[dict[str, Any]],
    curves: dict[str, pd.DataFrame],
    labels: dict[str, str],
) -> dict[str, Any]:
    title = say(
        "emergence.furthest" if len(sizes) > 1 else "emergence.reached",
        value=number(best["progress"]["mean"], 2),
        size=labels[best["size"]],
    )
    chart = charts.curves(
        _progress(sizes, curves, labels),
        [labels[size["size"]] for size in sizes],
        say("emergence.charts.progress"),
        say("emergence.charts.sizes"),
    )
    return _figure(title, chart, 260, lesson.title)


def _phases_figure(lesson: Lesson, label: str, curves: pd.DataFrame) -> dict[str, Any]:
    chart = charts.curves(
        _phases(curves, lesson.phases),
        list(lesson.phases.values()),
        lesson.axis,
        say("emergence.charts.measurements"),
    )
    return _figure(say("emergence.phases", size=label), chart, 260, lesson.title)


def _figure(title: str, chart: Any, height: int, subject: str) -> dict[str, Any]:
    """A title that stands alone on the page, and a chart whose description names its subject."""
    described = say("emergence.charts.description", subject=subject, title=title)
    return {"title": title, "chart": finished(chart, height, described)}


def _progress(
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


def _phases(curves: pd.DataFrame, metrics: dict[str, str]) -> pd.DataFrame:
    rows = curves[curves.metric.isin(metrics) & (curves.step > 0)]
    return rows.assign(name=rows.metric.map(metrics))[["name", "seed", "step", "value"]]


def _happened(
    best: dict[str, Any],
    label: str,
    curves: pd.DataFrame,
    sizes: list[dict[str, Any]],
    labels: dict[str, str],
) -> list[str]:
    """What happened, phase by phase, each sentence from the numbers."""
    told = []
    table = curves.pivot_table(index="step", columns="metric", values="value")
    table = table[table.index > 0]
    if "kl_unigram" in table:
        step = table.index[int(table["kl_unigram"].argmin())]
        value = number(table["kl_unigram"].min())
        told.append(say("emergence.told.counts", step=number(step, 0), value=value))
    if "train_accuracy" in table:
        known = _first(table["train_accuracy"], 0.9)
        others = _first(table["accuracy"], 0.9)
        if known and others:
            told.append(
                say(
                    "emergence.told.learned",
                    known=number(known, 0),
                    others=number(others, 0),
                    ratio=number(others / known, 1),
                )
            )
    point = best["breakpoint"]
    if point["n"]:
        told.append(
            say(
                "emergence.told.half_way",
                size=label,
                n=point["n"],
                total=best["trainings"],
                mean=number(point["mean"], 0),
                interval=interval(point["low"], point["high"], 0),
            )
        )
    else:
        told.append(say("emergence.told.never", size=label))
    value = best["value"]
    told.append(
        say(
            "emergence.told.end",
            mean=number(value["mean"], 4),
            interval=interval(value["low"], value["high"], 4),
            optimum=number(best["optimum"], 4),
        )
    )
    failed = [labels[size["size"]] for size in sizes if size["successes"] == 0]
    if failed:
        told.append(say("emergence.told.failed", sizes=names(failed)))
    for name, lag in best["lags"].items():
        if lag["n"] and lag["low"] is not None and (lag["low"] > 0 or lag["high"] < 0):
            low, high = sorted((abs(lag["low"]), abs(lag["high"])))
            told.append(
                say(
                    f"emergence.told.{'before' if lag['mean'] > 0 else 'after'}",
                    mechanism=say(f"emergence.mechanisms.{name}"),
                    steps=number(abs(lag["mean"]), 0),
                    interval=interval(low, high, 0),
                )
            )
    return told


def _first(values: pd.Series, level: float) -> int | None:
    reached = values[values >= level]
    return int(reached.index[0]) if len(reached) else None


def _mechanism(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """A row for every part of the model: the metric without it, its scores; means over seeds."""
    if rows.empty:
        return []
    means = rows.groupby(["measure", "layer", "head"])["value"].mean()

    def of(measure: str, layer: int, head: int) -> float | None:
        return float(means.get((measure, layer, head), math.nan))

    parts = [{"part": say("emergence.whole"), "without": of("intact", 0, 0)}]
    parts[0] |= {"probe": of("probe", 0, 0), "control": of("probe_control", 0, 0)}
    parts[0] |= {name: of(f"{name}_uniform", 0, 0) for name in ("previous", "induction")}
    for layer in sorted(rows[rows.measure == "ablation_layer"].layer.unique()):
        parts.append(
            {
                "part": say("emergence.layer", layer=layer),
                "without": of("ablation_layer", layer, 0),
                "probe": of("probe", layer, 0),
                "control": of("probe_control", layer, 0),
                "previous": math.nan,
                "induction": math.nan,
            }
        )
        heads = rows[(rows.measure == "ablation_head") & (rows.layer == layer)]["head"].unique()
        parts += [
            {
                "part": say("study.layer_head", layer=layer, head=head),
                "without": of("ablation_head", layer, head),
                "probe": math.nan,
                "control": math.nan,
                "previous": of("previous", layer, head),
                "induction": of("induction", layer, head),
            }
            for head in sorted(heads)
        ]
    return parts


def _ladder(name: str, along: dict[str, Any], sizes: list[dict[str, Any]]) -> dict[str, Any]:
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
        low=number(means.iloc[0], 2),
        high=number(means.iloc[-1], 2),
    )
    chart = charts.along_size(rows, say(f"emergence.axes.{name}"))
    return {"told": _along(name, along), "title": title, "chart": finished(chart, 220, title)}


def _along(name: str, along: dict[str, Any]) -> list[str]:
    """Where the ladder is half-way, and which curve foretells a size best."""
    told = []
    setting = say(f"emergence.settings.{name}")
    if along["breakpoint"] is not None:
        span = interval(along["low"], along["high"], 2)
        told.append(
            say(
                "emergence.half_way_interval" if span else "emergence.half_way",
                name=setting,
                value=number(along["breakpoint"], 2),
                **({"interval": span} if span else {}),
            )
        )
    fits = [
        (say(f"emergence.fitted.{kind}"), error)
        for kind, error in sorted(along["fits"].items(), key=lambda pair: pair[1])
    ]
    if fits:
        errors = names([f"{title} {number(error)}" for title, error in fits])
        told.append(say("emergence.fits", errors=errors, best=fits[0][0]))
    return told


def _study(name: str, folder: Path, sources: Sources) -> dict[str, Any]:
    """Depth and context in the models of a study."""
    layers = pd.read_parquet(folder / "depth.parquet")
    context = pd.read_parquet(folder / "context.parquet")
    scales = list(dict.fromkeys(layers["scale"]))
    largest = scales[-1]
    told = layers[layers.measure != "cka"].pivot_table(
        index=["scale", "seed", "feature", "layer"], columns="measure", values="value"
    )
    told["value"] = (told["probe"] - told["majority"]) / (1 - told["majority"])
    rows = told.reset_index()
    titles = {
        key: say(f"emergence.properties.{key}")
        for key in words.PROPERTIES
        if key in set(rows["feature"])
    }
    rows["name"] = rows["feature"].map(titles)
    alike = layers[layers.measure == "cka"].groupby(["scale", "layer", "other"])["value"].mean()
    ranking = load_encoding(folder / "data").task == "ranking"
    unit = say(f"emergence.{'latest_films' if ranking else 'first_players'}")
    worth = context.groupby(["scale", "context"])["nll"].mean()
    title = study_title(name)
    n = int(context["n"].iloc[0])
    above = _by_layer(rows, largest, "label", "value")
    probed = say(
        "emergence.probes",
        scale=largest,
        first=number(above[0], 2),
        last=number(above[-1], 2),
    )
    gain = float(worth[largest].iloc[0] - worth[largest].iloc[-1])
    valued = say(
        f"emergence.context_{'lower' if gain > 0 else 'higher'}",
        scale=largest,
        value=number(abs(gain)),
        n=n,
    )
    probes = charts.by_layer(rows[rows["scale"] == largest], list(titles.values()))
    by_context = charts.by_context(context.assign(name=context["scale"]), scales, unit)
    return {
        "name": name,
        "title": title,
        "probes": _figure(probed, probes, 240, title),
        "context": _figure(valued, by_context, 240, title),
        "sources": {
            "depth": sources(folder / "depth.parquet"),
            "context": sources(folder / "context.parquet"),
        },
        "scales": [
            {
                "scale": scale,
                "label": _by_layer(rows, scale, "label", "probe"),
                "control": _by_layer(rows, scale, "label", "control"),
                "cka": [
                    say(
                        "emergence.pair",
                        layer=layer,
                        other=other,
                        value=number(float(alike[scale, layer, other]), 2),
                    )
                    for layer in range(1, int(rows[rows["scale"] == scale]["layer"].max()) + 1)
                    for other in range(layer)
                ],
                "icl": float(worth[scale].iloc[-1] - worth[scale].iloc[0]),
                "least": int(worth[scale].index[0]),
                "most": int(worth[scale].index[-1]),
            }
            for scale in scales
        ],
    }


def _by_layer(rows: pd.DataFrame, scale: str, feature: str, column: str) -> list[float]:
    own = rows[(rows["scale"] == scale) & (rows["feature"] == feature)]
    return own.groupby("layer")[column].mean().tolist()
