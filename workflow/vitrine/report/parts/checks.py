"""The checks beside faithfulness, as tables of a page: removal, robustness, agreement, sanity."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vitrine.evaluation.bootstrap import bootstrap, interval
from vitrine.files import read_json
from vitrine.report.parts.choice import choice_sentences
from vitrine.report.text import wording
from vitrine.report.text.language import known, say
from vitrine.seeds import derive

# How much worse calibrated a model may get under removal and still be said to know it.
TOLERATED = 0.1
ROBUSTNESS = (
    ("seeds", "jaccard_5"),
    ("seeds", "spearman"),
    ("models", "jaccard_5"),
    ("models", "spearman"),
    ("inputs", "jaccard_5"),
    ("inputs", "spearman"),
    ("inputs", "max_sensitivity"),
)
SURROGATE = ("local_r2", "additivity_gap", "interval_coverage")
AGREEMENT = (
    "spearman",
    "jaccard_5",
    "feature_agreement_5",
    "rank_agreement_5",
    "sign_agreement_5",
)


def checks_section(
    folder: Path, leading: str | None, statistics: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    """Everything that the page shows of the checks of one model.

    Args:
        folder: the model's folder.
        leading: the most faithful method, with which the others are compared.
        statistics: ``bootstrap`` and ``confidence``.
        seed: base seed of the resamples.
    """
    robustness = pd.read_parquet(folder / "robustness.parquet")
    sanity = pd.read_parquet(folder / "sanity.parquet")
    return {
        "choice": choice_sentences(folder / "choice"),
        "removal": removal_table(pd.read_parquet(folder / "removal.parquet")),
        "robustness": robustness_table(robustness, statistics, seed),
        "surrogate": surrogate_table(robustness, statistics, seed),
        "agreement": agreement_table(robustness, leading, statistics, seed),
        "sanity": sanity_table(sanity, read_json(folder / "sanity.json")),
    }


def removal_table(frame: pd.DataFrame) -> dict[str, Any]:
    """Accuracy and confidence on test by share removed, and what they say of the model.

    Args:
        frame: the table ``removal.parquet``.

    Returns:
        ``finding`` and ``rows`` of the explained model, ``n``; and of the models of the first scale
        that were trained with and without token dropping ``comparison``, a sentence, and
        ``compared``, both rows of each share; these are empty where none was trained without.
    """
    test = frame[frame["split"] == "test"].sort_values("removed")
    rows = test[test["model"] == "explained"]
    worst, figures = _worst(rows)
    finding = say("checks.knows" if worst <= TOLERATED else "checks.beyond", figures=figures)
    comparison, compared = "", []
    pair = [test[test["model"] == name] for name in ("with_dropping", "without_dropping")]
    if all(len(own) for own in pair):
        comparison = say("checks.dropping", without=_worst(pair[1])[1], trained=_worst(pair[0])[1])
        compared = list(zip(*(own.to_dict("records") for own in pair), strict=True))
    return {
        "finding": finding,
        "rows": rows.to_dict("records"),
        "n": int(rows["n"].max()),
        "comparison": comparison,
        "compared": compared,
    }


def _worst(rows: pd.DataFrame) -> tuple[float, str]:
    """How much worse calibrated a model gets under removal, at worst, and the figures in words."""
    gaps = rows["gap"].to_numpy(dtype=np.float64)
    whole, worst = float(gaps[0]), int(np.abs(gaps).argmax())
    removed = float(rows["removed"].to_numpy()[worst])
    figures = say(
        "checks.gap",
        gap=wording.signed(gaps[worst], 3),
        removed=wording.share(removed, 0),
        whole=wording.signed(whole, 3),
    )
    return abs(gaps[worst]) - abs(whole), figures


def robustness_table(
    frame: pd.DataFrame, statistics: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    """Means and intervals of similarity by method.

    Args:
        frame: the table ``robustness.parquet``.
        statistics, seed: of the intervals.
    """
    part = frame[~frame["check"].isin(["methods", "surrogate"])]
    titles = {key: say(f"checks.robustness.{'_'.join(key)}") for key in ROBUSTNESS}
    return _by_method(part, titles, statistics, seed)


def surrogate_table(
    frame: pd.DataFrame, statistics: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    """How good the additive models are that methods stand for, with intervals.

    Args:
        frame: the table ``robustness.parquet``.
        statistics, seed: of the intervals.
    """
    titles = {("surrogate", measure): say(f"checks.surrogate.{measure}") for measure in SURROGATE}
    return _by_method(frame[frame["check"] == "surrogate"], titles, statistics, seed)


def _by_method(
    part: pd.DataFrame,
    titles: Mapping[tuple[str, str], str],
    statistics: Mapping[str, Any],
    seed: int,
) -> dict[str, Any]:
    """Means over instances by method (rows) and by check and measure (columns)."""
    methods = [name for name in wording.METHODS if name in set(part["method"])]
    methods += sorted(set(part["method"]) - set(methods))
    present = set(zip(part["check"], part["measure"], strict=True))
    columns = {key: title for key, title in titles.items() if key in present}
    rows = []
    for method in methods:
        cells = []
        for check, measure in columns:
            own = part[
                (part["check"] == check) & (part["measure"] == measure) & (part["method"] == method)
            ]
            cells.append(_mean(own.groupby("instance")["value"].mean(), statistics, seed))
        rows.append({"method": method, "cells": cells})
    n = int(part["instance"].nunique())
    return {"columns": list(columns.values()), "rows": rows, "n": n}


def agreement_table(
    frame: pd.DataFrame, leading: str | None, statistics: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    """Agreement of every method with the leading one.

    Args:
        frame: the table ``robustness.parquet``.
        leading: the method to compare with.
        statistics, seed: of the intervals.
    """
    part = frame[frame["check"] == "methods"]
    mine = part[(part["method"] == leading) | (part["other"] == leading)]
    other = mine["method"].where(mine["method"] != leading, mine["other"])
    rows = []
    for name in sorted(set(other), key=wording.METHODS.index):
        cells = [
            _mean(
                mine[(other == name) & (mine["measure"] == measure)].set_index("instance")["value"],
                statistics,
                seed,
            )
            for measure in AGREEMENT
        ]
        rows.append({"method": name, "cells": cells})
    return {
        "leading": leading,
        "columns": [say(f"checks.agreement.{measure}") for measure in AGREEMENT],
        "rows": rows,
        "n": int(mine["instance"].nunique()),
    }


def sanity_table(frame: pd.DataFrame, result: Mapping[str, Any]) -> dict[str, Any]:
    """Who passes the randomisation of parameters and labels, with the medians along the way.

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
        _passed(say("checks.random_parameters"), parameters),
        _passed(say("checks.permuted_labels"), labels),
    ]
    return {
        "finding": wording.sentences(findings),
        "bound": bound,
        "known": result["labels_known"],
        "steps": [
            say("checks.step", kind=say(f"checks.{kind}"), part=_component(part))
            for kind, part in steps
        ],
        "rows": [
            {
                "method": name,
                "results": [one, labels[name]],
                "medians": [medians.get((*step, name), np.nan) for step in steps],
            }
            for name, one in parameters.items()
            if name in labels
        ],
    }


