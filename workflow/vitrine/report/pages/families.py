"""The page on families of language models: what emerges with their size."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

from vitrine.evaluation.progress import wilson
from vitrine.files import read_json
from vitrine.language.fewshot import RANDOM, TRUE
from vitrine.report.parts.charts import DASHES, MUTED, PALETTE, finished
from vitrine.report.parts.figures import write_figures
from vitrine.report.parts.sources import Sources
from vitrine.report.shell import Site, write_page
from vitrine.report.text.language import counted, say, speaking
from vitrine.report.text.wording import interval, names, number, study_title

# Neighbouring places along a text are averaged, so that lines can be followed.
POINTS = 16
# So many times what even attention gives is an induction head worth the name.
CLEARLY = 3


def write_families(
    analyses: Sequence[Path],
    output: Path,
    *,
    confidence: float,
    site: Site,
    figures: Path | None = None,
) -> None:
    """Write the page.

    Args:
        analyses: ``results/families/<family>/emergence.json``; the models' folders stand beside it.
        output: the HTML file.
        confidence: of the intervals.
        site: what the pages share.
        figures: folder for the page's charts as SVG and PNG; None leaves them out.
    """
    sources = Sources(output)
    with speaking(site.language):
        context = {
            "title": say("pages.families"),
            "families": [_family(path, confidence, sources) for path in analyses],
            "confidence": f"{100 * confidence:g}%",
        }
    write_page("families.html", output, context, site=site, page="families")
    write_figures(context, figures)


def _family(analysis: Path, confidence: float, sources: Sources) -> dict[str, Any]:
    found = read_json(analysis)
    members = [model["member"] for model in found["models"]]
    folders = {member: analysis.parent / member for member in members}
    shots = _of_all(folders, "shots.parquet")
    figures = pd.DataFrame(found["figures"]).set_index(["member", "metric"])
    curves = pd.read_parquet(analysis.with_name("curves.parquet"))
    return {
        "name": found["family"],
        "study": found["study"],
        "study_title": study_title(found["study"]),
        "models": [
            model | {"figures": figures.loc[model["member"]]["mean"].to_dict()}
            for model in found["models"]
        ],
        "told": _told(found, figures, shots, confidence),
        "examples": counted("families.examples", found["shots"]),
        "positions": _positions(_of_all(folders, "positions.parquet"), members),
        "accuracy": _accuracy(shots, members),
        "sizes": _sizes(found, curves),
        "table": _table(shots, members, confidence),
        "sources": {
            "analysis": sources(analysis),
            "curves": sources(analysis.with_name("curves.parquet")),
            **{
                name: [
                    {"title": member, "source": sources(folder / f"{name}.parquet")}
                    for member, folder in folders.items()
                ]
                for name in ("positions", "shots", "heads")
            },
        },
    }


def _of_all(folders: dict[str, Path], file: str) -> pd.DataFrame:
    tables = [pd.read_parquet(folder / file).assign(name=name) for name, folder in folders.items()]
    return pd.concat(tables, ignore_index=True)


def _told(
    found: dict[str, Any], figures: pd.DataFrame, shots: pd.DataFrame, confidence: float
) -> list[str]:
    """What the numbers say, in sentences."""
    told = []
    members = [model["member"] for model in found["models"]]

    def of(member: str, metric: str) -> float:
        return float(figures["mean"].to_dict()[member, metric])

    best = max(members, key=lambda member: of(member, "prefix_matching"))
    even = _anchor(found, "prefix_matching")["reference"]
    told.append(
        say(
            f"families.told.{'heads' if of(best, 'prefix_matching') > CLEARLY * even else 'none'}",
            member=best,
            matching=number(of(best, "prefix_matching"), 2),
            even=number(even, 2),
            copying=number(of(best, "copying"), 2),
        )
    )
    told.append(
        say(
            "families.told.ablation",
            member=best,
            intact=number(of(best, "copying_loss"), 2),
            without=number(of(best, "without_matching"), 2),
            others=number(of(best, "without_others"), 2),
        )
    )
    context = min(members, key=lambda member: of(member, "icl_score"))
    told.append(
        say("families.told.context", member=context, value=number(of(context, "icl_score"), 2))
    )
    told.append(_few_shot(found, shots, confidence))
    for ability in found["abilities"]:
        along = ability["along"]
        if along is None or along["breakpoint"] is None:
            # Where nothing emerges, no curve is worth telling.
            continue
        name = say(f"families.metrics.{ability['metric']}")
        value = number(along["breakpoint"], 0)
        told.append(say("families.told.half_way", name=name, value=value))
        if along["fits"]:
            fits = sorted(along["fits"].items(), key=lambda pair: pair[1])
            errors = [f"{say(f'emergence.fitted.{kind}')} {number(error)}" for kind, error in fits]
            told.append(say("families.told.fits", name=name, errors=names(errors)))
    return told


def _few_shot(found: dict[str, Any], shots: pd.DataFrame, confidence: float) -> str:
    """Whether examples help, and whether their labels have a part in it."""
    rows = _pooled(shots, confidence)
    rows = rows[rows["calibrated"] & (rows["shots"] == found["shots"])]
    true = rows[rows["labels"] == TRUE].set_index("name")
    best = str(true["accuracy"].idxmax())
    one = true.loc[best]
    random = rows[(rows["labels"] == RANDOM) & (rows["name"] == best)]
    return say(
        "families.told.above" if one["low"] > one["chance"] else "families.told.chance",
        member=best,
        n=found["shots"],
        value=number(one["accuracy"], 2),
        interval=interval(one["low"], one["high"], 2),
        chance=number(one["chance"], 2),
        random=number(float(random["accuracy"].iloc[0]) if len(random) else math.nan, 2),
    )


def _anchor(found: dict[str, Any], metric: str) -> dict[str, Any]:
    return next(one for one in found["abilities"] if one["metric"] == metric)


def _pooled(shots: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Means over draws, with Wilson's interval for as many answers as there are texts.

    The draws ask about the same texts, so that they do not count as further answers.
    """
    keys = ["name", "shots", "labels", "calibrated"]
    rows = shots.groupby(keys, sort=False).agg(
        accuracy=("accuracy", "mean"), n=("n", "first"), chance=("chance", "first")
    )
    bounds = [
        wilson(accuracy * n, n, confidence)
        for accuracy, n in zip(rows["accuracy"], rows["n"], strict=True)
    ]
    rows["low"], rows["high"] = zip(*bounds, strict=True)
    return rows.reset_index()


