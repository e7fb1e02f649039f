"""Charts: each a pure function from a table to an Altair chart.

Colours are CSS variables of the page (see ``templates/page.css``), so that charts follow the light
and dark scheme and print without being drawn again. Titles stand in the page, beside the chart.
"""

from typing import Any

import altair as alt
import pandas as pd

from vitrine.report.text import wording
from vitrine.report.text.language import say

INK, MUTED, LINE, ACCENT = "var(--ink)", "var(--muted)", "var(--line)", "var(--accent)"
PALETTE = [f"var(--c{i})" for i in range(1, 7)]
SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]
SHORTEST_AXIS = 0.05
DASHES = [[1, 0], [6, 2], [2, 2], [8, 2, 2, 2], [4, 4], [1, 3]]


def finished(chart: Any, height: int, description: str) -> dict[str, Any]:
    """The Vega-Lite specification of a chart that fills its container's width.

    Args:
        chart: the chart.
        height: of the plotting area, in pixels.
        description: what a screen reader says.
    """
    spec = (
        chart.properties(
            width="container",
            height=height,
            description=description,
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
            background="transparent",
        )
        .configure(font="system-ui, sans-serif")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=MUTED,
            titleColor=INK,
            gridColor=LINE,
            domainColor=LINE,
            tickColor=LINE,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            titlePadding=8,
            labelLimit=240,
        )
        .configure_legend(
            labelColor=INK,
            titleColor=MUTED,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            orient="bottom",
            labelLimit=260,
            symbolStrokeWidth=2,
        )
    )
    # To check each against the schema takes a third of the time of a page; the tests do it.
    return spec.to_dict(validate=False)


def models_by_scale(
    models: pd.DataFrame, baselines: pd.DataFrame, scales: list[str], axis: str
) -> Any:
    """A metric of every model, with the baselines as rules.

    Args:
        models: ``scale, label, seed, value, low, high, chosen``; ``label`` names the scale and, on
            a second line, its number of parameters.
        baselines: ``title, value``.
        scales: labels of the scales in order of size.
        axis: title of the value axis.
    """
    models = models.assign(seed=models["seed"].astype(str))
    axis_x = alt.Axis(labelAngle=0, labelExpr="split(datum.label, '\\n')")
    x = alt.X("label:N", sort=scales, title=say("charts.scale"), axis=axis_x)
    offset = alt.XOffset("seed:N", scale=alt.Scale(paddingInner=0.2, paddingOuter=1))
    colour = alt.condition("datum.chosen", alt.value(ACCENT), alt.value(MUTED))
    tooltip = [
        alt.Tooltip("scale:N", title=say("charts.size")),
        alt.Tooltip("seed:N", title=say("charts.seed")),
        alt.Tooltip("value:Q", title=say("charts.value"), format=".4f"),
        alt.Tooltip("low:Q", title=say("charts.from"), format=".4f"),
        alt.Tooltip("high:Q", title=say("charts.to"), format=".4f"),
    ]
    base = alt.Chart(models).encode(x=x, xOffset=offset)
    y = alt.Y("low:Q", title=axis, scale=alt.Scale(zero=False))
    bars = base.mark_rule(strokeWidth=1.5).encode(y=y, y2="high:Q", color=colour)
    points = base.mark_point(filled=True, size=75, opacity=1).encode(
        y=alt.Y("value:Q", title=axis), color=colour, tooltip=tooltip
    )
    rules = (
        alt.Chart(baselines)
        .mark_rule(strokeWidth=2)
        .encode(
            y=alt.Y("value:Q", title=axis),
            strokeDash=alt.StrokeDash(
                "title:N",
                sort=None,
                scale=alt.Scale(range=DASHES[1:]),
                legend=alt.Legend(
                    title=None, columns=1, symbolStrokeColor="var(--c2)", symbolSize=400
                ),
            ),
            color=alt.value("var(--c2)"),
            tooltip=["title:N", alt.Tooltip("value:Q", format=".4f")],
        )
    )
    return alt.layer(rules, bars, points)