def _component(name: str) -> str:
    """The title of a component whose parameters are randomised, such as ``block 2``."""
    kind, _, n = name.partition(" ")
    return say(f"checks.parts.{kind}", n=n) if known(f"checks.parts.{kind}") else name


def _passed(when: str, result: Mapping[str, Mapping[str, Any]]) -> str:
    """Who passes one criterion, and how sure that is, in a sentence or two."""
    failed = [wording.method(name) for name, one in result.items() if not one["passed"]]
    unsure = [wording.method(name) for name, one in result.items() if not one["certain"]]
    comma = say("format.comma")
    said = [
        say("checks.failed", methods=comma.join(failed), when=when)
        if failed
        else say("checks.passed", when=when)
    ]
    if unsure:
        said.append(say("checks.unsure", methods=comma.join(unsure)))
    return wording.sentences(said)


def _mean(values: pd.Series, statistics: Mapping[str, Any], seed: int) -> dict[str, float]:
    """Mean over instances with its interval; empty where there is none."""
    known = values.dropna().to_numpy()
    n = len(known)
    if n == 0:
        return {}
    draws = bootstrap(
        lambda weights: weights @ known / n, n, statistics["bootstrap"], derive(seed, "checks")
    )
    low, high = interval(draws, statistics["confidence"])
    return {"value": float(known.mean()), "low": low, "high": high}
