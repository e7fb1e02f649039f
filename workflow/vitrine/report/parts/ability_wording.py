"""What pages call abilities, their sizes and measures, in the language of the page."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from vitrine.emergence.breaks import BREAK, FEWEST_RUNS
from vitrine.emergence.registry import ladder_settings
from vitrine.report.text.language import say, say_count, texts_below
from vitrine.report.text.wording import format_interval, format_number


@dataclass(frozen=True)
class AbilityText:
    """The texts of an ability: its task, what theory knows, and the figure of phases."""

    title: str
    task: str
    theory: str
    source: str
    axis: str
    phases: dict[str, str]
    """Metrics of the figure of phases, by name, to their titles."""


def describe_ability(ability: str) -> AbilityText:
    """The texts of an ability that hold no measured number."""
    key = f"abilities.{ability}"
    return AbilityText(
        title=say(f"{key}.title"),
        task=say(f"{key}.task"),
        theory=say(f"{key}.theory"),
        source=say(f"{key}.source"),
        axis=say(f"{key}.axis"),
        phases=texts_below(f"{key}.phases"),
    )


def property_titles(names: Collection[str]) -> dict[str, str]:
    """The properties among these that probes read, to their titles in the order of the legend."""
    titles = texts_below("emergence.properties")
    return {name: title for name, title in titles.items() if name in names}


def metric_title(name: str) -> str:
    """The title of an ability's metric."""
    return say(f"emergence.metrics.{name}")


def size_labels(settings: Sequence[dict[str, Any]]) -> list[str]:
    """Short names of sizes: only the settings in which they differ, or else the first."""
    keys = [key for key in ladder_settings() if key in settings[0]]
    varied = [key for key in keys if len({size[key] for size in settings}) > 1] or keys[:1]
    return [
        " · ".join(say_count(f"emergence.sizes.{key}", size[key]) for key in varied)
        for size in settings
    ]


def predictor_title(name: str) -> str:
    """The class of predictors whose best one is the reference, as the ability's task names it."""
    return say(f"emergence.predictors.{name or 'unnamed'}")


def say_verdict(verdict: dict[str, Any]) -> str:
    """What the test for a break showed, in words (see `vitrine.emergence.breaks.judge`)."""
    counts = {"runs": verdict["runs"], "total": verdict["trainings"]}
    outcome = verdict["outcome"]
    if outcome == "few":
        return say("emergence.verdict.few", **counts, fewest=FEWEST_RUNS)
    loss, *others = verdict["metrics"]
    values = {"metric": metric_title(loss["metric"]), **_say_abruptness(loss)}
    for row in others:
        if row["metric"] == "exact_match":
            exact = _say_abruptness(row)
            values |= {"exact": exact["value"], "exact_interval": exact["interval"]}
    text = "smooth_exact" if outcome == "smooth" and "exact" in values else outcome
    return say(f"emergence.verdict.{text}", **values, **counts, level=f"{BREAK:g}")


def _say_abruptness(row: dict[str, Any]) -> dict[str, str]:
    return {
        "value": format_number(row["mean"], 2),
        "interval": format_interval(row["low"], row["high"], 2),
    }
