"""Charts of the page on explanations: each a pure function from a table to an Altair chart."""

from typing import Any

import altair as alt
import pandas as pd

from vitrine.report.parts.charts import method_scales
from vitrine.report.text import wording
from vitrine.report.text.language import say


def draw_methods_by_study(rows: pd.DataFrame, methods: list[str], axis: str) -> Any:
    """Mean and interval of every method, study by study.

    Args:
        rows: ``study, method, mean, low, high, n``.
        methods: in the order to show.
        axis: title of the value axis.
    """
    scales = method_scales(methods)
    rows = rows.assign(title=rows["method"].map(wording.method_title))
    titles = scales.titles
    legend = alt.Legend(title=None, columns=4, symbolSize=90)
    base = alt.Chart(rows).encode(
        y=alt.Y("study:N", sort=None, title=None, axis=alt.Axis(labelFontSize=13)),
        yOffset=alt.YOffset("title:N", sort=titles),
        color=alt.Color("title:N", scale=scales.colour, legend=legend),
    )
    bars = base.mark_rule(strokeWidth=1.5).encode(x=alt.X("low:Q", title=axis), x2="high:Q")
    points = base.mark_point(filled=True, size=70, opacity=1).encode(
        x=alt.X("mean:Q", title=axis),
        shape=alt.Shape("title:N", scale=scales.shape, legend=legend),
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