def learning_curve(history: pd.DataFrame, scales: list[str], axis: str) -> Any:
    """One metric over training, a line per scale and seed.

    Args:
        history: ``epoch, scale, seed, value``.
        scales: in order of size.
        axis: title of the value axis.
    """
    colour = alt.Color(
        "scale:N",
        sort=scales,
        scale=alt.Scale(domain=scales, range=PALETTE[: len(scales)]),
        legend=alt.Legend(title=say("charts.scale_lines")),
    )
    return (
        alt.Chart(history)
        .mark_line(strokeWidth=1.8)
        .encode(
            x=alt.X("epoch:Q", title=say("charts.epoch"), axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y("value:Q", title=axis, scale=alt.Scale(zero=False)),
            color=colour,
            strokeDash=alt.StrokeDash(
                "scale:N",
                sort=scales,
                scale=alt.Scale(domain=scales, range=[DASHES[i % 6] for i in range(len(scales))]),
            ),
            detail="seed:N",
            tooltip=["scale:N", "seed:N", "epoch:Q", alt.Tooltip("value:Q", format=".4f")],
        )
    )


def calibration(bins: pd.DataFrame) -> Any:
    """Accuracy against confidence, bin by bin.

    Args:
        bins: ``confidence, accuracy, n`` of the bins that are not empty.
    """
    scale = alt.Scale(domain=[0, 1])
    percent = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
    ideal = (
        alt.Chart(pd.DataFrame({"confidence": [0, 1], "accuracy": [0, 1]}))
        .mark_line(strokeDash=[4, 4], strokeWidth=1.5, color=MUTED)
        .encode(x="confidence:Q", y="accuracy:Q")
    )
    base = alt.Chart(bins).encode(
        x=alt.X("confidence:Q", title=say("charts.confidence"), scale=scale, axis=percent),
        y=alt.Y("accuracy:Q", title=say("charts.accuracy"), scale=scale, axis=percent),
    )
    line = base.mark_line(strokeWidth=1.5, color=ACCENT, opacity=0.5)
    points = base.mark_point(filled=True, opacity=1, color=ACCENT).encode(
        size=alt.Size(
            "n:Q",
            scale=alt.Scale(range=[25, 350], zero=True),
            legend=alt.Legend(
                title=say("charts.bin"),
                symbolFillColor=ACCENT,
                values=sorted(
                    {int(bins["n"].min()), int(bins["n"].median()), int(bins["n"].max())}
                ),
            ),
        ),
        tooltip=[
            alt.Tooltip("confidence:Q", format=".1%"),
            alt.Tooltip("accuracy:Q", format=".1%"),
            alt.Tooltip("n:Q", title=say("charts.instances")),
        ],
    )
    return alt.layer(ideal, line, points)


def _method_scales(methods: list[str]) -> dict[str, list[Any]]:
    """Colour, dash and shape of each method: the same in every chart; random is grey."""
    known = [name for name in wording.METHODS if name != "random"]
    places = {name: i % 6 for i, name in enumerate(dict.fromkeys([*known, *methods]))}
    return {
        "domain": [wording.method(name) for name in methods],
        "colour": [MUTED if name == "random" else PALETTE[places[name]] for name in methods],
        "dash": [[3, 3] if name == "random" else DASHES[places[name]] for name in methods],
        "shape": [SHAPES[5] if name == "random" else SHAPES[places[name]] for name in methods],
    }


def removal_curves(points: pd.DataFrame, methods: list[str], share: str, axis: str) -> Any:
    """The model's output while players go or come, most important first; a line per method.

    Args:
        points: ``method, share`` (percent), ``value``.
        methods: in the order of the legend.
        share: title of the axis of shares.
        axis: title of the value axis.
    """
    scales = _method_scales(methods)
    points = points.assign(title=points["method"].map(wording.method))

    def encoding(kind: str) -> alt.Scale:
        return alt.Scale(domain=scales["domain"], range=scales[kind])

    legend = alt.Legend(title=None, columns=3, symbolSize=90)
    base = alt.Chart(points).encode(
        x=alt.X(
            "share:Q",
            title=share,
            axis=alt.Axis(values=[0, 20, 40, 60, 80, 100]),
        ),
        y=alt.Y("value:Q", title=axis, scale=alt.Scale(zero=False)),
        color=alt.Color("title:N", scale=encoding("colour"), legend=legend),
        tooltip=[
            alt.Tooltip("title:N", title=say("charts.method")),
            alt.Tooltip("share:Q", title=say("charts.share")),
            alt.Tooltip("value:Q", format=".4f"),
        ],
    )
    lines = base.mark_line(strokeWidth=1.8).encode(
        strokeDash=alt.StrokeDash("title:N", scale=encoding("dash"), legend=legend)
    )
    marks = base.mark_point(filled=True, size=40, opacity=1).encode(
        shape=alt.Shape("title:N", scale=encoding("shape"), legend=legend)
    )
    return alt.layer(lines, marks)


def two_metrics(points: pd.DataFrame, progress: str, measured: str) -> Any:
    """Two metrics of the same progress, a line each.

    Args:
        points: ``share`` (percent), ``value`` (0 to 1), ``kind``.
        progress, measured: titles of the axes.
    """
    kinds = points["kind"].drop_duplicates().tolist()
    return (
        alt.Chart(points)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("share:Q", title=progress),
            y=alt.Y("value:Q", title=measured),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=kinds, range=PALETTE[:2]),
                legend=alt.Legend(title=None),
            ),
            strokeDash=alt.StrokeDash(
                "kind:N",
                scale=alt.Scale(domain=kinds, range=DASHES[:2]),
                legend=alt.Legend(title=None),
            ),
        )
    )


