"""Charts of a study's page: each a pure function from a table to an Altair chart."""

from typing import Any

import altair as alt
import pandas as pd

from vitrine.report.methods import find_floor
from vitrine.report.parts.charts import ACCENT, DASHES, MUTED, SECOND, line_styles, method_scales
from vitrine.report.text import wording
from vitrine.report.text.language import say


def draw_models_by_scale(
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
                legend=alt.Legend(title=None, columns=1, symbolStrokeColor=SECOND, symbolSize=400),
            ),
            color=alt.value(SECOND),
            tooltip=["title:N", alt.Tooltip("value:Q", format=".4f")],
        )
    )
    return alt.layer(rules, bars, points)


def draw_learning_curve(history: pd.DataFrame, scales: list[str], axis: str) -> Any:
    """One metric over training, a line per scale and seed.

    Args:
        history: ``epoch, scale, seed, value``.
        scales: in order of size.
        axis: title of the value axis.
    """
    styles = line_styles(len(scales))
    colour = alt.Color(
        "scale:N",
        sort=scales,
        scale=alt.Scale(domain=scales, range=[style.colour for style in styles]),
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
                scale=alt.Scale(domain=scales, range=[list(style.dash) for style in styles]),
            ),
            detail="seed:N",
            tooltip=["scale:N", "seed:N", "epoch:Q", alt.Tooltip("value:Q", format=".4f")],
        )
    )


def draw_calibration(bins: pd.DataFrame) -> Any:
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


def draw_removal_curves(points: pd.DataFrame, methods: list[str], share: str, axis: str) -> Any:
    """The model's output while features go or come, most important first; a line per method.

    Args:
        points: ``method, share`` (percent), ``value``.
        methods: in the order of the legend.
        share: title of the axis of shares.
        axis: title of the value axis.
    """
    scales = method_scales(methods)
    points = points.assign(title=points["method"].map(wording.method_title))
    legend = alt.Legend(title=None, columns=3, symbolSize=90)
    base = alt.Chart(points).encode(
        x=alt.X(
            "share:Q",
            title=share,
            axis=alt.Axis(values=[0, 20, 40, 60, 80, 100]),
        ),
        y=alt.Y("value:Q", title=axis, scale=alt.Scale(zero=False)),
        color=alt.Color("title:N", scale=scales.colour, legend=legend),
        tooltip=[
            alt.Tooltip("title:N", title=say("charts.method")),
            alt.Tooltip("share:Q", title=say("charts.share")),
            alt.Tooltip("value:Q", format=".4f"),
        ],
    )
    lines = base.mark_line(strokeWidth=1.8).encode(
        strokeDash=alt.StrokeDash("title:N", scale=scales.dash, legend=legend)
    )
    marks = base.mark_point(filled=True, size=40, opacity=1).encode(
        shape=alt.Shape("title:N", scale=scales.shape, legend=legend)
    )
    return alt.layer(lines, marks)


def draw_instance_curve(methods: list[str], share: str, axis: str) -> Any:
    """`draw_removal_curves` of one instance; the page's script gives it the data set ``points``.

    Args:
        methods, share, axis: as there; the points are ``title, share, value``.
    """
    empty = pd.DataFrame({"method": [], "share": [], "value": []}).astype({"method": str})
    chart = draw_removal_curves(empty, methods, share, axis)
    named = alt.NamedData(name="points")
    chart.data = alt.Undefined
    for layer in chart.layer:
        layer.data = named
    return chart


def draw_faithfulness(rows: pd.DataFrame, axis: str) -> Any:
    """Mean and interval of one measure by method, with the random ranking as a rule.

    Args:
        rows: ``method, mean, low, high, n`` in the order to show.
        axis: title of the value axis.
    """
    rows = rows.assign(title=rows["method"].map(wording.method_title))
    order = rows["title"].tolist()
    floor = find_floor(rows["method"])
    colour = alt.condition(f"datum.method == '{floor}'", alt.value(MUTED), alt.value(ACCENT))
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
    rule = (
        alt.Chart(rows[rows["method"] == floor])
        .mark_rule(strokeDash=[3, 3], color=MUTED)
        .encode(x=alt.X("mean:Q", title=axis))
    )
    return alt.layer(rule, bars, points)
