"""Charts of the page on emergence: each a pure function from a table to an Altair chart."""

from typing import Any

import altair as alt
import pandas as pd

from vitrine.report.parts.charts import MUTED, PALETTE, line_encoding
from vitrine.report.text.language import say

NOMINAL = ("name", "seed")  # columns that hold no quantities


def _make_tooltip(last: str, digits: int, **named: str) -> list[alt.Tooltip]:
    """The tooltip of a point: columns by the words of the catalogue, and last its value."""
    tips = [
        alt.Tooltip(f"{column}:{'N' if column in NOMINAL else 'Q'}", title=_say_chart(word))
        for column, word in named.items()
    ]
    return [*tips, alt.Tooltip(f"{last}:Q", title=_say_chart("value"), format=f".{digits}f")]


def _say_chart(word: str) -> str:
    return say(f"emergence.charts.{word}")


def _encode_lines(names: list[str], title: str) -> dict[str, Any]:
    return line_encoding(names, alt.Legend(title=title, columns=2, titleLimit=360))


def draw_curves(rows: pd.DataFrame, names: list[str], axis: str, legend: str) -> Any:
    """Measurements over the steps of training, a line for each name and seed.

    Args:
        rows: ``name, seed, step`` (above 0), ``value``.
        names: in the order of the legend.
        axis: title of the value axis.
        legend: title of the legend.
    """
    return (
        alt.Chart(rows)
        .mark_line(strokeWidth=1.6, opacity=0.85)
        .encode(
            x=alt.X(
                "step:Q",
                title=_say_chart("step"),
                scale=alt.Scale(type="log", nice=False),
            ),
            y=alt.Y("value:Q", title=axis),
            detail="seed:N",
            tooltip=_make_tooltip("value", 4, name="name", seed="seed", step="at_step"),
            **_encode_lines(names, legend),
        )
    )


def draw_along_size(rows: pd.DataFrame, axis: str) -> Any:
    """Progress at the end of every training against size.

    Args:
        rows: ``size`` (a number), ``seed``, ``progress``.
        axis: what the size is.
    """
    sizes = sorted(rows["size"].unique().tolist())
    # A logarithm has no place for 0; symlog is that of one more.
    kind: Any = "log" if sizes[0] > 0 else "symlog"
    x = alt.X(
        "size:Q",
        title=say("emergence.charts.log", name=axis),
        scale=alt.Scale(type=kind, nice=False, padding=24),
        axis=alt.Axis(values=sizes, format="~g"),
    )
    y = alt.Y("progress:Q", title=_say_chart("progress"))
    means = rows.groupby("size", as_index=False)["progress"].mean()
    line = alt.Chart(means).mark_line(color=MUTED, strokeDash=[4, 3]).encode(x=x, y=y)
    points = (
        alt.Chart(rows)
        .mark_point(filled=True, size=70, opacity=0.7, color=PALETTE[0])
        .encode(x=x, y=y, tooltip=_make_tooltip("progress", 4, size="size", seed="seed"))
    )
    return alt.layer(line, points)


def draw_by_layer(rows: pd.DataFrame, names: list[str]) -> Any:
    """What probes read at every layer.

    Args:
        rows: ``name`` (the property), ``seed``, ``layer`` (0 is the embedding), ``value``.
        names: in the order of the legend.
    """
    y = alt.Y("value:Q", title=_say_chart("above_chance"), scale=alt.Scale(zero=True))
    return (
        alt.Chart(rows)
        .mark_line(strokeWidth=1.8, point=True)
        .encode(
            x=alt.X(
                "layer:Q",
                title=_say_chart("layer"),
                axis=alt.Axis(values=sorted(rows["layer"].unique().tolist()), format="d"),
            ),
            y=y,
            detail="seed:N",
            tooltip=_make_tooltip("value", 3, name="name", seed="seed", layer="at_layer"),
            **_encode_lines(names, _say_chart("properties")),
        )
    )


def draw_by_context(rows: pd.DataFrame, names: list[str], axis: str) -> Any:
    """Loss against how much the model sees.

    Args:
        rows: ``name`` (the scale), ``seed``, ``context``, ``nll``.
        names: in the order of the legend.
        axis: what is say_count.
    """
    return (
        alt.Chart(rows)
        .mark_line(strokeWidth=1.8, point=True)
        .encode(
            x=alt.X(
                "context:Q",
                title=axis,
                scale=alt.Scale(type="log", base=2, nice=False),
                axis=alt.Axis(values=sorted(rows["context"].unique().tolist()), format="d"),
            ),
            y=alt.Y("nll:Q", title=_say_chart("loss"), scale=alt.Scale(zero=False)),
            detail="seed:N",
            tooltip=_make_tooltip("nll", 3, name="name", seed="seed", context="seen"),
            **_encode_lines(names, _say_chart("scales")),
        )
    )


def draw_by_position(rows: pd.DataFrame, names: list[str]) -> Any:
    """Loss along histories, relative to that of predictions by popularity.

    Args:
        rows: ``name`` (the scale), ``seed``, ``context`` (films before), ``nll``.
        names: in the order of the legend.
    """
    return (
        alt.Chart(rows)
        .mark_line(strokeWidth=1.8, point=True)
        .encode(
            x=alt.X("context:Q", title=_say_chart("before")),
            y=alt.Y("nll:Q", title=_say_chart("loss_next"), scale=alt.Scale(zero=False)),
            detail="seed:N",
            tooltip=_make_tooltip("nll", 3, name="name", seed="seed", context="stand_before"),
            **_encode_lines(names, _say_chart("scales")),
        )
    )
