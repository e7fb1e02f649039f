"""What the Emergence page calls abilities, sizes and measures, in the language of the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vitrine.report.text.language import counted, say, texts
from vitrine.report.text.wording import number

# Settings in which sizes may differ, in the order in which a page names them.
SETTINGS = ("layers", "heads", "width", "share", "classes", "bursts", "steps")
# Properties that probes read, in the order of the legend.
PROPERTIES = ("label", "length", "mass", "popularity")


@dataclass(frozen=True)
class Lesson:
    """An ability as a lecture tells it: the task, what theory knows, and the phases' figure."""

    title: str
    task: str
    theory: str
    source: str
    axis: str
    phases: dict[str, str]
    """Metrics of the figure of phases, by name, to their titles."""


def lesson(ability: str) -> Lesson:
    """What the page says of an ability before any number is known."""
    key = f"abilities.{ability}"
    return Lesson(
        title=say(f"{key}.title"),
        task=say(f"{key}.task"),
        theory=say(f"{key}.theory"),
        source=say(f"{key}.source"),
        axis=say(f"{key}.axis"),
        phases=texts(f"{key}.phases"),
    )


def metric(name: str) -> str:
    """The title of an ability's metric."""
    return say(f"emergence.metrics.{name}")


def sizes(settings: Sequence[dict[str, Any]]) -> list[str]:
    """Short names of sizes: only the settings in which they differ, or else the first."""
    keys = [key for key in SETTINGS if key in settings[0]]
    varied = [key for key in keys if len({one[key] for one in settings}) > 1] or keys[:1]
    return [
        " · ".join(counted(f"emergence.sizes.{key}", one[key]) for key in varied)
        for one in settings
    ]


def verdict(found: dict[str, Any]) -> str:
    """Is the jump real? In words (see `vitrine.emergence.analysis.metric_verdict`)."""
    if found["jump"] is None:
        return say("emergence.verdict.none")
    return say(
        f"emergence.verdict.{found['jump']}",
        harsh=number(found["harsh"], 2),
        mild=number(found["mild"], 2),
        ratio=number(found["ratio"], 1),
        floor=f"{found['floor']:.2g}",
    )
