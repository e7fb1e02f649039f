"""The checks beside faithfulness, as tables of a page: removal, robustness, agreement, sanity."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

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


def describe_checks(folder: Path, leading: str | None, resamples: Resamples) -> dict[str, Any]:
    """Everything that the page shows of the checks of one model.

    Args:
        folder: the model's folder.
        leading: the most faithful method, with which the others are compared.
        resamples: how resamples are drawn.
    """
    robustness = pd.read_parquet(folder / "robustness.parquet")
    sanity = pd.read_parquet(folder / "sanity.parquet")
    return {
        "choice": choice_sentences(folder / "choice"),
        "removal": tabulate_removal(pd.read_parquet(folder / "removal.parquet")),
        "robustness": tabulate_robustness(robustness, resamples),
        "surrogate": tabulate_surrogate(robustness, resamples),
        "agreement": tabulate_agreement(robustness, leading, resamples),
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


def tabulate_robustness(frame: pd.DataFrame, resamples: Resamples) -> Table:
    """Means and intervals of similarity by method; a column per check and measure with a text.

    Args:
        frame: the table ``robustness.parquet``.
        resamples: how resamples are drawn.
    """
    part = frame[~frame["check"].isin(OTHER_TABLES)]
    return _tabulate_by_method(
        part, part["check"] + "_" + part["measure"], texts_below("checks.robustness"), resamples
    )


def tabulate_surrogate(frame: pd.DataFrame, resamples: Resamples) -> Table:
    """How good the additive models of methods are, with intervals; a column per measure.

    Args:
        frame: the table ``robustness.parquet``.
        resamples: how resamples are drawn.
    """
    part = frame[frame["check"] == "surrogate"]
    return _tabulate_by_method(part, part["measure"], texts_below("checks.surrogate"), resamples)


def _tabulate_by_method(
    part: pd.DataFrame, columns: pd.Series, titles: Mapping[str, str], resamples: Resamples
) -> Table:
    """Means over instances by method (rows) and column.

    Args:
        part: rows of ``robustness.parquet``.
        columns: the column of the table that each row belongs to.
        titles: columns to their titles, in the order to show; those without rows are left out.
        resamples: how resamples are drawn.
    """
    present = {name: title for name, title in titles.items() if name in set(columns)}
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
    frame: pd.DataFrame, leading: str | None, resamples: Resamples
) -> dict[str, Any]:
    """Agreement of every method with the leading one.

    Args:
        frame: the table ``robustness.parquet``.
        leading: the method to compare with.
        resamples: how resamples are drawn.
    """
    part = frame[frame["check"] == "methods"]
    pairs = part[(part["method"] == leading) | (part["other"] == leading)]
    other = pairs["method"].where(pairs["method"] != leading, pairs["other"])
    titles = texts_below("checks.agreement")
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
        _say_passed(say("checks.random_parameters"), parameters),
        _say_passed(say("checks.permuted_labels"), labels),
    ]
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


def _say_passed(when: str, result: Mapping[str, Mapping[str, Any]]) -> str:
    """Which methods pass one criterion, and how certain that is, in a sentence or two."""
    failed = [wording.method_title(name) for name, judged in result.items() if not judged["passed"]]
    unsure = [
        wording.method_title(name) for name, judged in result.items() if not judged["certain"]
    ]
    comma = say("format.comma")
    if failed:
        sentences = [say("checks.failed", methods=comma.join(failed), when=when)]
    else:
        sentences = [say("checks.passed", when=when)]
    if unsure:
        sentences.append(say("checks.unsure", methods=comma.join(unsure)))
    return wording.join_sentences(sentences)
