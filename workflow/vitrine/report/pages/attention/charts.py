"""Charts of the page on attention: each a pure function from a table to an Altair chart."""

from typing import Any

import altair as alt
import pandas as pd

from vitrine.report.parts.charts import INK, line_styles


def draw_heads(means: pd.DataFrame, distance: str, entropy: str) -> Any:
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
    styles = line_styles(len(names))
    base = alt.Chart(means).encode(
        x=alt.X("distance:Q", title=distance, scale=alt.Scale(zero=False, padding=20)),
        y=alt.Y("entropy:Q", title=entropy, scale=alt.Scale(zero=False, padding=12)),
    )
    points = base.mark_point(filled=True, size=90, opacity=1).encode(
        color=alt.Color(
            "layer:N",
            scale=alt.Scale(domain=names, range=[style.colour for style in styles]),
            legend=None,
        ),
        shape=alt.Shape(
            "layer:N",
            scale=alt.Scale(domain=names, range=[style.shape for style in styles]),
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
