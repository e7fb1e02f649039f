"""What pages call things, and how they write numbers: the one place of words shared by pages."""

import math
from dataclasses import dataclass

from vitrine.validation.registry import MEASURES

MINUS = "−"


@dataclass(frozen=True)
class Metric:
    """How a page speaks of a metric."""

    title: str
    axis: str
    """Axis title, with the unit or what the ends of the scale mean."""
    meaning: str


METRICS = {
    "accuracy": Metric(
        "Accuracy", "Accuracy (share of instances)", "share of instances predicted right"
    ),
    "auc": Metric(
        "AUC",
        "AUC (0.5 = chance, 1 = perfect)",
        "probability that an instance of the class scores above one that is not in it",
    ),
    "log_loss": Metric(
        "Log loss",
        "Log loss (nats per instance)",
        "mean of −ln of the probability given to the true class; lower is better",
    ),
    "ece": Metric(
        "ECE",
        "Expected calibration error (share)",
        "expected calibration error: mean gap between confidence and accuracy; lower is better. "
        "Resampling inflates it, so its interval may lie above the value",
    ),
    "hit_rate_10": Metric(
        "HR@10",
        "HR@10 (share of users)",
        "share of users whose held-out film is among the ten ranked first",
    ),
    "ndcg_10": Metric(
        "NDCG@10",
        "NDCG@10 (0 to 1)",
        "like HR@10, with more credit for a higher rank",
    ),
    "mrr": Metric("MRR", "MRR (0 to 1)", "mean of 1 / rank of the held-out film"),
    "loss": Metric("Training loss", "Training loss (nats per prediction)", "what training lowers"),
}

METHODS = {
    "shap": "SHAP",
    "lime": "LIME",
    "occlusion": "Occlusion",
    "gradient": "Gradient × input",
    "integrated_gradients": "Integrated gradients",
    "rollout": "Attention rollout",
    "random": "Random ranking",
}


@dataclass(frozen=True)
class Value:
    """How a page speaks of the value that explanations attribute."""

    title: str
    note: str
    odds: bool = False
    """Whether it is the log-odds, from which a probability follows."""


VALUES = {
    "log_odds": Value(
        "log-odds",
        "Contributions are on the log-odds of the explained class: +0.69 doubles the odds, "
        "−0.69 halves them.",
        odds=True,
    ),
    "probability": Value(
        "probability", "Contributions are on the probability of the explained class (0 to 1)."
    ),
    "logit": Value("logit", "Contributions are on the logit of the explained class."),
    "score": Value("score", "Contributions are in units of the film's score."),
}

SPLITS = {"train": "training", "validation": "validation", "test": "test"}


@dataclass(frozen=True)
class Domain:
    """How a page speaks of a kind of data."""

    title: str
    player: str
    players: str
    nothing: str
    """The instance without any player."""


DOMAINS = {
    "text": Domain("Natural language", "word", "words", "an empty text"),
    "image": Domain("Vision", "patch", "patches", "an empty image"),
    "sequence": Domain("Recommendation", "film", "films", "an empty history"),
    "table": Domain("Finance and other tables", "field", "fields", "an empty form"),
}


def metric(name: str) -> Metric:
    """How to speak of a metric; one that is not registered goes by its own name."""
    plain = name.replace("_", " ")
    return METRICS.get(name, Metric(plain, plain, plain))


def higher_is_better(measure: str) -> bool:
    """The better direction of a measure of faithfulness."""
    return MEASURES[measure].higher_is_better


def method(name: str) -> str:
    """The title of an attribution method."""
    return METHODS.get(name, name)


def study_title(name: str) -> str:
    """The title of a study: ``my_loans`` becomes ``My loans``."""
    plain = name.replace("_", " ").replace("-", " ")
    return plain[:1].upper() + plain[1:]


def number(value: float | None, digits: int = 3) -> str:
    """A number with a fixed count of decimals and a true minus sign; a dash for none."""
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{value:,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def signed(value: float, digits: int = 2) -> str:
    """A number with its sign, so that the sign is readable without colour."""
    text = number(value, digits)
    return text if text.startswith((MINUS, "–")) or not text.strip("0.,") else f"+{text}"


def count(value: float) -> str:
    """A whole number with thousands separated."""
    return f"{int(value):,}"


def share(value: float, digits: int = 1) -> str:
    """A share as a percentage."""
    return f"{number(100 * value, digits)}%"


def interval(low: float | None, high: float | None, digits: int = 3) -> str:
    """An interval such as ``0.842 to 0.881``; empty if there is none."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"{number(low, digits)} to {number(high, digits)}"
