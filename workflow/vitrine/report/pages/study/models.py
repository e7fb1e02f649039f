"""The section on a study's models: against baselines, by scale, along training, calibration."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from vitrine.report.pages.study.charts import (
    draw_calibration,
    draw_learning_curve,
    draw_models_by_scale,
)
from vitrine.report.parts.charts import draw_contenders, draw_figure, finish_chart
from vitrine.report.parts.contributions import STRONGEST
from vitrine.report.parts.headline import Headline, in_own_direction, list_contenders
from vitrine.report.parts.results import StudyResults, find_row, load_histories
from vitrine.report.text import wording
from vitrine.report.text.language import say

SPLITS = ("validation", "test")
ROW_HEIGHT = 34  # of a contender, in pixels
CALIBRATED = 0.01  # a smaller mean gap between confidence and accuracy is called none
FEW_CLASSES = 4


def describe_models(results: StudyResults, headline: Headline) -> dict[str, Any]:
    """What the section shows."""
    scales = sorted({(model.parameters, model.scale) for model in results.models})
    names = list(dict.fromkeys(scale for _, scale in scales))
    section: dict[str, Any] = {
        "contenders": _draw_contenders(results, headline),
        "tables": {split: _tabulate_metrics(results, split) for split in ("test", "validation")},
        "by_scale": [_draw_by_scale(results, headline.metric, names, split) for split in SPLITS],
        "largest_is_best": _say_best_scale(results, headline.metric, names),
        "curves": _draw_learning_curves(results, names),
        "against": _tabulate_against(results),
        "parity": _say_parity(results),
        "selection": wording.metric_wording(results.selection_metric),
        "folder": results.chosen_path,
    }
    if results.task == "classification":
        bins = pd.DataFrame(results.chosen.evaluation["calibration"]["test"])
        bins = bins[bins["n"] > 0].astype({"confidence": float, "accuracy": float})
        finding = _say_calibration(results, bins)
        section["calibration"] = {
            "finding": finding,
            "chart": finish_chart(draw_calibration(bins), 260, finding),
        }
        section["confusion"] = describe_confusion(results.chosen.evaluation["confusion"]["test"])
    return section


def _say_parity(results: StudyResults) -> list[str]:
    """How far each pretrained model is from what ``transformers`` computes, a sentence each."""
    measured = {model.name: model.evaluation.get("parity") for model in results.models}
    return [
        say(
            "study.parity",
            model=name,
            what=say(f"study.parity_of.{parity['compared']}"),
            value=wording.format_small(parity["difference"]),
            tolerance=wording.format_small(parity["tolerance"]),
        )
        for name, parity in measured.items()
        if parity is not None
    ]


def _draw_contenders(results: StudyResults, headline: Headline) -> dict[str, Any]:
    rows = list_contenders(results, headline.metric, "test")
    axis = wording.metric_wording(headline.metric).axis
    description = say("headline.both", title=headline.winner_title, sentence=headline.sentence)
    return finish_chart(draw_contenders(rows, axis), ROW_HEIGHT * len(rows), description)


def _tabulate_against(results: StudyResults) -> dict[str, Any]:
    """The chosen model against every baseline on test: differences in each metric's direction."""
    rows = [row for row in results.chosen.evaluation["against"] if row["split"] == "test"]
    names = list(dict.fromkeys(row["metric"] for row in rows))

    def cell(baseline: str, metric: str) -> dict[str, Any]:
        row = results.chosen.against(baseline, metric)
        difference, low, high = in_own_direction(row)
        exact = row.get("p_mcnemar")
        return {
            "difference": difference,
            "low": low,
            "high": high,
            "p": wording.format_p(row["p_value"]),
            "mcnemar": say("study.mcnemar", p=wording.format_p(exact)) if exact is not None else "",
            "outcome": say(f"study.outcomes.{row['outcome']}"),
        }

    return {
        "metrics": [wording.metric_wording(name) for name in names],
        "rows": [
            {"title": each.title, "cells": [cell(each.name, name) for name in names]}
            for each in results.baselines
        ],
    }


def _tabulate_metrics(results: StudyResults, split: str) -> dict[str, Any]:
    """All metrics of all models and baselines on one split, the best of each column marked."""
    metrics = results.chosen.metrics
    part = metrics[metrics["split"] == split]
    names = part["metric"].tolist()
    entries: list[tuple[str, int | None, pd.DataFrame, str]] = [
        (baseline.title, None, baseline.metrics, "baseline") for baseline in results.baselines
    ]
    entries += [
        (
            model.name,
            model.parameters,
            model.metrics,
            "chosen" if model is results.chosen else "model",
        )
        for model in results.models
    ]
    values = pd.DataFrame(
        [[find_row(table, name, split)["value"] for name in names] for _, _, table, _ in entries],
        columns=names,
        dtype=float,
    )
    higher = dict(zip(names, part["higher_is_better"], strict=True))
    best = {name: values[name].max() if higher[name] else values[name].min() for name in names}
    return {
        "metrics": [wording.metric_wording(name) for name in names],
        "n": int(part["n"].iloc[0]),
        "rows": [
            {
                "name": title,
                "parameters": parameters,
                "kind": kind,
                "cells": [
                    {"figures": find_row(table, name, split), "best": values[name][i] == best[name]}
                    for name in names
                ],
            }
            for i, (title, parameters, table, kind) in enumerate(entries)
        ],
    }


