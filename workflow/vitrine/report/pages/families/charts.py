"""Figures of the page on families: from tables to charts with titles."""

from typing import Any

import altair as alt
import pandas as pd

from vitrine.language.fewshot import RANDOM, TRUE
from vitrine.report.parts.charts import (
    DASHES,
    MUTED,
    draw_figure,
    line_encoding,
    line_styles,
)
from vitrine.report.text.language import say, say_count
from vitrine.report.text.wording import format_number

# Neighbouring places along a text are averaged, so that lines can be followed.
POINTS = 16
HEIGHT = 260  # of a chart, in pixels


def draw_positions(rows: pd.DataFrame, models: list[str]) -> dict[str, Any]:
    """The loss along texts, a line per model.

    Args:
        rows: ``name, position, nll`` of all models.
        models: in the order of the legend.
    """
    places = int(rows["position"].max()) + 1
    width = max(places // POINTS, 1)
    placed = rows.assign(place=rows["position"] // width * width + (width - 1) / 2)
    means = placed.groupby(["name", "place"], as_index=False)["nll"].mean()
    chart = (
        alt.Chart(means)
        .mark_line(strokeWidth=1.8, point=True)
        .encode(
            x=alt.X("place:Q", title=say("families.position")),
            y=alt.Y("nll:Q", title=say("families.loss_axis"), scale=alt.Scale(zero=False)),
            tooltip=["name:N", "place:Q", alt.Tooltip("nll:Q", format=".3f")],
            **_encode_lines(models, say("families.model")),
        )
    )
    curves = means.pivot(index="place", columns="name", values="nll")
    falls = curves.iloc[0] - curves.iloc[-1]
    title = say(
        "families.positions" if falls.max() > 0 else "families.positions_none",
        places=places,
        member=falls.idxmax(),
        value=format_number(falls.max(), 2),
    )
    return draw_figure(title, chart, HEIGHT)


def draw_accuracy(shots: pd.DataFrame, models: list[str]) -> dict[str, Any]:
    """Few-shot accuracy by the number of examples, with their own labels and with random ones.

    Args:
        shots: few-shot accuracies of all models, with the column ``name``.
        models: in the order of the legend.
    """
    rows = shots[shots["calibrated"]]
    means = rows.groupby(["name", "shots", "labels"], as_index=False)["accuracy"].mean()
    zero = means[means["shots"] == 0]
    # Without examples there are no labels that could be random.
    means = pd.concat([means, zero.assign(labels=RANDOM)])
    labels = [say(f"families.labels.{kind}") for kind in (TRUE, RANDOM)]
    means["kind"] = means["labels"].map(dict(zip((TRUE, RANDOM), labels, strict=True)))
    chance = float(shots["chance"].iloc[0])
    rule = (
        alt.Chart(pd.DataFrame({"accuracy": [chance]}))
        .mark_rule(color=MUTED, strokeDash=[3, 3])
        .encode(y="accuracy:Q")
    )
    chart = alt.layer(_draw_accuracy_lines(means, models, labels), rule)
    true = means[means["labels"] == TRUE]
    best = true.loc[true["accuracy"].idxmax()]
    title = say(
        "families.by_shots",
        member=best["name"],
        examples=say_count("families.examples", int(best["shots"])),
        value=format_number(best["accuracy"], 2),
        chance=format_number(chance, 2),
    )
    return draw_figure(title, chart, HEIGHT)


def draw_sizes(abilities: list[dict[str, Any]], curves: pd.DataFrame) -> dict[str, Any]:
    """Progress of every ability against the number of parameters.

    Args:
        abilities: ``metric``, ``reference`` and ``optimum`` of each.
        curves: ``metric, member, parameters, value``.
    """
    table, titles = _progress_by_size(abilities, curves)
    means = table.groupby(["name", "parameters"], as_index=False)["progress"].mean()
    x = alt.X(
        "parameters:Q",
        title=say("families.parameters_axis"),
        scale=alt.Scale(type="log", nice=False, padding=24),
        axis=alt.Axis(format="~s"),
    )
    y = alt.Y("progress:Q", title=say("emergence.charts.progress"))
    lines = _encode_lines(titles, say("families.ability"))
    line = alt.Chart(means).mark_line(strokeWidth=1.8).encode(x=x, y=y, **lines)
    points = (
        alt.Chart(table)
        .mark_point(filled=True, size=60, opacity=0.7)
        .encode(
            x=x,
            y=y,
            color=lines["color"],
            tooltip=["name:N", "member:N", "parameters:Q", alt.Tooltip("progress:Q", format=".3f")],
        )
    )
    progress = means.pivot(index="parameters", columns="name", values="progress")
    most = (progress.iloc[-1] - progress.iloc[0]).idxmax()
    start, end = (format_number(progress[most].iloc[place], 2) for place in (0, -1))
    title = say("families.along_size", name=most, start=start, end=end)
    return draw_figure(title, alt.layer(line, points), HEIGHT)


def _encode_lines(names: list[str], title: str) -> dict[str, Any]:
    return line_encoding(names, alt.Legend(title=title, columns=2))


def _draw_accuracy_lines(means: pd.DataFrame, models: list[str], labels: list[str]) -> Any:
    colours = [style.colour for style in line_styles(len(models))]
    return (
        alt.Chart(means)
        .mark_line(strokeWidth=1.8, point=True)
        .encode(
            x=alt.X(
                "shots:Q",
                title=say("families.shots"),
                axis=alt.Axis(values=sorted(means["shots"].unique().tolist()), format="d"),
            ),
            y=alt.Y("accuracy:Q", title=say("families.accuracy"), scale=alt.Scale(zero=False)),
            color=alt.Color(
                "name:N",
                sort=models,
                scale=alt.Scale(domain=models, range=colours),
                legend=alt.Legend(title=say("families.model"), columns=3),
            ),
            strokeDash=alt.StrokeDash(
                "kind:N",
                sort=labels,
                scale=alt.Scale(domain=labels, range=DASHES[:2]),
                legend=alt.Legend(title=say("families.labels_of")),
            ),
            tooltip=["name:N", "kind:N", "shots:Q", alt.Tooltip("accuracy:Q", format=".3f")],
        )
    )


def _progress_by_size(
    abilities: list[dict[str, Any]], curves: pd.DataFrame
) -> tuple[pd.DataFrame, list[str]]:
    """Progress of every model by ability (``name, member, parameters, progress``), and their
    titles in order."""
    tables, titles = [], []
    for ability in abilities:
        rows = curves[curves["metric"] == ability["metric"]]
        titles.append(say(f"families.metrics.{ability['metric']}"))
        span = ability["optimum"] - ability["reference"]
        tables.append(
            pd.DataFrame(
                {
                    "name": titles[-1],
                    "member": rows["member"],
                    "parameters": rows["parameters"],
                    "progress": (rows["value"] - ability["reference"]) / span,
                }
            )
        )
    return pd.concat(tables, ignore_index=True), titles
