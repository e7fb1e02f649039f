"""What pages call things, and how they write numbers: the one place of words shared by pages."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vitrine.report.text.language import has_text, say
from vitrine.validation.registry import MEASURES

MINUS = "−"


@dataclass(frozen=True)
class MetricWording:
    """How a page speaks of a metric."""

    title: str
    axis: str
    """Axis title, with the unit or what the ends of the scale mean."""
    meaning: str


@dataclass(frozen=True)
class ValueWording:
    """How a page speaks of the value that explanations attribute."""

    title: str
    note: str
    odds: bool = False
    """Whether it is the log-odds, from which a probability follows."""


@dataclass(frozen=True)
class DomainWording:
    """How a page speaks of a kind of data."""

    title: str
    feature: str
    features: str
    nothing: str
    """The instance without any feature."""


def value_wording(name: str) -> ValueWording:
    """How to speak of an attributed value."""
    return ValueWording(say(f"values.{name}.title"), say(f"values.{name}.note"), name == "log_odds")


def domain_wording(name: str) -> DomainWording:
    """How to speak of a kind of data."""
    return DomainWording(
        *(say(f"domains.{name}.{part}") for part in ("title", "player", "players", "nothing"))
    )


def metric_wording(name: str) -> MetricWording:
    """How to speak of a metric; one that is not registered goes by its own name."""
    plain = name.replace("_", " ")
    if not has_text(f"metrics.{name}.title"):
        return MetricWording(plain, plain, plain)
    return MetricWording(*(say(f"metrics.{name}.{part}") for part in ("title", "axis", "meaning")))


def higher_is_better(measure: str) -> bool:
    """The better direction of a measure of faithfulness."""
    return MEASURES[measure].higher_is_better


def method_title(name: str) -> str:
    """The title of an attribution method."""
    return say(f"methods.{name}") if has_text(f"methods.{name}") else name


def baseline_title(title: str) -> str:
    """A baseline's title, which its evaluation states in English."""
    return say(f"baselines.{title}") if has_text(f"baselines.{title}") else title


def study_title(name: str) -> str:
    """The title of a study: ``my_loans`` becomes ``My loans``."""
    if has_text(f"studies.{name}"):
        return say(f"studies.{name}")
    plain = name.replace("_", " ").replace("-", " ")
    return plain[:1].upper() + plain[1:]


def measure_title(name: str) -> str:
    """The title of a measure of faithfulness."""
    return say(f"measures.{name}.title")


def stage_title(name: str) -> str:
    """The title of a stage of the workflow."""
    return say(f"stages.{name}") if has_text(f"stages.{name}") else name


def describe_source(sheet: Mapping[str, Any]) -> str:
    """The description of a dataset; that of a user's own data is the one in its data sheet."""
    key = f"sources.{sheet['source']}.description"
    return say(key) if has_text(key) else str(sheet["description"])


def join_sentences(texts: Iterable[str]) -> str:
    """Sentences one after the other, with a space between them where the language has one."""
    return say("format.between").join(texts)


def join_names(titles: Sequence[str]) -> str:
    """An enumeration: ``a, b and c``."""
    *first, last = titles
    if not first:
        return last
    return say("format.and", first=say("format.comma").join(first), last=last)


def format_number(value: float | None, digits: int = 3) -> str:
    """A number with a fixed count of decimals and a true minus sign; a dash for none."""
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{value:,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def format_signed(value: float, digits: int = 2) -> str:
    """A number with its sign, so that the sign is readable without colour."""
    text = format_number(value, digits)
    return text if text.startswith((MINUS, "–")) or not text.strip("0.,") else f"+{text}"


def format_p(value: float) -> str:
    """A p-value as an equation: ``p = 0.042``; a very small one as ``p < 0.001``."""
    return "p < 0.001" if value < 0.001 else f"p = {format_number(value)}"


def format_count(value: float) -> str:
    """A whole number with thousands separated."""
    return f"{int(value):,}"


def format_share(value: float, digits: int = 1) -> str:
    """A share as a percentage."""
    return f"{format_number(100 * value, digits)}%"


def format_interval(low: float | None, high: float | None, digits: int = 3) -> str:
    """An interval such as ``0.842 to 0.881``; empty if there is none."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return say("format.interval", low=format_number(low, digits), high=format_number(high, digits))
