"""What the charts of all pages share: styles, how a chart is finished, and charts of several pages.

A chart is a pure function from a table to an Altair chart. Colours are CSS variables of the page
(see ``templates/page.css``), so that charts follow the light and dark scheme and print without
being drawn again. Titles stand in the page, beside the chart.
"""

from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from vitrine.report.methods import traits_of
from vitrine.report.text import wording
from vitrine.report.text.language import say

INK, MUTED, LINE, ACCENT = "var(--ink)", "var(--muted)", "var(--line)", "var(--accent)"
SECOND = "var(--c2)"  # of baselines, beside the accent of transformers
PALETTE = [f"var(--c{i})" for i in range(1, 13)]
DASHES = [
    [1, 0], [6, 2], [2, 2], [8, 2, 2, 2], [4, 4], [1, 3],
    [12, 3], [8, 2, 2, 2, 2, 2], [3, 1], [10, 6], [6, 2, 1, 2, 1, 2], [2, 6],
]  # fmt: skip
SHAPES = [
    *("circle", "square", "triangle-up", "diamond", "cross", "triangle-down"),
    *("triangle-right", "triangle-left", "wedge", "arrow"),
    "M-1,-1L1,-1L-1,1L1,1Z",  # an hourglass
    "M-1,0L-0.5,-0.87L0.5,-0.87L1,0L0.5,0.87L-0.5,0.87Z",  # a hexagon
]
FLOOR_DASH, FLOOR_SHAPE = [3, 3], "triangle-down"
SHORTEST_AXIS = 0.05


@dataclass(frozen=True)
class LineStyle:
    """How a line and its points look: told apart by colour, by dashes and by shape."""

    colour: str
    dash: tuple[int, ...]
    shape: str


def line_style(place: int) -> LineStyle:
    """The style of the line at a place of a list; the first 1,728 differ.

    Up to twelve lines differ in all three; further ones repeat colours with other dashes.
    """
    colours, dashes, shapes = len(PALETTE), len(DASHES), len(SHAPES)
    turn = place // colours
    return LineStyle(
        PALETTE[place % colours],
        tuple(DASHES[(place + turn) % dashes]),
        SHAPES[(place + turn // dashes) % shapes],
    )


def line_styles(count: int) -> list[LineStyle]:
    """The styles of so many lines."""
    return [line_style(place) for place in range(count)]


def method_style(name: str) -> LineStyle:
    """The style of a method: the same in every chart; the floor is grey."""
    traits = traits_of(name)
    if traits.is_floor:
        return LineStyle(MUTED, tuple(FLOOR_DASH), FLOOR_SHAPE)
    return line_style(traits.place)


@dataclass(frozen=True)
class MethodScales:
    """Scales of a chart with a line or point per method, by the titles of the methods."""

    titles: list[str]
    colour: alt.Scale
    dash: alt.Scale
    shape: alt.Scale


def method_scales(methods: list[str]) -> MethodScales:
    """Colours, dashes and shapes of methods, in the order of the legend."""
    titles = [wording.method_title(name) for name in methods]
    styles = [method_style(name) for name in methods]
    return MethodScales(
        titles,
        colour=alt.Scale(domain=titles, range=[style.colour for style in styles]),
        dash=alt.Scale(domain=titles, range=[list(style.dash) for style in styles]),
        shape=alt.Scale(domain=titles, range=[style.shape for style in styles]),
    )


def line_encoding(names: list[str], legend: alt.Legend) -> dict[str, Any]:
    """Colour and dashes of lines by the column ``name``.

    Args:
        names: of the lines, in the order of the legend.
        legend: of both.
    """
    styles = line_styles(len(names))
    colours = alt.Scale(domain=names, range=[style.colour for style in styles])
    dashes = alt.Scale(domain=names, range=[list(style.dash) for style in styles])
    return {
        "color": alt.Color("name:N", sort=names, scale=colours, legend=legend),
        "strokeDash": alt.StrokeDash("name:N", sort=names, scale=dashes, legend=legend),
    }


def finish_chart(chart: Any, height: int, description: str) -> dict[str, Any]:
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
    specification: dict[str, Any] = spec.to_dict(validate=False)
    return specification


def draw_figure(
    title: str, chart: Any, height: int, description: str | None = None
) -> dict[str, Any]:
    """A chart with its title, as the macro ``figure`` of ``fragments.html`` draws them.

    Args:
        title: what the chart shows; also the description where there is no other.
        chart, height, description: as for `finish_chart`.
    """
    return {"title": title, "chart": finish_chart(chart, height, description or title)}


def draw_contenders(rows: pd.DataFrame, axis: str) -> Any:
    """The chosen model beside the baselines, with intervals.

    Args:
        rows: ``name, kind, value, low, high``; kind is ``transformer`` or ``baseline``.
        axis: title of the value axis.
    """
    # Where all are level an axis would have no length.
    left = min(rows["low"].min(), rows["high"].max() - SHORTEST_AXIS)
    colour = alt.condition("datum.kind == 'transformer'", alt.value(ACCENT), alt.value(SECOND))
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
