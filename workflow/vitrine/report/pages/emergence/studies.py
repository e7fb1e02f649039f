"""Depth and context in the models of a study."""

from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.data.domains.registry import DOMAINS
from vitrine.data.encoding import Encoding, load_encoding
from vitrine.evaluation.progress import late_less_early
from vitrine.report.pages.emergence.charts import draw_by_context, draw_by_layer, draw_by_position
from vitrine.report.parts.ability_wording import property_titles
from vitrine.report.parts.charts import draw_figure
from vitrine.report.parts.links import DataLinks
from vitrine.report.text.language import say
from vitrine.report.text.wording import format_number, study_title

POINTS = 12  # of a line along a history
HEIGHT = 240  # of a chart, in pixels


def describe_study(name: str, folder: Path, links: DataLinks) -> dict[str, Any]:
    """What the page shows of a study.

    Args:
        name: of the study.
        folder: ``results/<study>``.
        links: of the page.
    """
    layers = pd.read_parquet(folder / "depth.parquet")
    table = pd.read_parquet(folder / "context.parquet")
    position = table[table["by"] == "position"]
    context = table[table["by"] == "context"]
    scales = list(dict.fromkeys(layers["scale"]))
    title = study_title(name)
    probes = _read_probes(layers)
    unit = _context_unit(load_encoding(folder / "data"))
    return {
        "name": name,
        "title": title,
        "probes": _draw_probes(probes, scales[-1], title),
        "context": _draw_context(context, scales, unit, title),
        "position": None if position.empty else _draw_position(position, scales, title),
        "sources": {
            "depth": links(folder / "depth.parquet"),
            "context": links(folder / "context.parquet"),
        },
        "scales": _tabulate_scales(scales, layers, probes, context, position),
    }


def draw_described_figure(title: str, chart: Any, height: int, subject: str) -> dict[str, Any]:
    """A figure whose description names its subject, which its title does not."""
    description = say("emergence.charts.description", subject=subject, title=title)
    return draw_figure(title, chart, height, description)


def _read_probes(layers: pd.DataFrame) -> pd.DataFrame:
    """What probes read: a row per model, property and layer, a column per measure, and ``value``:
    the accuracy above the commonest answer as a share of what is left."""
    probes = layers[layers["measure"] != "cka"].pivot_table(
        index=["scale", "seed", "feature", "layer"], columns="measure", values="value"
    )
    probes["value"] = (probes["probe"] - probes["majority"]) / (1 - probes["majority"])
    return probes.reset_index()


def _context_unit(encoding: Encoding) -> str:
    """What a model of the study is given more or less of."""
    if DOMAINS[encoding.domain].panel == "words":
        return say("emergence.first_words")
    ranking = encoding.task == "ranking"
    return say(f"emergence.{'latest_films' if ranking else 'first_players'}")


def _draw_probes(probes: pd.DataFrame, scale: str, subject: str) -> dict[str, Any]:
    above = _means_by_layer(probes, scale, "value")
    title = say(
        "emergence.probes",
        scale=scale,
        first=format_number(above[0], 2),
        last=format_number(above[-1], 2),
        selectivity=format_number(_means_by_layer(probes, scale, "selectivity")[-1], 2),
    )
    titles = property_titles(set(probes["feature"]))
    rows = probes.assign(name=probes["feature"].map(titles))
    chart = draw_by_layer(rows[rows["scale"] == scale], list(titles.values()))
    return draw_described_figure(title, chart, HEIGHT, subject)


def _mean_losses(context: pd.DataFrame) -> pd.Series:
    """Mean loss by scale and length of the context."""
    return context.groupby(["scale", "context"])["nll"].mean()


def _draw_context(
    context: pd.DataFrame, scales: list[str], unit: str, subject: str
) -> dict[str, Any]:
    largest = scales[-1]
    losses = _mean_losses(context)[largest]
    gain = float(losses.iloc[0] - losses.iloc[-1])
    title = say(
        f"emergence.context_{'lower' if gain > 0 else 'higher'}",
        scale=largest,
        value=format_number(abs(gain)),
        n=int(context["n"].iloc[0]),
    )
    chart = draw_by_context(context.assign(name=context["scale"]), scales, unit)
    return draw_described_figure(title, chart, HEIGHT, subject)


def _draw_position(position: pd.DataFrame, scales: list[str], subject: str) -> dict[str, Any]:
    """The loss along histories, less that of popularity; neighbouring places are averaged, so that
    lines can be followed."""
    largest = scales[-1]
    score = _late_less_early(position, largest)
    places = int(position["context"].max()) + 1
    title = say(
        f"emergence.position_{'lower' if score < 0 else 'higher'}",
        scale=largest,
        value=format_number(abs(score)),
        n=int(position["n"].max()),
        places=max(places // 8, 1),
    )
    group = position["context"] * min(POINTS, places) // places
    gains = position.assign(nll=position["nll"] - position["popularity"])
    lines = gains.groupby(["scale", "seed", group], as_index=False)[["context", "nll"]].mean()
    chart = draw_by_position(lines.rename(columns={"scale": "name"}), scales)
    return draw_described_figure(title, chart, HEIGHT, subject)


def _tabulate_scales(
    scales: list[str],
    layers: pd.DataFrame,
    probes: pd.DataFrame,
    context: pd.DataFrame,
    position: pd.DataFrame,
) -> list[dict[str, Any]]:
    """A row per scale: what probes read by layer, how alike layers are, what context gives."""
    alike = layers[layers["measure"] == "cka"].groupby(["scale", "layer", "other"])["value"].mean()
    losses = _mean_losses(context)
    rows = []
    for scale in scales:
        of_scale = losses[scale]
        last = int(probes[probes["scale"] == scale]["layer"].max())
        rows.append(
            {
                "scale": scale,
                "label": _means_by_layer(probes, scale, "probe"),
                "control": _means_by_layer(probes, scale, "by_type"),
                "selectivity": _means_by_layer(probes, scale, "selectivity"),
                "cka": [
                    say(
                        "emergence.pair",
                        layer=layer,
                        other=other,
                        value=format_number(float(alike[scale, layer, other]), 2),
                    )
                    for layer in range(1, last + 1)
                    for other in range(layer)
                ],
                "icl": float(of_scale.iloc[-1] - of_scale.iloc[0]),
                "late": None if position.empty else _late_less_early(position, scale),
                "least": int(of_scale.index[0]),
                "most": int(of_scale.index[-1]),
            }
        )
    return rows


def _late_less_early(position: pd.DataFrame, scale: str) -> float:
    """The in-context learning score by position, relative to popularity; mean over seeds."""
    rows = position[position["scale"] == scale].sort_values("context")
    gains = (rows["nll"] - rows["popularity"]).groupby(rows["seed"])
    return float(gains.apply(lambda gain: late_less_early(gain.to_numpy())).mean())


def _means_by_layer(probes: pd.DataFrame, scale: str, column: str) -> list[float]:
    """Means over seeds of what probes read of the label, from the embedding on."""
    rows = probes[(probes["scale"] == scale) & (probes["feature"] == "label")]
    means: list[float] = rows.groupby("layer")[column].mean().tolist()
    return means
