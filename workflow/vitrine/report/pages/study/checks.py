"""The checks beside faithfulness, as tables of a page: removal, robustness, agreement, sanity."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.sanity import LEARNED
from vitrine.explaining.selection import instance_weights
from vitrine.files import read_json
from vitrine.report.methods import order_methods
from vitrine.report.pages.study.choice import choice_sentences
from vitrine.report.parts.means import Resamples
from vitrine.report.text import wording
from vitrine.report.text.language import has_text, say, texts_below

# How much worse the calibration may get under feature removal before the page warns of it.
TOLERATED = 0.1
# The checks of the table of robustness that have tables of their own.
OTHER_TABLES = ("methods", "surrogate")
STREAM = "checks"

Table = dict[str, Any]
"""``columns`` (titles), ``rows`` (``method`` and ``cells``) and ``n``, the number of instances."""


@dataclass(frozen=True)
class Sampling:
    """How means over the checked instances are drawn.

    Attributes:
        predictions: of the model, from which the instances were chosen.
        statistics: of the intervals.
        seed: base seed.
    """

    predictions: pd.DataFrame
    statistics: StatisticsSettings
    seed: int

    def of(self, part: pd.DataFrame) -> Resamples:
        """The resamples of the instances of a table; checks take fewer than are explained."""
        weights = instance_weights(self.predictions, part.assign(split="test"))
        return Resamples(self.statistics, self.seed, weights)


def describe_checks(folder: Path, leading: str | None, sampling: Sampling) -> dict[str, Any]:
    """Everything that the page shows of the checks of one model.

    Args:
        folder: the model's folder.
        leading: the method with the highest mean, with which the others are compared.
        sampling: how means are drawn.
    """
    robustness = pd.read_parquet(folder / "robustness.parquet")
    sanity = pd.read_parquet(folder / "sanity.parquet")
    return {
        "choice": choice_sentences(folder / "choice"),
        "removal": tabulate_removal(pd.read_parquet(folder / "removal.parquet")),
        "robustness": tabulate_robustness(robustness, sampling),
        "surrogate": tabulate_surrogate(robustness, sampling),
        "agreement": tabulate_agreement(robustness, leading, sampling),
        "sanity": tabulate_sanity(sanity, read_json(folder / "sanity.json")),
    }


def tabulate_removal(frame: pd.DataFrame) -> dict[str, Any]:
    """Accuracy and confidence on test by share removed, and how well calibrated the model stays.

    Args:
        frame: the table ``removal.parquet``.

    Returns:
        ``finding`` and ``rows`` of the explained model, ``n``; and of the models of the first scale
        that were trained with and without token dropping ``comparison``, a sentence, and
        ``compared``, both rows of each share; these are empty where none was trained without.
    """
    test = frame[frame["split"] == "test"].sort_values("removed")
    rows = test[test["model"] == "explained"]
    worst, figures = _find_worst_gap(rows)
    finding = say("checks.knows" if worst <= TOLERATED else "checks.beyond", figures=figures)
    comparison, compared = "", []
    trained, without = (
        test[test["model"] == name] for name in ("with_dropping", "without_dropping")
    )
    if len(trained) and len(without):
        comparison = say(
            "checks.dropping",
            without=_find_worst_gap(without)[1],
            trained=_find_worst_gap(trained)[1],
        )
        compared = list(zip(trained.to_dict("records"), without.to_dict("records"), strict=True))
    return {
        "finding": finding,
        "rows": rows.to_dict("records"),
        "n": int(rows["n"].max()),
        "comparison": comparison,
        "compared": compared,
    }


def _find_worst_gap(rows: pd.DataFrame) -> tuple[float, str]:
    """How much worse calibrated a model gets under removal, at worst, and the figures in words."""
    gaps = rows["gap"].to_numpy(dtype=np.float64)
    whole, worst = float(gaps[0]), int(np.abs(gaps).argmax())
    removed = float(rows["removed"].to_numpy()[worst])
    figures = say(
        "checks.gap",
        gap=wording.format_signed(gaps[worst], 3),
        removed=wording.format_share(removed, 0),
        whole=wording.format_signed(whole, 3),
    )
    return abs(gaps[worst]) - abs(whole), figures


def tabulate_robustness(frame: pd.DataFrame, sampling: Sampling) -> Table:
    """Means and intervals of similarity by method; a column per check and measure with a text.

    Args:
        frame: the table ``robustness.parquet``.
        sampling: how means are drawn.
    """
    part = frame[~frame["check"].isin(OTHER_TABLES)]
    return _tabulate_by_method(
        part, part["check"] + "_" + part["measure"], texts_below("checks.robustness"), sampling
    )


def tabulate_surrogate(frame: pd.DataFrame, sampling: Sampling) -> Table:
    """How good the additive models of methods are, with intervals; a column per measure.

    Args:
        frame: the table ``robustness.parquet``.
        sampling: how means are drawn.
    """
    part = frame[frame["check"] == "surrogate"]
    return _tabulate_by_method(part, part["measure"], texts_below("checks.surrogate"), sampling)


def _tabulate_by_method(
    part: pd.DataFrame, columns: pd.Series, titles: Mapping[str, str], sampling: Sampling
) -> Table:
    """Means over instances by method (rows) and column.

    Args:
        part: rows of ``robustness.parquet``.
        columns: the column of the table that each row belongs to.
        titles: columns to their titles, in the order to show; those without rows are left out.
        sampling: how means are drawn.
    """
    present = {name: title for name, title in titles.items() if name in set(columns)}
    resamples = sampling.of(part)
    rows = []
    for method in order_methods(part["method"]):
        cells = []
        for name in present:
            values = part[(columns == name) & (part["method"] == method)]
            means = values.groupby("instance")["value"].mean()
            cells.append(resamples.mean(means, "test", STREAM))
        rows.append({"method": method, "cells": cells})
    return {"columns": list(present.values()), "rows": rows, "n": int(part["instance"].nunique())}


def tabulate_agreement(
    frame: pd.DataFrame, leading: str | None, sampling: Sampling
) -> dict[str, Any]:
    """Agreement of every method with the leading one.

    Args:
        frame: the table ``robustness.parquet``.
        leading: the method to compare with.
        sampling: how means are drawn.
    """
    part = frame[frame["check"] == "methods"]
    pairs = part[(part["method"] == leading) | (part["other"] == leading)]
    other = pairs["method"].where(pairs["method"] != leading, pairs["other"])
    titles = texts_below("checks.agreement")
    resamples = sampling.of(part)
    rows = []
    for name in order_methods(other):
        of_other = pairs[other == name]
        cells = [
            resamples.mean(
                of_other[of_other["measure"] == measure].set_index("instance")["value"],
                "test",
                STREAM,
            )
            for measure in titles
        ]
        rows.append({"method": name, "cells": cells})
    return {
        "leading": leading,
        "columns": list(titles.values()),
        "rows": rows,
        "n": int(pairs["instance"].nunique()),
    }


def tabulate_sanity(frame: pd.DataFrame, result: Mapping[str, Any]) -> dict[str, Any]:
    """Which methods pass the randomisation of parameters and labels, with the medians of each step.

    Args:
        frame: the table ``sanity.parquet``.
        result: ``sanity.json``.
    """
    parameters, labels = result["parameters"], result["labels"]
    frame = frame[frame["kind"] != "labels"]
    medians = frame.groupby(["kind", "part", "method"], sort=False)["value"].median()
    steps = list(dict.fromkeys((kind, part) for kind, part, _ in medians.index))
    bound = next(iter(parameters.values()))["bound"] if parameters else None
    findings = [
        *_say_outcomes(say("checks.random_parameters"), parameters),
        *_say_outcomes(say("checks.permuted_labels"), labels),
    ]
    if result["labels_known"] < LEARNED:
        known = wording.format_share(result["labels_known"], 0)
        findings.append(say("checks.unlearned", known=known))
    return {
        "finding": wording.join_sentences(findings),
        "bound": bound,
        "known": result["labels_known"],
        "steps": [
            say("checks.step", kind=say(f"checks.{kind}"), part=_name_component(part))
            for kind, part in steps
        ],
        "rows": [
            {
                "method": name,
                "results": [judged, labels[name]],
                "medians": [medians.get((*step, name), np.nan) for step in steps],
            }
            for name, judged in parameters.items()
            if name in labels
        ],
    }


def _name_component(name: str) -> str:
    """The title of a component whose parameters are randomised, such as ``block 2``."""
    kind, _, n = name.partition(" ")
    return say(f"checks.parts.{kind}", n=n) if has_text(f"checks.parts.{kind}") else name


def _say_outcomes(when: str, result: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Which methods pass one criterion, which fail it and where it is open, a sentence each."""
    sentences = []
    for outcome in ("failed", "passed", "inconclusive"):
        names = [name for name, judged in result.items() if judged["outcome"] == outcome]
        if names:
            methods = wording.join_names([wording.method_title(name) for name in names])
            sentences.append(say(f"checks.{outcome}", methods=methods, when=when))
    return sentences
