"""What pages call abilities, their sizes and measures, in the language of the page."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from vitrine.emergence.registry import ladder_settings
from vitrine.report.text.language import say, say_count, texts_below
from vitrine.report.text.wording import format_number


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


def say_verdict(verdict: dict[str, Any]) -> str:
    """Is the jump real? In words (see `vitrine.emergence.analysis.metric_verdict`)."""
    if verdict["jump"] is None:
        return say("emergence.verdict.none")
    return say(
        f"emergence.verdict.{verdict['jump']}",
        harsh=format_number(verdict["harsh"], 2),
        mild=format_number(verdict["mild"], 2),
        ratio=format_number(verdict["ratio"], 1),
        floor=f"{verdict['floor']:.2g}",
    )
