"""What happened while an ability was learned, in sentences made from the numbers."""

from typing import Any

import pandas as pd

from vitrine.report.text.language import counted, say
from vitrine.report.text.wording import interval, names, number


def happened(
    best: dict[str, Any],
    curves: dict[str, pd.DataFrame],
    sizes: list[dict[str, Any]],
    labels: dict[str, str],
    ends: pd.Series,
) -> list[str]:
    """The phases of the best size, its end, and what became of the other sizes.

    Args:
        best: the size that gets furthest, as `vitrine.stages.emergence` describes it.
        curves: ``seed, step, metric, value`` of every size by its name.
        sizes: all of them.
        labels: what the page calls each size, by its name.
        ends: what the best size measures at the end, by metric; means over seeds.
    """
    label, table = labels[best["size"]], _means(curves[best["size"]])
    told = [*_counting(table), *_grokking(table)]
    told += [_half_way(best, label), _end(best)]
    if "squared_error_of_the_step" in ends:
        told.append(
            say(
                "emergence.told.step",
                value=number(ends["squared_error_of_the_step"], 4),
                error=number(ends["standard_error"], 4),
            )
        )
    if "icl_score" in ends:
        told.append(
            say(
                "emergence.told.icl",
                score=number(ends["icl_score"], 3),
                bayes=number(ends["icl_bayes"], 3),
            )
        )
    failed = [size["size"] for size in sizes if size["successes"] == 0]
    if failed:
        told.append(say("emergence.told.failed", sizes=names([labels[size] for size in failed])))
    for size in failed:
        end = _means(curves[size]).iloc[-1]
        if "kl_unigram" in end and end["kl_unigram"] < end["kl_bayes"] / 2:
            told.append(
                say(
                    "emergence.told.stays",
                    size=labels[size],
                    value=number(end["kl_unigram"]),
                    bayes=number(end["kl_bayes"]),
                )
            )
    return told + [_lag(name, lag) for name, lag in best["lags"].items() if _is_clear(lag)]


def phases(best: dict[str, Any], label: str, curves: pd.DataFrame, drawn: dict[str, str]) -> str:
    """The title of the figure of phases: what it shows, in one line.

    Args:
        best: the size whose training is drawn.
        label: what the page calls it.
        curves: its ``seed, step, metric, value``.
        drawn: the metrics of the figure, by name, to their titles.
    """
    table = _means(curves)
    end, point = table.iloc[-1], best["breakpoint"]
    if "kl_unigram" in table and best["ability"] == "markov":
        step = number(_nearest(table["kl_unigram"]), 0)
        if point["n"]:
            return say("emergence.found.counts", step=step, half=number(point["mean"], 0))
    if "train_accuracy" in table:
        known, others = _first(table["train_accuracy"], 0.9), _first(table["accuracy"], 0.9)
        if known and others:
            return say("emergence.found.learned", known=known, others=others)
    if "exact_match" in drawn and point["n"]:
        reached = table["accuracy"][table["exact_match"] >= 0.5]
        if len(reached):
            return say("emergence.found.digits", share=f"{reached.iloc[0]:.0%}")
    if "distance_to_the_step" in table:
        return say("emergence.found.step", value=number(end["distance_to_the_step"], 4))
    if "squared_error_last" in table:
        values = {name: number(end[name]) for name in ("squared_error", "squared_error_last")}
        return say("emergence.found.examples", **values)
    if "in_weights" in table:
        values = {name: number(end[name], 2) for name in ("accuracy", "in_weights")}
        return say("emergence.found.ways", size=label, **values)
    for name, lag in best["lags"].items():
        if name in drawn and _is_clear(lag):
            return say(f"emergence.found.{_when(lag)}", mechanism=drawn[name], steps=_steps(lag))
    return say("emergence.phases", size=label)


