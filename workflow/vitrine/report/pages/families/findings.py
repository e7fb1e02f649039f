"""What the figures of a family of language models show, in sentences."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from vitrine.evaluation.progress import wilson
from vitrine.language.fewshot import RANDOM, TRUE
from vitrine.report.text.language import say
from vitrine.report.text.wording import format_interval, format_number, join_names

# A head counts as an induction head from so many times the attention of an even spread.
CLEARLY = 3

Figures = Mapping[tuple[str, str], float]
"""Means by model and metric."""


def describe_findings(
    analysis: dict[str, Any], figures: Figures, shots: pd.DataFrame, confidence: float
) -> list[str]:
    """What the figures of a family show, a sentence each.

    Args:
        analysis: the file ``emergence.json`` of the family.
        figures: of its models.
        shots: few-shot accuracies of all models, with the column ``name``.
        confidence: of the intervals.
    """
    models = [model["member"] for model in analysis["models"]]
    context = min(models, key=lambda model: figures[model, "icl_score"])
    score = format_number(figures[context, "icl_score"], 2)
    return [
        *_describe_heads(analysis, figures, models),
        say("families.findings.context", member=context, value=score),
        _describe_few_shot(analysis["shots"], shots, confidence),
        *_describe_sizes(analysis["abilities"]),
    ]


def average_draws(shots: pd.DataFrame, confidence: float) -> pd.DataFrame:
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


def _describe_heads(analysis: dict[str, Any], figures: Figures, models: list[str]) -> list[str]:
    """Whether there are induction heads, and what the model is without them."""
    best = max(models, key=lambda model: figures[model, "prefix_matching"])
    even = next(
        ability["reference"]
        for ability in analysis["abilities"]
        if ability["metric"] == "prefix_matching"
    )
    has_heads = figures[best, "prefix_matching"] > CLEARLY * even
    return [
        say(
            f"families.findings.{'heads' if has_heads else 'none'}",
            member=best,
            matching=format_number(figures[best, "prefix_matching"], 2),
            even=format_number(even, 2),
            copying=format_number(figures[best, "copying"], 2),
        ),
        say(
            "families.findings.ablation",
            member=best,
            intact=format_number(figures[best, "copying_loss"], 2),
            without=format_number(figures[best, "without_matching"], 2),
            others=format_number(figures[best, "without_others"], 2),
        ),
    ]


def _describe_few_shot(count: int, shots: pd.DataFrame, confidence: float) -> str:
    """Whether examples help, and whether their labels have a part in it."""
    rows = average_draws(shots, confidence)
    rows = rows[rows["calibrated"] & (rows["shots"] == count)]
    true = rows[rows["labels"] == TRUE].set_index("name")
    best = str(true["accuracy"].idxmax())
    row: dict[Any, float] = true.loc[best].to_dict()
    random = rows[(rows["labels"] == RANDOM) & (rows["name"] == best)]
    return say(
        f"families.findings.{'above' if row['low'] > row['chance'] else 'chance'}",
        member=best,
        n=count,
        value=format_number(row["accuracy"], 2),
        interval=format_interval(row["low"], row["high"], 2),
        chance=format_number(row["chance"], 2),
        random=format_number(float(random["accuracy"].iloc[0]) if len(random) else math.nan, 2),
    )


def _describe_sizes(abilities: list[dict[str, Any]]) -> list[str]:
    """Where progress along size is half-way, and which curves predict it."""
    sentences = []
    for ability in abilities:
        along = ability["along"]
        if along is None or along["breakpoint"] is None:
            # Where nothing emerges, no curve predicts anything.
            continue
        name = say(f"families.metrics.{ability['metric']}")
        value = format_number(along["breakpoint"], 0)
        sentences.append(say("families.findings.half_way", name=name, value=value))
        if along["fits"]:
            fits = sorted(along["fits"].items(), key=lambda pair: pair[1])
            errors = [
                f"{say(f'emergence.fitted.{kind}')} {format_number(error)}" for kind, error in fits
            ]
            sentences.append(say("families.findings.fits", name=name, errors=join_names(errors)))
    return sentences
