"""What a training of an ability showed, in sentences made from the numbers."""

from typing import Any

import pandas as pd

from vitrine.report.text.language import say, say_count
from vitrine.report.text.wording import format_interval, format_number, join_names

LEARNED = 0.9  # accuracy from which pairs count as learned


def describe_training(
    best: dict[str, Any],
    curves: dict[str, pd.DataFrame],
    sizes: list[dict[str, Any]],
    labels: dict[str, str],
    ends: pd.Series,
) -> list[str]:
    """The phases of the best size, its end, and the sizes that failed.

    Args:
        best: the size that gets furthest, as `vitrine.stages.emergence` describes it.
        curves: ``seed, step, metric, value`` of every size by its name.
        sizes: all of them.
        labels: what the page calls each size, by its name.
        ends: what the best size measures at the end, by metric; means over seeds.
    """
    label, table = labels[best["size"]], _average_seeds(curves[best["size"]])
    sentences = [*_describe_counting(table), *_describe_grokking(table)]
    sentences += [_describe_half_way(best, label), _describe_end(best)]
    if "squared_error_of_the_step" in ends:
        sentences.append(
            say(
                "emergence.findings.step",
                value=format_number(ends["squared_error_of_the_step"], 4),
                error=format_number(ends["standard_error"], 4),
            )
        )
    if "icl_score" in ends:
        sentences.append(
            say(
                "emergence.findings.icl",
                score=format_number(ends["icl_score"], 3),
                bayes=format_number(ends["icl_bayes"], 3),
            )
        )
    failed = [size["size"] for size in sizes if size["successes"] == 0]
    if failed:
        sentences.append(
            say("emergence.findings.failed", sizes=join_names([labels[size] for size in failed]))
        )
    for size in failed:
        end = _average_seeds(curves[size]).iloc[-1]
        if "kl_counts" in end and end["kl_counts"] < end["kl_bayes"] / 2:
            sentences.append(
                say(
                    "emergence.findings.stays",
                    size=labels[size],
                    value=format_number(end["kl_counts"]),
                    bayes=format_number(end["kl_bayes"]),
                )
            )
    return sentences + [
        _describe_lag(name, lag) for name, lag in best["lags"].items() if _is_clear(lag)
    ]


def title_phases(
    best: dict[str, Any], label: str, curves: pd.DataFrame, drawn: dict[str, str]
) -> str:
    """The title of the figure of phases: what it shows, in one line.

    Args:
        best: the size whose training is drawn.
        label: what the page calls it.
        curves: its ``seed, step, metric, value``.
        drawn: the metrics of the figure, by name, to their titles.
    """
    table = _average_seeds(curves)
    end, point = table.iloc[-1], best["breakpoint"]
    nearest = _nearest_to_counts(table)
    if nearest is not None and "kl_counts" in drawn and point["n"]:
        step, half = format_number(nearest.name, 0), format_number(point["mean"], 0)
        return say("emergence.phase_titles.counts", step=step, half=half)
    if "train_accuracy" in table:
        learned, others = _steps_to_learn(table)
        if learned and others:
            return say("emergence.phase_titles.learned", known=learned, others=others)
    if "exact_match" in drawn and point["n"]:
        reached = table["accuracy"][table["exact_match"] >= 0.5]
        if len(reached):
            return say("emergence.phase_titles.digits", share=f"{reached.iloc[0]:.0%}")
    if "distance_to_the_step" in table:
        return say(
            "emergence.phase_titles.step", value=format_number(end["distance_to_the_step"], 4)
        )
    if "squared_error_last" in table:
        values = {
            name: format_number(end[name]) for name in ("squared_error", "squared_error_last")
        }
        return say("emergence.phase_titles.examples", **values)
    if "in_weights" in table:
        values = {name: format_number(end[name], 2) for name in ("accuracy", "in_weights")}
        return say("emergence.phase_titles.ways", size=label, **values)
    for name, lag in best["lags"].items():
        if name in drawn and _is_clear(lag):
            return say(
                f"emergence.phase_titles.{_lag_direction(lag)}",
                mechanism=drawn[name],
                steps=_say_steps(lag),
            )
    return say("emergence.phases", size=label)


