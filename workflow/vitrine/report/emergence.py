"""The Emergence page: abilities with a known optimum, told as a lecture."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.data.encoding import load_encoding
from vitrine.emergence.ability import Anchors
from vitrine.files import read_json
from vitrine.report import emergence_charts as charts
from vitrine.report.charts import finished
from vitrine.report.emergence_words import LESSONS, MECHANISMS, METRICS, PROPERTIES, SETTINGS
from vitrine.report.shell import Site, write_page
from vitrine.report.wording import number, study_title


def write_emergence(
    analysis: Path, studies: Mapping[str, Path], output: Path, *, confidence: float, site: Site
) -> None:
    """Write the page.

    Args:
        analysis: ``results/abilities/emergence.json``; the abilities' folders stand beside it.
        studies: study to its folder ``results/<study>``, in the order to show.
        output: the HTML file.
        confidence: of the intervals.
        site: what the pages share.
    """
    abilities = [_ability(one, analysis.parent) for one in read_json(analysis)]
    context = {
        "title": "Emergence",
        "abilities": abilities,
        "studies": [_study(name, folder) for name, folder in studies.items()],
        "confidence": f"{100 * confidence:g}%",
    }
    write_page("emergence.html", output, context, site=site, page="emergence")


def _ability(found: dict[str, Any], root: Path) -> dict[str, Any]:
    lesson = LESSONS[found["ability"]]
    sizes = found["sizes"]
    curves = {
        size["size"]: pd.read_parquet(root / found["ability"] / size["size"] / "curves.parquet")
        for size in sizes
    }
    labels = _labels(sizes)
    best = max(sizes, key=lambda size: size["progress"]["mean"])
    mechanism = pd.read_parquet(root / found["ability"] / best["size"] / "mechanism.parquet")
    return {
        "name": found["ability"],
        "lesson": lesson,
        "metric": METRICS[sizes[0]["metric"]],
        "reference": sizes[0]["reference"],
        "optimum": sizes[0]["optimum"],
        "lines": sizes[0]["lines"],
        "sizes": [size | {"label": labels[size["size"]]} for size in sizes],
        "best": labels[best["size"]],
        "happened": _happened(best, labels[best["size"]], curves[best["size"]], sizes, labels),
        "progress": finished(
            charts.curves(
                _progress(sizes, curves, labels),
                [labels[size["size"]] for size in sizes],
                "Progress (0 = without the ability, 1 = optimum)",
                "Size (one line per seed)",
            ),
            260,
            f"Progress of {lesson.title} over training, by size",
        ),
        "phases": finished(
            charts.curves(
                _phases(curves[best["size"]], lesson.phases),
                list(lesson.phases.values()),
                lesson.axis,
                "Measurement (one line per seed)",
            ),
            260,
            f"Phases of {lesson.title}",
        ),
        "mechanism": _mechanism(mechanism),
        "ladders": [
            _ladder(name, along, sizes)
            for name, along in found["ladders"].items()
            if len({size["settings"][name] for size in sizes}) > 2
        ],
        "lookup": bool((mechanism["measure"] == "probe").any()),
        "by_metric": [row | {"title": METRICS[row["metric"]]} for row in best.get("by_metric", [])],
        "verdict": best.get("verdict"),
    }


def _labels(sizes: list[dict[str, Any]]) -> dict[str, str]:
    """Short names of sizes: only the settings in which they differ, or their layers or width."""
    settings = [size["settings"] for size in sizes]
    keys = [key for key in SETTINGS if key in settings[0]]
    varied = [key for key in keys if len({one[key] for one in settings}) > 1] or keys[:1]
    words = []
    for one in settings:
        parts = [
            f"{one[key]} layer{'s' if one[key] != 1 else ''}"
            if key == "layers"
            else f"{SETTINGS[key]} {one[key]}"
            for key in varied
        ]
        words.append(", ".join(parts))
    return {size["size"]: word for size, word in zip(sizes, words, strict=True)}


def _progress(
    sizes: list[dict[str, Any]], curves: dict[str, pd.DataFrame], labels: dict[str, str]
) -> pd.DataFrame:
    parts = []
    for size in sizes:
        anchors = Anchors(size["metric"], size["reference"], size["optimum"], {})
        rows = curves[size["size"]]
        rows = rows[(rows.metric == anchors.metric) & (rows.step > 0)]
        parts.append(
            rows.assign(name=labels[size["size"]], value=anchors.progress(rows.value.to_numpy()))
        )
    return pd.concat(parts)[["name", "seed", "step", "value"]]


def _phases(curves: pd.DataFrame, metrics: dict[str, str]) -> pd.DataFrame:
    rows = curves[curves.metric.isin(metrics) & (curves.step > 0)]
    return rows.assign(name=rows.metric.map(metrics))[["name", "seed", "step", "value"]]


def _happened(
    best: dict[str, Any],
    label: str,
    curves: pd.DataFrame,
    sizes: list[dict[str, Any]],
    labels: dict[str, str],
) -> list[str]:
    """What happened, phase by phase, each sentence from the numbers."""
    told = []
    table = curves.pivot_table(index="step", columns="metric", values="value")
    table = table[table.index > 0]
    if "kl_unigram" in table:
        step = table.index[int(table["kl_unigram"].argmin())]
        told.append(
            f"First the model learns to count symbols: it is nearest to that answer at step "
            f"{step} ({number(table['kl_unigram'].min())} nats away, mean over seeds)."
        )
    if "train_accuracy" in table:
        known = _first(table["train_accuracy"], 0.9)
        others = _first(table["accuracy"], 0.9)
        if known and others:
            told.append(
                f"The learned pairs are known (90% right) from step {known} on, the others only "
                f"from step {others} on: {others / known:.1f} times as many steps."
            )
    point = best["breakpoint"]
    if point["n"]:
        told.append(
            f"With {label}, {point['n']} of {best['trainings']} trainings get half-way to the "
            f"optimum, on average at step {point['mean']:.0f} ({point['low']:.0f} to "
            f"{point['high']:.0f})."
        )
    else:
        told.append(f"With {label}, the best size, no training gets half-way to the optimum.")
    value = best["value"]
    told.append(
        f"At the end it stands at {number(value['mean'], 4)} ({number(value['low'], 4)} to "
        f"{number(value['high'], 4)}), where the optimum is {number(best['optimum'], 4)}."
    )
    failed = [labels[size["size"]] for size in sizes if size["successes"] == 0]
    if failed:
        told.append(f"No training succeeds with {'; with '.join(failed)}.")
    for name, lag in best["lags"].items():
        if lag["n"] and lag["low"] is not None and (lag["low"] > 0 or lag["high"] < 0):
            word = "before" if lag["mean"] > 0 else "after"
            told.append(
                f"The {MECHANISMS[name]} is half-way {abs(lag['mean']):.0f} steps "
                f"{word} the ability ({min(abs(lag['low']), abs(lag['high'])):.0f} to "
                f"{max(abs(lag['low']), abs(lag['high'])):.0f})."
            )
    return told


def _first(values: pd.Series, level: float) -> int | None:
    reached = values[values >= level]
    return int(reached.index[0]) if len(reached) else None


def _mechanism(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """A row for every part of the model: the metric without it, its scores; means over seeds."""
    if rows.empty:
        return []
    means = rows.groupby(["measure", "layer", "head"])["value"].mean()

    def of(measure: str, layer: int, head: int) -> float | None:
        return float(means.get((measure, layer, head), math.nan))

    parts = [{"part": "the whole model", "without": of("intact", 0, 0)}]
    parts[0] |= {"probe": of("probe", 0, 0), "control": of("probe_control", 0, 0)}
    parts[0] |= {name: of(f"{name}_uniform", 0, 0) for name in ("previous", "induction")}
    for layer in sorted(rows[rows.measure == "ablation_layer"].layer.unique()):
        parts.append(
            {
                "part": f"layer {layer}",
                "without": of("ablation_layer", layer, 0),
                "probe": of("probe", layer, 0),
                "control": of("probe_control", layer, 0),
                "previous": math.nan,
                "induction": math.nan,
            }
        )
        heads = rows[(rows.measure == "ablation_head") & (rows.layer == layer)]["head"].unique()
        parts += [
            {
                "part": f"layer {layer}, head {head}",
                "without": of("ablation_head", layer, head),
                "probe": math.nan,
                "control": math.nan,
                "previous": of("previous", layer, head),
                "induction": of("induction", layer, head),
            }
            for head in sorted(heads)
        ]
    return parts


def _ladder(name: str, along: dict[str, Any], sizes: list[dict[str, Any]]) -> dict[str, Any]:
    rows = pd.DataFrame(
        [
            {"size": size["settings"][name], "seed": seed, "progress": progress}
            for size in sizes
            for seed, progress in enumerate(size["progress"]["seeds"])
        ]
    )
    fits = sorted(along["fits"].items(), key=lambda pair: pair[1])
    return {
        "name": SETTINGS[name],
        "fits": fits,
        "breakpoint": along["breakpoint"],
        "low": along["low"],
        "high": along["high"],
        "sharpness": along["sharpness"],
        "chart": finished(
            charts.along_size(rows, SETTINGS[name].capitalize()),
            220,
            f"Progress at the end of training against {SETTINGS[name]}",
        ),
    }


def _study(name: str, folder: Path) -> dict[str, Any]:
    """Depth and context in the models of a study."""
    layers = pd.read_parquet(folder / "depth.parquet")
    context = pd.read_parquet(folder / "context.parquet")
    scales = list(dict.fromkeys(layers["scale"]))
    largest = scales[-1]
    told = layers[layers.measure != "cka"].pivot_table(
        index=["scale", "seed", "feature", "layer"], columns="measure", values="value"
    )
    told["value"] = (told["probe"] - told["majority"]) / (1 - told["majority"])
    rows = told.reset_index()
    rows["name"] = rows["feature"].map(PROPERTIES)
    names = [title for key, title in PROPERTIES.items() if key in set(rows["feature"])]
    alike = layers[layers.measure == "cka"].groupby(["scale", "layer", "other"])["value"].mean()
    ranking = load_encoding(folder / "data").task == "ranking"
    unit = "Latest films seen (log scale)" if ranking else "First players seen (log scale)"
    worth = context.groupby(["scale", "context"])["nll"].mean()
    return {
        "name": name,
        "title": study_title(name),
        "largest": largest,
        "probes": finished(
            charts.by_layer(rows[rows["scale"] == largest], names),
            240,
            f"Probes by layer in {name}",
        ),
        "context": finished(
            charts.by_context(context.assign(name=context["scale"]), scales, unit),
            240,
            f"Loss by context in {name}",
        ),
        "scales": [
            {
                "scale": scale,
                "label": _by_layer(rows, scale, "label", "probe"),
                "control": _by_layer(rows, scale, "label", "control"),
                "cka": [
                    {"layers": f"{layer} and {other}", "value": float(alike[scale, layer, other])}
                    for layer in range(1, int(rows[rows["scale"] == scale]["layer"].max()) + 1)
                    for other in range(layer)
                ],
                "icl": float(worth[scale].iloc[-1] - worth[scale].iloc[0]),
                "least": int(worth[scale].index[0]),
                "most": int(worth[scale].index[-1]),
            }
            for scale in scales
        ],
        "n": int(context["n"].iloc[0]),
    }


def _by_layer(rows: pd.DataFrame, scale: str, feature: str, column: str) -> list[float]:
    own = rows[(rows["scale"] == scale) & (rows["feature"] == feature)]
    return own.groupby("layer")[column].mean().tolist()