def _table(shots: pd.DataFrame, members: list[str], confidence: float) -> list[dict[str, Any]]:
    rows = _pooled(shots, confidence).set_index(["name", "shots", "labels", "calibrated"])
    counts = sorted(shots["shots"].unique())

    def cell(*key: Any) -> dict[str, Any] | None:
        return rows.loc[key].to_dict() if key in rows.index else None

    return [
        {
            "member": member,
            "shots": int(count),
            "plain": cell(member, count, TRUE, False),
            "calibrated": cell(member, count, TRUE, True),
            "random": cell(member, count, RANDOM, True),
            "chance": rows["chance"].iloc[0],
        }
        for member in members
        for count in counts
        if cell(member, count, TRUE, True) is not None
    ]


def _positions(rows: pd.DataFrame, members: list[str]) -> dict[str, Any]:
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
            **_lines(members, say("families.model")),
        )
    )
    curves = means.pivot(index="place", columns="name", values="nll")
    falls = curves.iloc[0] - curves.iloc[-1]
    title = say(
        "families.positions" if falls.max() > 0 else "families.positions_none",
        places=places,
        member=falls.idxmax(),
        value=number(falls.max(), 2),
    )
    return {"title": title, "chart": finished(chart, 260, title)}


def _lines(members: list[str], title: str) -> dict[str, Any]:
    colours = [PALETTE[place % len(PALETTE)] for place in range(len(members))]
    dashes = [DASHES[place % len(DASHES)] for place in range(len(members))]
    legend = alt.Legend(title=title, columns=2)
    scale = alt.Scale(domain=members, range=colours)
    marks = alt.Scale(domain=members, range=dashes)
    return {
        "color": alt.Color("name:N", sort=members, scale=scale, legend=legend),
        "strokeDash": alt.StrokeDash("name:N", sort=members, scale=marks, legend=legend),
    }