def mechanism(rows: pd.DataFrame, metric: str) -> list[str]:
    """What the parts of a model are worth, and where the previous symbol becomes readable.

    Args:
        rows: ``measure, layer, head, value``, of all seeds.
        metric: what the page calls the ability's metric.
    """
    means = rows.groupby(["measure", "layer"])["value"].mean()
    told = []
    if "ablation_layer" in means.index:
        without = means["ablation_layer"]
        parts = [
            say("emergence.told.without_layer", layer=layer, value=number(value, 3))
            for layer, value in without.items()
        ]
        intact = number(means["intact", 0], 3)
        told.append(
            say("emergence.told.ablation", metric=metric, intact=intact, parts=names(parts))
        )
    if "probe" in means.index:
        told.append(
            say(
                "emergence.told.probe",
                before=number(means["probe", 0], 2),
                after=number(means["probe", 1], 2),
                selectivity=number(means["probe", 1] - means["probe_by_type", 1], 2),
            )
        )
    return told


def _means(curves: pd.DataFrame) -> pd.DataFrame:
    """Means over seeds, a column per metric, from the first measurement after the start on."""
    table = curves.pivot_table(index="step", columns="metric", values="value")
    return table[table.index > 0]


def _counting(table: pd.DataFrame) -> list[str]:
    if "kl_unigram" not in table:
        return []
    step = number(_nearest(table["kl_unigram"]), 0)
    value = number(table["kl_unigram"].min())
    return [say("emergence.told.counts", step=step, value=value)]


def _grokking(table: pd.DataFrame) -> list[str]:
    if "train_accuracy" not in table:
        return []
    told = []
    known, others = _first(table["train_accuracy"], 0.9), _first(table["accuracy"], 0.9)
    if known and others:
        told.append(
            say(
                "emergence.told.learned",
                known=number(known, 0),
                others=number(others, 0),
                ratio=number(others / known, 1),
            )
        )
        told.append(
            say(
                "emergence.told.fourier",
                start=number(table["fourier_share"].iloc[0], 2),
                known=number(table["fourier_share"][known], 2),
                end=number(table["fourier_share"].iloc[-1], 2),
            )
        )
    return told


def _half_way(best: dict[str, Any], label: str) -> str:
    point, early = best["breakpoint"], best["early"]
    if not point["n"]:
        return say("emergence.told.at_once" if early else "emergence.told.never", size=label)
    return say(
        "emergence.told.half_way_early" if early else "emergence.told.half_way",
        size=label,
        n=point["n"] + early,
        early=early,
        total=best["trainings"],
        mean=number(point["mean"], 0),
        interval=interval(point["low"], point["high"], 0),
    )


def _end(best: dict[str, Any]) -> str:
    value = best["value"]
    return say(
        "emergence.told.end",
        mean=number(value["mean"], 4),
        interval=interval(value["low"], value["high"], 4),
        optimum=number(best["optimum"], 4),
    )


def _is_clear(lag: dict[str, Any]) -> bool:
    """Whether an interval says which of the two comes first."""
    return bool(lag["n"]) and lag["low"] is not None and (lag["low"] > 0 or lag["high"] < 0)


def _lag(name: str, lag: dict[str, Any]) -> str:
    low, high = sorted((abs(lag["low"]), abs(lag["high"])))
    return say(
        f"emergence.told.{_when(lag)}",
        mechanism=say(f"emergence.mechanisms.{name}"),
        steps=_steps(lag),
        interval=interval(low, high, 0),
    )


def _steps(lag: dict[str, Any]) -> str:
    return counted("emergence.sizes.steps", number(abs(lag["mean"]), 0))


def _when(lag: dict[str, Any]) -> str:
    return "before" if lag["mean"] > 0 else "after"


def _nearest(distances: pd.Series) -> int:
    return int(distances.index[int(distances.argmin())])


def _first(values: pd.Series, level: float) -> int | None:
    reached = values[values >= level]
    return int(reached.index[0]) if len(reached) else None