def methods_by_study(rows: pd.DataFrame, methods: list[str], axis: str) -> Any:
    """Mean and interval of every method, study by study.

    Args:
        rows: ``study, method, mean, low, high, n``.
        methods: in the order to show.
        axis: title of the value axis.
    """
    scales = _method_scales(methods)
    rows = rows.assign(title=rows["method"].map(wording.method))
    titles = scales["domain"]
    legend = alt.Legend(title=None, columns=4, symbolSize=90)
    base = alt.Chart(rows).encode(
        y=alt.Y("study:N", sort=None, title=None, axis=alt.Axis(labelFontSize=13)),
        yOffset=alt.YOffset("title:N", sort=titles),
        color=alt.Color(
            "title:N", scale=alt.Scale(domain=titles, range=scales["colour"]), legend=legend
        ),
    )
    bars = base.mark_rule(strokeWidth=1.5).encode(x=alt.X("low:Q", title=axis), x2="high:Q")
    points = base.mark_point(filled=True, size=70, opacity=1).encode(
        x=alt.X("mean:Q", title=axis),
        shape=alt.Shape(
            "title:N", scale=alt.Scale(domain=titles, range=scales["shape"]), legend=legend
        ),
        tooltip=[
            alt.Tooltip("study:N"),
            alt.Tooltip("title:N", title=say("charts.method")),
            alt.Tooltip("mean:Q", format=".3f"),
            alt.Tooltip("low:Q", format=".3f"),
            alt.Tooltip("high:Q", format=".3f"),
            alt.Tooltip("n:Q"),
        ],
    )
    return alt.layer(bars, points)


def heads(means: pd.DataFrame, distance: str, entropy: str) -> Any:
    """Each head by how far and how widely it looks.

    Args:
        means: ``layer, head, entropy, distance`` (layers and heads from 1).
        distance, entropy: titles of the axes.
    """
    layers = sorted(means["layer"].unique().tolist())
    means = means.assign(
        name=[f"{layer}.{head}" for layer, head in zip(means["layer"], means["head"], strict=True)],
        layer=means["layer"].astype(str),
    )
    names = [str(layer) for layer in layers]
    base = alt.Chart(means).encode(
        x=alt.X("distance:Q", title=distance, scale=alt.Scale(zero=False, padding=20)),
        y=alt.Y("entropy:Q", title=entropy, scale=alt.Scale(zero=False, padding=12)),
    )
    points = base.mark_point(filled=True, size=90, opacity=1).encode(
        color=alt.Color(
            "layer:N",
            scale=alt.Scale(domain=names, range=[PALETTE[i % 6] for i in range(len(names))]),
            legend=None,
        ),
        shape=alt.Shape(
            "layer:N",
            scale=alt.Scale(domain=names, range=[SHAPES[i % 6] for i in range(len(names))]),
            legend=None,
        ),
        tooltip=[
            "name:N",
            alt.Tooltip("entropy:Q", format=".2f"),
            alt.Tooltip("distance:Q", format=".2f"),
        ],
    )
    labels = base.mark_text(dx=8, align="left", fontSize=11, color=INK).encode(text="name:N")
    return alt.layer(points, labels)


