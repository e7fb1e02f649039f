"""The Emergence page: abilities with a known optimum, told as a lecture."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.data.encoding import load_encoding
from vitrine.evaluation.progress import Anchors, late_less_early
from vitrine.files import read_json
from vitrine.report.parts import emergence_charts as charts
from vitrine.report.parts import emergence_told as told
from vitrine.report.parts import emergence_words as words
from vitrine.report.parts.charts import finished
from vitrine.report.parts.emergence_words import Lesson
from vitrine.report.parts.figures import write_figures
from vitrine.report.parts.sources import Sources
from vitrine.report.shell import Site, write_page
from vitrine.report.text.language import say, speaking
from vitrine.report.text.wording import interval, names, number, study_title

POINTS = 12  # of a line along a history
# Measures of what a probe reads: the labels, and labels that mean nothing.
PROBES = ("probe", "probe_shuffled", "probe_by_type")


def write_emergence(
    analysis: Path,
    studies: Mapping[str, Path],
    output: Path,
    *,
    confidence: float,
    site: Site,
    figures: Path | None = None,
) -> None:
    """Write the page.

    Args:
        analysis: ``results/abilities/emergence.json``; the abilities' folders stand beside it.
        studies: study to its folder ``results/<study>``, in the order to show.
        output: the HTML file.
        confidence: of the intervals.
        site: what the pages share.
        figures: folder for the page's charts as SVG and PNG; None writes none.
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
    write_figures(context, figures)


def ability_headlines(analysis: Path) -> list[dict[str, Any]]:
    """How far each ability gets with the size that gets furthest, for the entry page.

    Args:
        analysis: ``results/abilities/emergence.json``.
    """
    found = []
    for one in read_json(analysis):
        sizes = one["sizes"]
        labels = words.sizes([size["settings"] for size in sizes])
        size, label = max(zip(sizes, labels, strict=True), key=lambda it: it[0]["progress"]["mean"])
        found.append(
            size
            | {
                "title": words.lesson(one["ability"]).title,
                "label": label,
                "metric": words.metric(size["metric"]),
            }
        )
    return found


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
        "happened": told.happened(best, curves, sizes, labels, _ends(own)),
        "progress": _progress_figure(lesson, best, sizes, curves, labels),
        "phases": _phases_figure(lesson, best, label, curves[best["size"]]),
        "mechanism": _mechanism(mechanism),
        "mechanism_told": told.mechanism(mechanism, words.metric(best["metric"])),
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


def _ends(folder: Path) -> pd.Series:
    """What a size measures at the end, by metric; means over seeds."""
    rows = pd.read_parquet(folder / "evaluation.parquet")
    return rows[rows["checkpoint"] == "end"].groupby("metric")["value"].mean()


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
    least = min(sizes, key=lambda size: size["progress"]["mean"])
    title = say(
        "emergence.furthest" if len(sizes) > 1 else "emergence.reached",
        value=number(best["progress"]["mean"], 2),
        size=labels[best["size"]],
        least=number(least["progress"]["mean"], 2),
        other=labels[least["size"]],
    )
    chart = charts.curves(
        _progress(sizes, curves, labels),
        [labels[size["size"]] for size in sizes],
        say("emergence.charts.progress"),
        say("emergence.charts.sizes"),
    )
    return _figure(title, chart, 260, lesson.title)


def _phases_figure(
    lesson: Lesson, best: dict[str, Any], label: str, curves: pd.DataFrame
) -> dict[str, Any]:
    chart = charts.curves(
        _phases(curves, lesson.phases),
        list(lesson.phases.values()),
        lesson.axis,
        say("emergence.charts.measurements"),
    )
    return _figure(told.phases(best, label, curves, lesson.phases), chart, 260, lesson.title)


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


