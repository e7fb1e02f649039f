"""Measured numbers as Markdown: one function per block of the documents."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from vitrine.report.measured.studies import FAITHFULNESS, REMOVED
from vitrine.report.methods import order_methods
from vitrine.report.text.wording import (
    format_count,
    format_interval,
    format_number,
    format_share,
    format_small,
    measure_title,
    method_title,
    metric_wording,
)

Numbers = dict[str, Any]
"""The numbers of a kind of run, as `vitrine.report.measured.documents.KINDS` measures them."""

MISSING = "–"


def say_made(numbers: Numbers) -> str:
    """The commit and the day of results, in a sentence."""
    made = numbers["made"]
    commits = ", ".join(f"`{commit}`" for commit in made["commits"])
    changed = ", with uncommitted changes" if made["changed"] else ""
    kind = "commits" if len(made["commits"]) > 1 else "commit"
    return f"Results of {kind} {commits}{changed}, made on {made['date']}.\n"


def tabulate(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose first column holds names."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def show_run(numbers: Numbers) -> str:
    """What all numbers of the studies have in common."""
    instances = sorted({study["instances"] for study in numbers["studies"].values()})
    counts = " to ".join(map(str, dict.fromkeys((instances[0], instances[-1]))))
    confidence = format_share(numbers["confidence"], 0)
    return (
        f"{say_made(numbers).rstrip()} Test instances, n = {counts} of each study, means with "
        f"{confidence} confidence intervals.\n"
    )


def show_faithfulness(numbers: Numbers) -> str:
    """Normalised comprehensiveness by study and method, and how often the ceiling is known."""
    studies = numbers["studies"]
    methods = _methods(study["faithfulness"] for study in studies.values())
    rows = [
        [
            name,
            *(_mean(study["faithfulness"].get(method)) for method in methods),
            f"{study['converged']} of {study['instances']}",
        ]
        for name, study in studies.items()
    ]
    title = measure_title(FAITHFULNESS)
    header = ["study", *map(method_title, methods), "ceiling search converged"]
    return f"{title}:\n\n{tabulate(header, rows)}"


def show_localisation(numbers: Numbers) -> str:
    """How well methods find the words that are known to decide."""
    measured = [
        (name, measure, values)
        for name, study in numbers["studies"].items()
        for measure, values in study["localisation"].items()
    ]
    methods = _methods(values for _, _, values in measured)
    header = ["method"]
    for name, measure, values in measured:
        n = int(next(iter(values.values()))["n"])
        header.append(f"{name}: {measure_title(measure)} (n = {n})")
    rows = [
        [method_title(method), *(_mean(values.get(method)) for _, _, values in measured)]
        for method in methods
    ]
    return tabulate(header, rows)


def show_sanity(numbers: Numbers) -> str:
    """The medians of the sanity checks, those above the threshold marked."""
    studies = numbers["studies"]
    sanity = {name: study["sanity"] for name, study in studies.items()}
    judged = [one for result in sanity.values() for one in result["parameters"].values()]
    bounds = sorted({one["bound"] for one in judged})
    instances = sorted({one["n"] for one in judged})
    text = (
        f"Medians over {' to '.join(map(str, instances))} instances. Bold: above the threshold "
        f"({', '.join(map(str, bounds))}). A question mark: the interval contains the threshold, "
        f"so the result is inconclusive.\n"
    )
    for kind, title in (("parameters", "random parameters"), ("labels", "permuted labels")):
        methods = _methods(result[kind] for result in sanity.values())
        rows = [
            [name, *(_median(result[kind].get(method)) for method in methods)]
            for name, result in sanity.items()
        ]
        text += "\n" + tabulate([title, *map(method_title, methods)], rows)
    return text


def show_selection(numbers: Numbers) -> str:
    """What was selected on validation, with the candidates."""
    rows = []
    for name, study in numbers["studies"].items():
        removal = study["removal"]
        losses = ", ".join(
            f"`{one['removal']}` {format_number(one['mean'], 2)}" for one in removal["candidates"]
        )
        settings = [
            f"{method_title(method)}: {_settings(choice)}"
            for method, choice in study["tuned"].items()
        ]
        rows.append([name, f"`{removal['chosen']}`", losses, "; ".join(settings) or MISSING])
    header = ["study", "feature removal", "log loss under removal", "tuned methods (on validation)"]
    return tabulate(header, rows)


def show_calibration(numbers: Numbers) -> str:
    """Accuracy and confidence under removal, of models trained with and without dropping."""
    rows = []
    for name, study in numbers["studies"].items():
        pair = study["calibration"]
        if pair:
            shares = [
                format_share(pair[model][value], 0)
                for model in ("with_dropping", "without_dropping")
                for value in ("accuracy", "confidence")
            ]
            rows.append([name, *shares])
    header = ["study"]
    header += [
        f"{value}, {way} dropping"
        for way in ("with", "without")
        for value in ("accuracy", "confidence")
    ]
    return f"With {format_share(REMOVED, 0)} of the features removed:\n\n{tabulate(header, rows)}"


def show_cost(numbers: Numbers) -> str:
    """CPU time of attributions, of what they need, and of their validation."""
    rows = []
    for name, study in numbers["studies"].items():
        seconds = study["cpu_seconds"]
        explaining = seconds["attributions"]
        both = explaining + seconds["selection"]
        cells = [format_number(value, 0) for value in seconds.values()]
        cells += [format_share(seconds["validation"] / value, 0) for value in (explaining, both)]
        rows.append([name, *cells])
    stages = ["`explain`", "`removal`, `tune`", "`validate`, `robustness`"]
    header = ["study", *(f"{name}, CPU s" for name in stages)]
    header += ["validation / `explain`", "validation / first two"]
    return tabulate(header, rows)


def show_families(numbers: Numbers) -> str:
    """What the models of families learned from their context."""
    text = f"{say_made(numbers)[:-1]} CPU time: {format_number(numbers['cpu_seconds'], 0)} s.\n"
    metrics = ("loss", "icl_score", "previous", "prefix_matching", "copying", "few_shot")
    titles = (
        "loss, nats",
        "in-context learning score, nats",
        "attention to the previous token",
        "prefix matching",
        "copying accuracy",
    )
    for name, family in numbers["families"].items():
        rows = [
            [
                model,
                f"{facts['layers']} × {facts['heads']}",
                format_count(facts["parameters"]),
                *(format_number(facts["figures"][metric], 2) for metric in metrics),
                format_small(facts["difference"]),
            ]
            for model, facts in family["models"].items()
        ]
        uniform = [
            format_number(family["uniform"].get(metric), 2) if metric in family["uniform"] else ""
            for metric in metrics
        ]
        rows.append(["*uniform attention, chance*", "", "", *uniform, ""])
        count = family["shots"]
        shots = f"accuracy with {count} {'example' if count == 1 else 'examples'}"
        header = [
            f"family `{name}`",
            "layers × heads",
            "parameters",
            *titles,
            shots,
            "difference from `transformers`",
        ]
        text += "\n" + tabulate(header, rows)
    return text


def show_pretrained(numbers: Numbers) -> str:
    """A pretrained model beside the baselines, and its cost."""
    text = say_made(numbers)
    for name, study in numbers["studies"].items():
        metrics = list(study["metrics"])
        contenders = {
            f"{study['model']} ({format_count(study['parameters'])} parameters)": study["metrics"]
        }
        contenders |= study["baselines"]
        rows = [
            [title, *(_value(values.get(metric)) for metric in metrics)]
            for title, values in contenders.items()
        ]
        header = [f"`{name}`, test", *(metric_wording(metric).title for metric in metrics)]
        text += "\n" + tabulate(header, rows)
        spent = ", ".join(
            f"`{stage}` {format_number(seconds, 0)}"
            for stage, seconds in study["cpu_seconds"].items()
            if stage != "all"
        )
        text += (
            f"\nCPU seconds: {format_number(study['cpu_seconds']['all'], 0)} in all; {spent}. "
            f"Difference from `transformers`: {format_small(study['difference'])}.\n"
        )
    return text


def _methods(tables: Iterable[Mapping[str, Any]]) -> list[str]:
    """The methods of any of the tables, in order."""
    return order_methods(method for table in tables for method in table)


def _mean(row: Mapping[str, float] | None) -> str:
    return MISSING if row is None else _with_interval(row["mean"], row["low"], row["high"], 2)


def _value(row: Mapping[str, float] | None) -> str:
    return MISSING if row is None else _with_interval(row["value"], row["low"], row["high"], 3)


def _with_interval(value: float, low: float, high: float, digits: int) -> str:
    """A value with its interval; alone where resampling equal values gives no interval."""
    text = format_number(value, digits)
    return text if low == high else f"{text} ({format_interval(low, high, digits)})"


def _median(judged: Mapping[str, Any] | None) -> str:
    if judged is None:
        return MISSING
    text = format_number(judged["median"], 2)
    marked = f"**{text}**" if judged["outcome"] == "failed" else text
    return f"{marked} ?" if judged["outcome"] == "inconclusive" else marked


def _settings(choice: Mapping[str, Any]) -> str:
    """Chosen settings and what they reach on validation."""
    chosen = choice["chosen"]
    named = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in chosen.items())
    mean = next(
        one["mean"]
        for one in choice["candidates"]
        if all(one[name] == value for name, value in chosen.items())
    )
    return f"{named} ({format_number(mean, 2)})"


BLOCKS: dict[str, dict[str, Callable[[Numbers], str]]] = {
    "default": {
        "run": show_run,
        "faithfulness": show_faithfulness,
        "localisation": show_localisation,
        "sanity": show_sanity,
        "selection": show_selection,
        "calibration": show_calibration,
        "cost": show_cost,
    },
    "family": {"families": show_families},
    "pretrained": {"pretrained": show_pretrained},
}
"""The blocks of each kind of run, by the names that the documents' markers give."""