def instance_curve(methods: list[str], share: str, axis: str) -> Any:
    """`removal_curves` of one instance; the page's script gives it the data set ``points``.

    Args:
        methods, share, axis: as there; the points are ``title, share, value``.
    """
    empty = pd.DataFrame({"method": [], "share": [], "value": []}).astype({"method": str})
    chart = removal_curves(empty, methods, share, axis)
    named = alt.NamedData(name="points")
    chart.data = alt.Undefined
    for layer in chart.layer:
        layer.data = named
    return chart


def faithfulness(rows: pd.DataFrame, axis: str) -> Any:
    """Mean and interval of one measure by method, with the random ranking as a rule.

    Args:
        rows: ``method, mean, low, high, n`` in the order to show.
        axis: title of the value axis.
    """
    rows = rows.assign(title=rows["method"].map(wording.method))
    order = rows["title"].tolist()
    colour = alt.condition("datum.method == 'random'", alt.value(MUTED), alt.value(ACCENT))
    y = alt.Y("title:N", sort=order, title=None)
    base = alt.Chart(rows).encode(y=y, color=colour)
    # A long title goes on below the names of the methods instead of off the card.
    ending = alt.Axis(tickCount=5, titleAnchor="end", titleAlign="right")
    bars = base.mark_rule(strokeWidth=1.5).encode(
        x=alt.X("low:Q", title=axis, scale=alt.Scale(zero=False), axis=ending),
        x2="high:Q",
    )
    points = base.mark_point(filled=True, size=75, opacity=1).encode(
        x=alt.X("mean:Q", title=axis),
        tooltip=[
            alt.Tooltip("title:N", title=say("charts.method")),
            alt.Tooltip("mean:Q", format=".4f"),
            alt.Tooltip("low:Q", title=say("charts.from"), format=".4f"),
            alt.Tooltip("high:Q", title=say("charts.to"), format=".4f"),
            alt.Tooltip("n:Q", title=say("charts.instances")),
        ],
    )
    floor = (
        alt.Chart(rows[rows["method"] == "random"])
        .mark_rule(strokeDash=[3, 3], color=MUTED)
        .encode(x=alt.X("mean:Q", title=axis))
    )
    return alt.layer(floor, bars, points)


def contenders(rows: pd.DataFrame, axis: str) -> Any:
    """The chosen model beside the baselines, with intervals.

    Args:
        rows: ``name, kind, value, low, high``; kind is ``transformer`` or ``baseline``.
        axis: title of the value axis.
    """
    # Where all are level an axis would have no length.
    left = min(rows["low"].min(), rows["high"].max() - SHORTEST_AXIS)
    colour = alt.condition("datum.kind == 'transformer'", alt.value(ACCENT), alt.value("var(--c2)"))
    base = alt.Chart(rows).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=190)), color=colour
    )
    bars = base.mark_rule(strokeWidth=2).encode(
        x=alt.X(
            "low:Q",
            title=axis,
            scale=alt.Scale(zero=False, domainMin=left),
            axis=alt.Axis(tickCount=5),
        ),
        x2="high:Q",
    )
    points = base.mark_point(filled=True, size=90, opacity=1).encode(
        x=alt.X("value:Q", title=axis),
        shape=alt.Shape(
            "kind:N",
            scale=alt.Scale(domain=["transformer", "baseline"], range=["circle", "diamond"]),
            legend=None,
        ),
        tooltip=[
            alt.Tooltip("name:N", title=say("charts.model")),
            alt.Tooltip("value:Q", format=".4f"),
            alt.Tooltip("low:Q", title=say("charts.from"), format=".4f"),
            alt.Tooltip("high:Q", title=say("charts.to"), format=".4f"),
        ],
    )
    return alt.layer(bars, points)