def describe_mechanism(rows: pd.DataFrame, metric: str) -> list[str]:
    """What the parts of a model are worth, and where the previous symbol becomes readable.

    Args:
        rows: ``measure, layer, head, value``, of all seeds.
        metric: what the page calls the ability's metric.
    """
    means = rows.groupby(["measure", "layer"])["value"].mean()
    sentences = []
    if "ablation_layer" in means.index:
        without = means["ablation_layer"]
        parts = [
            say("emergence.findings.without_layer", layer=layer, value=format_number(value, 3))
            for layer, value in without.items()
        ]
        intact = format_number(means["intact", 0], 3)
        sentences.append(
            say(
                "emergence.findings.ablation", metric=metric, intact=intact, parts=join_names(parts)
            )
        )
    if "probe" in means.index:
        sentences.append(
            say(
                "emergence.findings.probe",
                before=format_number(means["probe", 0], 2),
                after=format_number(means["probe", 1], 2),
                selectivity=format_number(means["probe", 1] - means["probe_by_type", 1], 2),
            )
        )
    return sentences


def _average_seeds(curves: pd.DataFrame) -> pd.DataFrame:
    """Means over seeds, a column per metric, from the first measurement after the start on."""
    table = curves.pivot_table(index="step", columns="metric", values="value")
    return table[table.index > 0]


def _describe_counting(table: pd.DataFrame) -> list[str]:
    nearest = _nearest_to_counts(table)
    if nearest is None:
        return []
    values = {
        "step": format_number(nearest.name, 0),
        "value": format_number(nearest["kl_counts"]),
        "bayes": format_number(nearest["kl_bayes"]),
    }
    return [say("emergence.findings.counts", **values)]


def _nearest_to_counts(table: pd.DataFrame) -> Any:
    """The measurements at the step where a model is nearest to the predictor from symbol counts.

    None where it is measured against none, or is never nearer to it than to the optimum.
    """
    if "kl_counts" not in table:
        return None
    nearest = table.iloc[int(table["kl_counts"].argmin())]
    return nearest if nearest["kl_counts"] < nearest["kl_bayes"] else None


def _describe_grokking(table: pd.DataFrame) -> list[str]:
    if "train_accuracy" not in table:
        return []
    sentences = []
    learned, others = _steps_to_learn(table)
    if learned and others:
        sentences.append(
            say(
                "emergence.findings.learned",
                known=format_number(learned, 0),
                others=format_number(others, 0),
                ratio=format_number(others / learned, 1),
            )
        )
        sentences.append(
            say(
                "emergence.findings.fourier",
                start=format_number(table["fourier_share"].iloc[0], 2),
                known=format_number(table["fourier_share"][learned], 2),
                end=format_number(table["fourier_share"].iloc[-1], 2),
            )
        )
    return sentences


def _describe_half_way(best: dict[str, Any], label: str) -> str:
    point, early = best["breakpoint"], best["early"]
    if not point["n"]:
        return say(
            "emergence.findings.at_once" if early else "emergence.findings.never", size=label
        )
    return say(
        "emergence.findings.half_way_early" if early else "emergence.findings.half_way",
        size=label,
        n=point["n"] + early,
        early=early,
        total=best["trainings"],
        mean=format_number(point["mean"], 0),
        interval=format_interval(point["low"], point["high"], 0),
    )


def _describe_end(best: dict[str, Any]) -> str:
    value = best["value"]
    return say(
        "emergence.findings.end",
        mean=format_number(value["mean"], 4),
        interval=format_interval(value["low"], value["high"], 4),
        optimum=format_number(best["optimum"], 4),
    )


def _is_clear(lag: dict[str, Any]) -> bool:
    """Whether an interval says which of the two comes first."""
    return bool(lag["n"]) and lag["low"] is not None and (lag["low"] > 0 or lag["high"] < 0)


def _describe_lag(name: str, lag: dict[str, Any]) -> str:
    low, high = sorted((abs(lag["low"]), abs(lag["high"])))
    return say(
        f"emergence.findings.{_lag_direction(lag)}",
        mechanism=say(f"emergence.mechanisms.{name}"),
        steps=_say_steps(lag),
        interval=format_interval(low, high, 0),
    )


def _say_steps(lag: dict[str, Any]) -> str:
    return say_count("emergence.sizes.steps", format_number(abs(lag["mean"]), 0))


def _lag_direction(lag: dict[str, Any]) -> str:
    return "before" if lag["mean"] > 0 else "after"


def _steps_to_learn(table: pd.DataFrame) -> tuple[int | None, int | None]:
    """The steps at which the learned pairs and the others are right to a level."""
    return (
        _first_step(table["train_accuracy"], LEARNED),
        _first_step(table["accuracy"], LEARNED),
    )


def _first_step(values: pd.Series, level: float) -> int | None:
    reached = values[values >= level]
    return int(reached.index[0]) if len(reached) else None
