"""Charts of the Emergence page: each a pure function from a table to an Altair chart."""

from typing import Any

import altair as alt
import pandas as pd

from vitrine.report.parts.charts import DASHES, MUTED, PALETTE
from vitrine.report.text.language import say


def _tooltip(last: str, digits: int, **named: str) -> list[alt.Tooltip]:
    """What a point says: columns by the words of the catalogue, and last its value."""
    tips = [
        alt.Tooltip(f"{column}:{'N' if column in ('name', 'seed') else 'Q'}", title=_said(word))
        for column, word in named.items()
    ]
    return [*tips, alt.Tooltip(f"{last}:Q", title=_said("value"), format=f".{digits}f")]


def _said(word: str) -> str:
    return say(f"emergence.charts.{word}")


def _colour(names: list[str], title: str) -> dict[str, Any]:
    colours = [PALETTE[i % len(PALETTE)] for i in range(len(names))]
    dashes = [DASHES[i % len(DASHES)] for i in range(len(names))]
    legend = alt.Legend(title=title, columns=2, titleLimit=360)
    return {
        "color": alt.Color(
            "name:N", sort=names, scale=alt.Scale(domain=names, range=colours), legend=legend
        ),
        "strokeDash": alt.StrokeDash(
            "name:N", sort=names, scale=alt.Scale(domain=names, range=dashes), legend=legend
        ),
    }


def curves(rows: pd.DataFrame, names: list[str], axis: str, legend: str) -> Any:
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
                title=_said("step"),
                scale=alt.Scale(type="log", nice=False),
            ),
            y=alt.Y("value:Q", title=axis),
            detail="seed:N",
            tooltip=_tooltip("value", 4, name="name", seed="seed", step="at_step"),
            **_colour(names, legend),
        )
    )


def along_size(rows: pd.DataFrame, axis: str) -> Any:
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
    y = alt.Y("progress:Q", title=_said("progress"))
    means = rows.groupby("size", as_index=False)["progress"].mean()
    line = alt.Chart(means).mark_line(color=MUTED, strokeDash=[4, 3]).encode(x=x, y=y)
    points = (
        alt.Chart(rows)
        .mark_point(filled=True, size=70, opacity=0.7, color=PALETTE[0])
        .encode(x=x, y=y, tooltip=_tooltip("progress", 4, size="size", seed="seed"))
    )
    return alt.layer(line, points)


def by_layer(rows: pd.DataFrame, names: list[str]) -> Any:
    """What probes tell at every layer.

    Args:
        rows: ``name`` (the property), ``seed``, ``layer`` (0 is the embedding), ``value``.
        names: in the order of the legend.
    """
    y = alt.Y("value:Q", title=_said("above_chance"), scale=alt.Scale(zero=True))
    return (
        alt.Chart(rows)
        .mark_line(strokeWidth=1.8, point=True)
        .encode(
            x=alt.X(
                "layer:Q",
                title=_said("layer"),
                axis=alt.Axis(values=sorted(rows["layer"].unique().tolist()), format="d"),
            ),
            y=y,
            detail="seed:N",
            tooltip=_tooltip("value", 3, name="name", seed="seed", layer="at_layer"),
            **_colour(names, _said("properties")),
        )
    )


def by_context(rows: pd.DataFrame, names: list[str], axis: str) -> Any:
    """Loss against how much the model sees.

    Args:
        rows: ``name`` (the scale), ``seed``, ``context``, ``nll``.
        names: in the order of the legend.
        axis: what is counted.
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
            y=alt.Y("nll:Q", title=_said("loss"), scale=alt.Scale(zero=False)),
            detail="seed:N",
            tooltip=_tooltip("nll", 3, name="name", seed="seed", context="seen"),
            **_colour(names, _said("scales")),
        )
    )


def by_position(rows: pd.DataFrame, names: list[str]) -> Any:
    """Loss along histories, relative to what popularity foretells.

    Args:
        rows: ``name`` (the scale), ``seed``, ``context`` (films before), ``nll``.
        names: in the order of the legend.
    """
    return (
        alt.Chart(rows)
        .mark_line(strokeWidth=1.8, point=True)
        .encode(
            x=alt.X("context:Q", title=_said("before")),
            y=alt.Y("nll:Q", title=_said("loss_next"), scale=alt.Scale(zero=False)),
            detail="seed:N",
            tooltip=_tooltip("nll", 3, name="name", seed="seed", context="stand_before"),
            **_colour(names, _said("scales")),
        )
    )
