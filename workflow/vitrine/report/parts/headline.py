"""The headline of a study: the chosen transformer beside the best classical baseline."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from vitrine.evaluation.metrics import METRICS
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.report.parts.results import Baseline, StudyResults, find_row
from vitrine.report.parts.verdict import Verdict
from vitrine.report.text import wording
from vitrine.report.text.language import say

_TITLES = {"better": "transformer", "worse": "baseline"}


@dataclass(frozen=True)
class Headline:
    """The chosen model beside the baseline that is best on validation, compared on test.

    Attributes:
        study: its name.
        model: how pages call the chosen model.
        scale: of the model.
        seed: of the model.
        metric: the study's own, by which the model was chosen.
        own: the model's row of that metric on test.
        baseline: the best one on validation.
        other: its row.
        against: the paired comparison by that metric, see `compare_with_baselines`.
        log_loss: the comparison by log loss; None for rankings, or where it is the metric.
        trivial: the comparison with the trivial baseline.
        trivial_title: what that is called.
    """

    study: str
    model: str
    scale: str
    seed: int
    metric: str
    own: Mapping[str, Any]
    baseline: Baseline
    other: Mapping[str, Any]
    against: Mapping[str, Any]
    log_loss: Mapping[str, Any] | None
    trivial: Mapping[str, Any] | None
    trivial_title: str
    confidence: str
    margin: float

    @property
    def winner(self) -> str:
        """``transformer``, ``baseline``, ``equivalent`` or ``inconclusive``."""
        outcome: str = self.against["outcome"]
        return _TITLES.get(outcome, outcome)

    @property
    def winner_title(self) -> str:
        """The outcome in a few words."""
        return say(f"headline.{self.winner}")

    @property
    def sentence(self) -> str:
        """Both values, the paired difference with its interval and p-value, and what follows."""
        title = wording.metric_wording(self.metric).title
        sentences = [
            say(
                "headline.values",
                metric=title,
                own=wording.format_number(self.own["value"]),
                other=wording.format_number(self.other["value"]),
                baseline=self.baseline.title,
                comparison=self._comparison(self.against),
            )
        ]
        if self.winner == "equivalent":
            sentences.append(say("headline.margin", margin=wording.format_number(self.margin, 2)))
        if self.log_loss is not None:
            sentences.append(say("headline.log_loss", comparison=self._comparison(self.log_loss)))
        return wording.join_sentences(self.warnings + sentences)

    @property
    def warnings(self) -> list[str]:
        """What must be said first: that the model is not shown to be better than guessing."""
        if self.trivial is None or self.trivial["outcome"] == "better":
            return []
        return [
            say(
                "headline.trivial",
                baseline=self.trivial_title,
                comparison=self._comparison(self.trivial),
            )
        ]

    def _comparison(self, row: Mapping[str, Any]) -> str:
        return comparison_text(row, self.confidence)

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
            "higher_is_better": bool(self.own["higher_is_better"]),
            "split": "test",
            "n": int(self.own["n"]),
            **{key: self.own[key] for key in ("value", "low", "high")},
            "baseline": self.baseline.name,
            "baseline_title": self.baseline.title,
            **{f"baseline_{key}": self.other[key] for key in ("value", "low", "high")},
            **{key: self.against[key] for key in ("difference", "p_value", "test", "outcome")},
            "difference_low": self.against["low"],
            "difference_high": self.against["high"],
            "beats_trivial": self.trivial is not None and self.trivial["outcome"] == "better",
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


def in_own_direction(row: Mapping[str, Any]) -> tuple[float, float | None, float | None]:
    """Model less baseline as the metric counts, with the ends of its interval.

    Args:
        row: of `compare_with_baselines`, where positive is better, with a defined difference.
    """
    sign = 1 if METRICS[str(row["metric"])].higher_is_better else -1
    low, high = [None if row[end] is None else sign * row[end] for end in ("low", "high")][::sign]
    return sign * row["difference"], low, high


def comparison_text(row: Mapping[str, Any], confidence: str) -> str:
    """A paired difference in words, in the metric's own direction: model less baseline.

    Args:
        row: of `compare_with_baselines`.
        confidence: of the interval, in words.
    """
    if row["difference"] is None:
        return say("headline.undefined")
    difference, low, high = in_own_direction(row)
    return say(
        "headline.comparison",
        difference=wording.format_signed(difference, 3),
        confidence=confidence,
        interval=wording.format_interval(low, high) or "–",
        p=wording.format_p(row["p_value"]),
        test=say(f"headline.tests.{row['test']}"),
    )


def compare_with_baseline(results: StudyResults, statistics: StatisticsSettings) -> Headline:
    """Compare the chosen model with the baseline that is best on validation, on test."""
    metric = results.selection_metric
    own = find_row(results.chosen.metrics, metric, "test")
    sign = 1 if own["higher_is_better"] else -1

    def on_validation(baseline: Baseline) -> float:
        return sign * float(find_row(baseline.metrics, metric, "validation")["value"])

    def against(baseline: Baseline, by: str) -> Mapping[str, Any]:
        return results.chosen.against(baseline.name, by)

    baseline = max(results.baselines, key=on_validation)
    trivial = next((each for each in results.baselines if each.trivial), None)
    by_log_loss = results.task == "classification" and metric != "log_loss"
    return Headline(
        study=results.study,
        model=results.chosen.name,
        scale=results.chosen.scale,
        seed=results.chosen.seed,
        metric=metric,
        own=_row(own),
        baseline=baseline,
        other=_row(find_row(baseline.metrics, metric, "test")),
        against=against(baseline, metric),
        log_loss=against(baseline, "log_loss") if by_log_loss else None,
        trivial=against(trivial, metric) if trivial is not None else None,
        trivial_title=trivial.title if trivial is not None else "",
        confidence=wording.format_share(statistics.confidence, 0),
        margin=statistics.margin,
    )


def _row(figures: pd.Series) -> dict[str, Any]:
    return {str(key): value for key, value in figures.items()}


def list_contenders(results: StudyResults, metric: str, split: str) -> pd.DataFrame:
    """The chosen model and the baselines that learn: ``name, kind, value, low, high``.

    The trivial one would stretch the axis over the differences that matter; tables have it.
    """
    rows = [(say("headline.model"), "transformer", find_row(results.chosen.metrics, metric, split))]
    rows += [
        (baseline.title, "baseline", find_row(baseline.metrics, metric, split))
        for baseline in results.baselines
        if not baseline.trivial
    ]
    return pd.DataFrame(
        [
            {"name": name, "kind": kind} | figures[["value", "low", "high"]].to_dict()
            for name, kind, figures in rows
        ]
    )