def _mechanism(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """A row for every part of the model: the metric without it, its scores; means over seeds."""
    if rows.empty:
        return []
    means = rows.groupby(["measure", "layer", "head"])["value"].mean()

    def of(measure: str, layer: int, head: int) -> float:
        return float(means.get((measure, layer, head), math.nan))

    parts = [{"part": say("emergence.whole"), "without": of("intact", 0, 0)}]
    parts[0] |= _probed(of, 0)
    parts[0] |= {name: of(f"{name}_uniform", 0, 0) for name in ("previous", "induction")}
    for layer in sorted(rows[rows.measure == "ablation_layer"].layer.unique()):
        parts.append(
            {
                "part": say("emergence.layer", layer=layer),
                "without": of("ablation_layer", layer, 0),
                **_probed(of, layer),
                "previous": math.nan,
                "induction": math.nan,
            }
        )
        heads = rows[(rows.measure == "ablation_head") & (rows.layer == layer)]["head"].unique()
        parts += [
            {
                "part": say("study.layer_head", layer=layer, head=head),
                "without": of("ablation_head", layer, head),
                **dict.fromkeys((*PROBES, "selectivity"), math.nan),
                "previous": of("previous", layer, head),
                "induction": of("induction", layer, head),
            }
            for head in sorted(heads)
        ]
    return parts


def _probed(of: Callable[[str, int, int], float], layer: int) -> dict[str, float]:
    """What the probe behind a layer tells, of labels that mean nothing too."""
    shares = {name: of(name, layer, 0) for name in PROBES}
    return shares | {"selectivity": shares["probe"] - shares["probe_by_type"]}


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
    sentences = []
    setting = say(f"emergence.settings.{name}")
    if along["breakpoint"] is not None:
        span = interval(along["low"], along["high"], 2)
        sentences.append(
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
        sentences.append(say("emergence.fits", errors=errors, best=fits[0][0]))
    return sentences


def _study(name: str, folder: Path, sources: Sources) -> dict[str, Any]:
    """Depth and context in the models of a study."""
    layers = pd.read_parquet(folder / "depth.parquet")
    context = pd.read_parquet(folder / "context.parquet")
    position = context[context["by"] == "position"]
    context = context[context["by"] == "context"]
    scales = list(dict.fromkeys(layers["scale"]))
    largest = scales[-1]
    probed = layers[layers.measure != "cka"].pivot_table(
        index=["scale", "seed", "feature", "layer"], columns="measure", values="value"
    )
    probed["value"] = (probed["probe"] - probed["majority"]) / (1 - probed["majority"])
    rows = probed.reset_index()
    titles = {
        key: say(f"emergence.properties.{key}")
        for key in words.PROPERTIES
        if key in set(rows["feature"])
    }
    rows["name"] = rows["feature"].map(titles)
    alike = layers[layers.measure == "cka"].groupby(["scale", "layer", "other"])["value"].mean()
    encoding = load_encoding(folder / "data")
    unit = "latest_films" if encoding.task == "ranking" else "first_players"
    unit = say("emergence." + ("first_words" if encoding.domain == "text" else unit))
    worth = context.groupby(["scale", "context"])["nll"].mean()
    title = study_title(name)
    n = int(context["n"].iloc[0])
    above = _by_layer(rows, largest, "label", "value")
    depth = say(
        "emergence.probes",
        scale=largest,
        first=number(above[0], 2),
        last=number(above[-1], 2),
        selectivity=number(_by_layer(rows, largest, "label", "selectivity")[-1], 2),
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
        "probes": _figure(depth, probes, 240, title),
        "context": _figure(valued, by_context, 240, title),
        "position": None if position.empty else _position_figure(position, scales, title),
        "sources": {
            "depth": sources(folder / "depth.parquet"),
            "context": sources(folder / "context.parquet"),
        },
        "scales": [
            {
                "scale": scale,
                "label": _by_layer(rows, scale, "label", "probe"),
                "control": _by_layer(rows, scale, "label", "by_type"),
                "selectivity": _by_layer(rows, scale, "label", "selectivity"),
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
                "late": None if position.empty else _late(position, scale),
                "least": int(worth[scale].index[0]),
                "most": int(worth[scale].index[-1]),
            }
            for scale in scales
        ],
    }


def _position_figure(position: pd.DataFrame, scales: list[str], subject: str) -> dict[str, Any]:
    """The loss along histories, less that of popularity; neighbouring places are averaged, so that
    lines can be followed."""
    largest = scales[-1]
    score = _late(position, largest)
    places = int(position["context"].max()) + 1
    title = say(
        f"emergence.position_{'lower' if score < 0 else 'higher'}",
        scale=largest,
        value=number(abs(score)),
        n=int(position["n"].max()),
        places=max(places // 8, 1),
    )
    group = position["context"] * min(POINTS, places) // places
    gains = position.assign(nll=position["nll"] - position["popularity"])
    lines = gains.groupby(["scale", "seed", group], as_index=False)[["context", "nll"]].mean()
    return _figure(
        title, charts.by_position(lines.rename(columns={"scale": "name"}), scales), 240, subject
    )


def _late(position: pd.DataFrame, scale: str) -> float:
    """The in-context learning score by position, relative to popularity; mean over seeds."""
    own = position[position["scale"] == scale].sort_values("context")
    gains = (own["nll"] - own["popularity"]).groupby(own["seed"])
    return float(gains.apply(lambda gain: late_less_early(gain.to_numpy())).mean())


def _by_layer(rows: pd.DataFrame, scale: str, feature: str, column: str) -> list[float]:
    own = rows[(rows["scale"] == scale) & (rows["feature"] == feature)]
    return own.groupby("layer")[column].mean().tolist()