def _accuracy(shots: pd.DataFrame, members: list[str]) -> dict[str, Any]:
    rows = shots[shots["calibrated"]]
    means = rows.groupby(["name", "shots", "labels"], as_index=False)["accuracy"].mean()
    zero = means[means["shots"] == 0]
    # Without examples there are no labels that could be random.
    means = pd.concat([means, zero.assign(labels=RANDOM)])
    labels = [say(f"families.labels.{kind}") for kind in (TRUE, RANDOM)]
    means["kind"] = means["labels"].map(dict(zip((TRUE, RANDOM), labels, strict=True)))
    colours = [PALETTE[place % len(PALETTE)] for place in range(len(members))]
    lines = (
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
                sort=members,
                scale=alt.Scale(domain=members, range=colours),
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
    chance = float(shots["chance"].iloc[0])
    rule = (
        alt.Chart(pd.DataFrame({"accuracy": [chance]}))
        .mark_rule(color=MUTED, strokeDash=[3, 3])
        .encode(y="accuracy:Q")
    )
    true = means[means["labels"] == TRUE]
    best = true.loc[true["accuracy"].idxmax()]
    title = say(
        "families.by_shots",
        member=best["name"],
        examples=counted("families.examples", int(best["shots"])),
        value=number(best["accuracy"], 2),
        chance=number(chance, 2),
    )
    return {"title": title, "chart": finished(alt.layer(lines, rule), 260, title)}


def _sizes(found: dict[str, Any], curves: pd.DataFrame) -> dict[str, Any]:
    rows = []
    titles = []
    for ability in found["abilities"]:
        own = curves[curves["metric"] == ability["metric"]]
        titles.append(say(f"families.metrics.{ability['metric']}"))
        span = ability["optimum"] - ability["reference"]
        rows.append(
            pd.DataFrame(
                {
                    "name": titles[-1],
                    "member": own["member"],
                    "parameters": own["parameters"],
                    "progress": (own["value"] - ability["reference"]) / span,
                }
            )
        )
    table = pd.concat(rows, ignore_index=True)
    means = table.groupby(["name", "parameters"], as_index=False)["progress"].mean()
    x = alt.X(
        "parameters:Q",
        title=say("families.parameters_axis"),
        scale=alt.Scale(type="log", nice=False, padding=24),
        axis=alt.Axis(format="~s"),
    )
    y = alt.Y("progress:Q", title=say("emergence.charts.progress"))
    colour = _lines(titles, say("families.ability"))
    line = alt.Chart(means).mark_line(strokeWidth=1.8).encode(x=x, y=y, **colour)
    points = (
        alt.Chart(table)
        .mark_point(filled=True, size=60, opacity=0.7)
        .encode(
            x=x,
            y=y,
            color=colour["color"],
            tooltip=["name:N", "member:N", "parameters:Q", alt.Tooltip("progress:Q", format=".3f")],
        )
    )
    progress = means.pivot(index="parameters", columns="name", values="progress")
    most = (progress.iloc[-1] - progress.iloc[0]).idxmax()
    start, end = (number(progress[most].iloc[place], 2) for place in (0, -1))
    title = say("families.along_size", name=most, start=start, end=end)
    return {"title": title, "chart": finished(alt.layer(line, points), 260, title)}