def _draw_by_scale(
    results: StudyResults, metric: str, scales: Sequence[str], split: str
) -> dict[str, Any]:
    parameters = {model.scale: model.parameters for model in results.models}
    labels = {scale: f"{scale}\n{wording.format_count(parameters[scale])}" for scale in scales}
    models = pd.DataFrame(
        [
            {
                "scale": model.scale,
                "label": labels[model.scale],
                "seed": model.seed,
                "chosen": model is results.chosen,
            }
            | find_row(model.metrics, metric, split)[["value", "low", "high"]].to_dict()
            for model in results.models
        ]
    )
    baselines = pd.DataFrame(
        [
            {"title": baseline.title, "value": find_row(baseline.metrics, metric, split)["value"]}
            for baseline in results.baselines
            if not baseline.trivial
        ]
    )
    words = wording.metric_wording(metric)
    chart = draw_models_by_scale(models, baselines, list(labels.values()), words.axis)
    means = models.groupby("scale")["value"].mean()
    title = say(
        "study.by_scale" if len(scales) > 1 else "study.one_scale",
        metric=words.title,
        split=say(f"splits.{split}"),
        first=scales[0],
        start=wording.format_number(means[scales[0]]),
        last=scales[-1],
        end=wording.format_number(means[scales[-1]]),
    )
    return draw_figure(title, chart, 260)


def _say_best_scale(results: StudyResults, metric: str, scales: Sequence[str]) -> str:
    """Which scale has the best mean over seeds on test, in words."""
    table = pd.DataFrame(
        [
            {"scale": model.scale, "value": find_row(model.metrics, metric, "test")["value"]}
            for model in results.models
        ]
    )
    means = table.groupby("scale")["value"].mean()
    higher = bool(find_row(results.chosen.metrics, metric, "test")["higher_is_better"])
    best = str(means.idxmax() if higher else means.idxmin())
    title = wording.metric_wording(metric).title
    value = wording.format_number(means[best])
    finding = say("study.best_scale", scale=best, metric=title, value=value)
    if len(scales) == 1:
        return finding
    other = scales[0] if best != scales[0] else scales[-1]
    value = wording.format_number(means[other])
    return say("study.against_scale", found=finding, value=value, scale=other)


def _draw_learning_curves(results: StudyResults, scales: list[str]) -> list[dict[str, Any]]:
    history = load_histories(results)
    selection = find_row(results.chosen.metrics, results.selection_metric, "validation")
    curves = []
    for split, metric, higher in (
        ("train", "loss", False),
        ("validation", results.selection_metric, bool(selection["higher_is_better"])),
    ):
        part = history[(history["split"] == split) & (history["metric"] == metric)]
        if part.empty:
            continue
        words = wording.metric_wording(metric)
        best = part.sort_values("value", ascending=not higher, kind="stable").iloc[0]
        title = say(
            "study.lowest_loss" if split == "train" else "study.ends_training",
            metric=words.title,
            scale=best["scale"],
            value=wording.format_number(best["value"]),
            epoch=wording.format_count(best["epoch"]),
        )
        part = part[["epoch", "scale", "seed", "value"]]
        curves.append(draw_figure(title, draw_learning_curve(part, scales, words.axis), 220))
    return curves


def _say_calibration(results: StudyResults, bins: pd.DataFrame) -> str:
    ece = find_row(results.chosen.metrics, "ece", "test")["value"]
    n = bins["n"].sum()
    gap = float(((bins["confidence"] - bins["accuracy"]) * bins["n"]).sum() / n)
    if abs(gap) < CALIBRATED:
        finding = say("study.calibrated")
    else:
        way = "over" if gap > 0 else "under"
        finding = say(f"study.{way}confident", points=wording.format_number(100 * abs(gap), 1))
    return say("study.with_ece", finding=finding, ece=wording.format_number(ece))


def describe_confusion(table: dict[str, Any]) -> dict[str, Any]:
    """A confusion matrix with shares of the rows, and its largest confusion in words.

    Args:
        table: ``labels`` and ``counts``, rows true and columns predicted.
    """
    labels = [str(label) for label in table["labels"]]
    counts = np.array(table["counts"], dtype=np.int64)
    totals = counts.sum(axis=1)
    rows = [
        {
            "label": label,
            "total": int(total),
            "cells": [
                {
                    "count": int(n),
                    "right": i == j,
                    "alpha": round(float(STRONGEST * n / max(total, 1)), 3),
                    "label": say(
                        "confusion.cell", label=label, predicted=labels[j], n=n, total=total
                    ),
                }
                for j, n in enumerate(counts[i])
            ],
        }
        for i, (label, total) in enumerate(zip(labels, totals, strict=True))
    ]
    wrong = counts - np.diag(np.diag(counts))
    if wrong.sum() == 0:
        finding = say("confusion.perfect")
    else:
        i, j = np.unravel_index(wrong.argmax(), wrong.shape)
        finding = say(
            "confusion.most",
            label=labels[i],
            predicted=labels[j],
            n=wording.format_count(wrong[i, j]),
            total=wording.format_count(totals[i]),
        )
    few = len(labels) <= FEW_CLASSES
    return {"labels": labels, "rows": rows, "finding": finding, "few": few}
