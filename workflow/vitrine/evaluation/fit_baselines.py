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
from vitrine.evaluation.baselines.baseline import (
    MEASURED,
    Baseline,
    Candidate,
    DomainBaselines,
    class_frequencies,
)
from vitrine.evaluation.metrics import METRICS
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.evaluation.summary import summarise
from vitrine.registry import discover
from vitrine.seeds import derive

BASELINES = discover("vitrine.evaluation.baselines", DomainBaselines, "BASELINES")
"""By domain."""


PRIOR = Baseline("Class frequencies", class_frequencies, trivial=True)
"""Of classifiers in every domain."""


def baselines_of(encoding: Encoding) -> dict[str, Baseline]:
    """The baselines of a study by name, trivial ones first."""
    prior = {"class_frequencies": PRIOR} if encoding.task == "classification" else {}
    return prior | BASELINES[encoding.domain].baselines


def fit_baselines(
    folder: Path, metric: str, statistics: StatisticsSettings, seed: int
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Fit the baselines that suit a study's data and measure them on validation and test.

    Args:
        folder: the study's data folder, as written by the stage ``prepare``.
        metric: the metric on validation that chooses a baseline's settings.
        statistics: resamples and confidence of the intervals.
        seed: base seed of the fits and the resamples.

    Returns:
        ``study``, ``task`` and ``baselines``: for each its ``title``, if it is ``trivial``, the
        chosen ``settings`` and ``metrics`` as in ``summarise``; and the predictions, with a column
        ``baseline``.
    """
    encoding = load_encoding(folder)
    fitted, tables = {}, []
    for name, baseline in baselines_of(encoding).items():
        best = fit_baseline(folder, name, metric, seed)
        predictions = pd.concat([best.predict(split).assign(split=split) for split in MEASURED])
        summary = summarise(predictions, encoding.task, encoding.classes, statistics, seed)
        tables.append(predictions.assign(baseline=name))
        fitted[name] = {
            "title": baseline.title,
            "trivial": baseline.trivial,
            "settings": best.settings,
            "metrics": summary["metrics"],
        }
    facts = {"study": encoding.study, "task": encoding.task, "baselines": fitted}
    return facts, pd.concat(tables, ignore_index=True)


def fit_baseline(folder: Path, name: str, metric: str, seed: int) -> Candidate:
    """Fit one baseline of a study and choose its settings on validation.

    Args:
        folder: the study's data folder.
        name: of one of the `DomainBaselines` of the study's domain.
        metric: the metric on validation that chooses the settings.
        seed: base seed of the fits.
    """
    encoding = load_encoding(folder)
    baseline = baselines_of(encoding)[name]
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
