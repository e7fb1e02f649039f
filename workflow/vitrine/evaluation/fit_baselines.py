"""Fitting the classical baselines of a study: what a model of an afternoon reaches on its splits.

They are fitted on the training split, their settings chosen on validation by the metric that also
chooses the transformers; the test split is only measured.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from vitrine.data.encoding import Encoding, load_encoding
from vitrine.data.examples import class_indices
from vitrine.evaluation.baselines.baseline import MEASURED, Candidate, DomainBaselines
from vitrine.evaluation.metrics import METRICS
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.evaluation.summary import summarise
from vitrine.registry import discover
from vitrine.seeds import derive

BASELINES = discover("vitrine.evaluation.baselines", DomainBaselines, "BASELINES")
"""By domain."""


def fit_baselines(
    folder: Path, metric: str, statistics: StatisticsSettings, seed: int
) -> dict[str, Any]:
    """Fit the baselines that suit a study's data and measure them on validation and test.

    Args:
        folder: the study's data folder, as written by the stage ``prepare``.
        metric: the metric on validation that chooses a baseline's settings.
        statistics: resamples and confidence of the intervals.
        seed: base seed of the fits and the resamples.

    Returns:
        ``study``, ``task`` and ``baselines``: for each its ``title``, the chosen ``settings`` and
        ``metrics`` as in ``summarise``.
    """
    encoding = load_encoding(folder)
    fitted = {}
    for name, baseline in BASELINES[encoding.domain].baselines.items():
        best = fit_baseline(folder, name, metric, seed)
        predictions = pd.concat([best.predict(split).assign(split=split) for split in MEASURED])
        summary = summarise(predictions, encoding.task, encoding.classes, statistics, seed)
        fitted[name] = {
            "title": baseline.title,
            "settings": best.settings,
            "metrics": summary["metrics"],
        }
    return {"study": encoding.study, "task": encoding.task, "baselines": fitted}


def fit_baseline(folder: Path, name: str, metric: str, seed: int) -> Candidate:
    """Fit one baseline of a study and choose its settings on validation.

    Args:
        folder: the study's data folder.
        name: of one of the `DomainBaselines` of the study's domain.
        metric: the metric on validation that chooses the settings.
        seed: base seed of the fits.
    """
    encoding = load_encoding(folder)
    baseline = BASELINES[encoding.domain].baselines[name]
    candidates = baseline.fit(Path(folder), encoding, derive(seed, "baseline", name))
    return _choose(candidates, encoding, metric)


def _choose(candidates: Iterable[Candidate], encoding: Encoding, metric: str) -> Candidate:
    """The candidate that is best on validation; of equals the first."""
    sign = 1 if METRICS[metric].higher_is_better else -1

    def quality(candidate: Candidate) -> float:
        predictions = candidate.predict("validation")
        if encoding.task == "ranking":
            return sign * METRICS[metric](predictions["rank"].to_numpy())
        labels = class_indices(predictions["label"], encoding)
        columns = [f"probability_{name}" for name in encoding.classes]
        return sign * METRICS[metric](labels, predictions[columns].to_numpy())

    return max(candidates, key=quality)
