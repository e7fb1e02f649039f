"""The headline of a study: the chosen transformer beside the best classical baseline."""

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from vitrine.report.parts.results import Baseline, StudyResults, find_row
from vitrine.report.parts.verdict import Verdict
from vitrine.report.text import wording
from vitrine.report.text.language import say


@dataclass(frozen=True)
class Headline:
    """Both were chosen on validation and are compared on test."""

    study: str
    model: str
    scale: str
    seed: int
    metric: str
    higher_is_better: bool
    value: float
    low: float
    high: float
    n: int
    baseline: Baseline
    baseline_value: float
    baseline_low: float
    baseline_high: float

    @property
    def winner(self) -> str:
        """``transformer``, ``baseline``, or ``within the interval``: no winner.

        No winner is named when the intervals overlap, or when one of them is not defined.
        """
        apart = self.low > self.baseline_high or self.baseline_low > self.high
        if not apart:
            return "within the interval"
        ahead = (self.value > self.baseline_value) == self.higher_is_better
        return "transformer" if ahead else "baseline"

    @property
    def winner_title(self) -> str:
        """The winner in a few words."""
        return say(f"headline.{self.winner.partition(' ')[0]}")

    @property
    def sentence(self) -> str:
        """Who wins, with the numbers that say so."""
        title = wording.metric_wording(self.metric).title
        return say(
            "headline.overlap" if self.winner == "within the interval" else "headline.apart",
            metric=title,
            own=wording.format_number(self.value),
            own_interval=wording.format_interval(self.low, self.high),
            other=wording.format_number(self.baseline_value),
            other_interval=wording.format_interval(self.baseline_low, self.baseline_high),
            baseline=self.baseline.title,
        )

    def facts(self, verdict: Verdict | None) -> dict[str, Any]:
        """The entry of ``headline.json``; numbers that are not defined are None."""
        entry: dict[str, Any] = {
            "study": self.study,
            "title": wording.study_title(self.study),
            "model": self.model,
            "scale": self.scale,
            "seed": self.seed,
            "metric": self.metric,
            "metric_title": wording.metric_wording(self.metric).title,
            "higher_is_better": self.higher_is_better,
            "split": "test",
            "n": self.n,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "baseline": self.baseline.name,
            "baseline_title": self.baseline.title,
            "baseline_value": self.baseline_value,
            "baseline_low": self.baseline_low,
            "baseline_high": self.baseline_high,
            "verdict": self.winner,
            "sentence": say("headline.both", title=self.winner_title, sentence=self.sentence),
            "faithful_method": None,
        }
        if verdict:
            entry |= verdict.entry()
        return {
            key: None if isinstance(value, float) and not math.isfinite(value) else value
            for key, value in entry.items()
        }


def compare_with_baseline(results: StudyResults) -> Headline:
    """Compare the chosen model with the baseline that is best on validation, on test."""
    metric = results.headline_metric
    chosen = find_row(results.chosen.metrics, metric, "test")
    sign = 1 if chosen["higher_is_better"] else -1

    def on_validation(baseline: Baseline) -> float:
        return sign * float(find_row(baseline.metrics, metric, "validation")["value"])

    baseline = max(results.baselines, key=on_validation)
    other = find_row(baseline.metrics, metric, "test")
    return Headline(
        study=results.study,
        model=results.chosen.name,
        scale=results.chosen.scale,
        seed=results.chosen.seed,
        metric=metric,
        higher_is_better=bool(chosen["higher_is_better"]),
        value=float(chosen["value"]),
        low=float(chosen["low"]),
        high=float(chosen["high"]),
        n=int(chosen["n"]),
        baseline=baseline,
        baseline_value=float(other["value"]),
        baseline_low=float(other["low"]),
        baseline_high=float(other["high"]),
    )


def list_contenders(results: StudyResults, metric: str, split: str) -> pd.DataFrame:
    """The chosen model and every baseline: ``name, kind, value, low, high``."""
    rows = [(say("headline.model"), "transformer", find_row(results.chosen.metrics, metric, split))]
    rows += [
        (baseline.title, "baseline", find_row(baseline.metrics, metric, split))
        for baseline in results.baselines
    ]
    return pd.DataFrame(
        [
            {"name": name, "kind": kind} | figures[["value", "low", "high"]].to_dict()
            for name, kind, figures in rows
        ]
    )
