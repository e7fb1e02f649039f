"""Charts of the primer: each a pure function from a table to an Altair chart."""

from typing import Any

import altair as alt
import pandas as pd

from vitrine.report.parts.charts import DASHES, PALETTE


def draw_two_metrics(points: pd.DataFrame, progress: str, measured: str) -> Any:
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
                scale=alt.Scale(domain=kinds, range=PALETTE[: len(kinds)]),
                legend=alt.Legend(title=None),
            ),
            strokeDash=alt.StrokeDash(
                "kind:N",
                scale=alt.Scale(domain=kinds, range=DASHES[: len(kinds)]),
                legend=alt.Legend(title=None),
            ),
        )
    )
