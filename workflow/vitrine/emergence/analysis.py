"""What the curves of all sizes and seeds of an ability say together."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from vitrine.emergence.ability import Anchors
from vitrine.emergence.fits import leave_one_size_out
from vitrine.emergence.progress import crossing, mean_over_seeds, width_in_decades, wilson

# What the metrics of symbols are for a guess at random among so many, and at best.
METRICS = ("exact_match", "product", "accuracy", "nll", "brier")
# Measures of the mechanism that may run ahead of the ability or behind it.
MECHANISMS = ("previous", "induction", "fourier_share")
# Widths under two metrics that differ by less than the first factor are alike; from the second on
# the harsh metric makes most of the sharpness.
ALIKE, MOST = 1.25, 2.0


@dataclass(frozen=True)
class Statistics:
    """How sure the figures are to be: resamples, confidence, and what counts as success."""

    resamples: int
    confidence: float
    success: float


def metric_anchors(symbols: int, positions: int) -> dict[str, Anchors]:
    """Anchors of the metrics of symbols: a uniform guess, and no error at all."""
    chance = symbols**-positions
    values = {
        "exact_match": (chance, 1.0),
        "product": (chance, 1.0),
        "accuracy": (1 / symbols, 1.0),
        "nll": (math.log(symbols), 0.0),
        "brier": (1 - 1 / symbols, 0.0),
    }
    return {name: Anchors(name, *pair, {}) for name, pair in values.items()}


def _curve(curves: pd.DataFrame, seed: int, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Steps from 1 on and values of a metric, float [n] each."""
    own = curves[(curves.seed == seed) & (curves.metric == metric) & (curves.step > 0)]
    own = own.sort_values("step")
    return own.step.to_numpy(float), own.value.to_numpy(float)


def emergence(
    curves: pd.DataFrame, evaluation: pd.DataFrame, anchors: Anchors, statistics: Statistics
) -> dict[str, Any]:
    """One size: its end, its success rate, and when and how sharply it emerges in training.

    Args:
        curves: ``seed, step, metric, value``.
        evaluation: ``seed, checkpoint, step, metric, value``.
        anchors: of the ability.
        statistics: how sure the figures are to be.

    Returns:
        Plain names to numbers; ``progress``, ``breakpoint`` (steps) and ``sharpness`` (decades of
        steps) have a mean, an interval over seeds, the number of seeds that have one, and the
        values of single seeds. ``early`` seeds have no breakpoint because they are half-way at the
        first measurement already.
    """
    ends = evaluation[(evaluation.checkpoint == "end") & (evaluation.metric == anchors.metric)]
    ends = ends.sort_values("seed")
    progress = np.asarray(anchors.progress(ends.value.to_numpy(float)))
    steps, widths, early = [], [], 0
    for seed in ends.seed:
        x, values = _curve(curves, seed, anchors.metric)
        g = np.asarray(anchors.progress(values))
        steps.append(crossing(x, g, 0.5))
        widths.append(width_in_decades(x, g))
        early += int(g[0] >= 0.5)
    successes = int((progress >= statistics.success).sum())
    low, high = wilson(successes, len(progress), statistics.confidence)

    def over_seeds(values: Any) -> dict[str, Any]:
        array = np.asarray(values, dtype=float)
        found = mean_over_seeds(array, statistics.resamples, statistics.confidence)
        return {**found, "seeds": array.tolist()}

    return {
        "value": over_seeds(ends.value),
        "progress": over_seeds(progress),
        "successes": successes,
        "trainings": len(progress),
        "success_low": low,
        "success_high": high,
        "breakpoint": over_seeds(steps),
        "early": early,
        "sharpness": over_seeds(widths),
    }


def lags(curves: pd.DataFrame, anchors: Anchors, statistics: Statistics) -> dict[str, Any]:
    """How many steps a measure of the mechanism is half-way before the ability is.

    A measure is half-way where it has made half of its way from the first to the highest value of
    its seed; positive numbers say that the mechanism leads.
    """
    found = {}
    measured = set(curves.metric)
    for measure in (name for name in MECHANISMS if name in measured):
        leads = []
        for seed in sorted(curves.seed.unique()):
            x, values = _curve(curves, seed, anchors.metric)
            _, scores = _curve(curves, seed, measure)
            rise = (scores - scores[0]) / max(np.ptp(scores), 1e-12)
            own = crossing(x, np.asarray(anchors.progress(values)), 0.5)
            leads.append(own - crossing(x, rise, 0.5 * rise.max()))
        found[measure] = mean_over_seeds(
            np.array(leads), statistics.resamples, statistics.confidence
        )
    return found


def by_metric(
    curves: pd.DataFrame, symbols: int, positions: int, statistics: Statistics
) -> list[dict[str, Any]]:
    """The same trainings under metrics that are harsh or mild: breakpoint and width of each."""
    rows = []
    for name, anchors in metric_anchors(symbols, positions).items():
        steps, widths = [], []
        for seed in sorted(curves.seed.unique()):
            x, values = _curve(curves, seed, name)
            g = np.asarray(anchors.progress(values))
            steps.append(crossing(x, g, 0.5))
            widths.append(width_in_decades(x, g))
        options = statistics.resamples, statistics.confidence
        rows.append(
            {
                "metric": name,
                "breakpoint": mean_over_seeds(np.array(steps), *options),
                "sharpness": mean_over_seeds(np.array(widths), *options),
            }
        )
    return rows


def metric_verdict(rows: list[dict[str, Any]], floor: float) -> dict[str, Any]:
    """Is the jump real, or made by the metric? From the widths.

    Args:
        rows: as `by_metric` gives them.
        floor: the least share that the test items can resolve.

    Returns:
        ``jump``: ``most`` or ``part`` where the metric makes that much of it, ``real``, or None
        where the trainings do not go from 10% to 90% under both metrics; ``harsh`` and ``mild``:
        widths under exact match and NLL, in decades of steps; their ``ratio``; ``floor``.
    """
    widths = {row["metric"]: row["sharpness"]["mean"] for row in rows}
    harsh, mild = widths["exact_match"], widths["nll"]
    ratio = mild / harsh
    if math.isnan(ratio):
        jump = None
    elif ratio >= MOST:
        jump = "most"
    else:
        jump = "part" if ratio > ALIKE else "real"
    return {"jump": jump, "harsh": harsh, "mild": mild, "ratio": ratio, "floor": floor}


def along_sizes(
    sizes: np.ndarray, progress: np.ndarray, statistics: Statistics
) -> dict[str, Any] | None:
    """Emergence along a ladder of sizes; None where there is but one.

    All is measured in log size, or where a ladder begins at 0 in the logarithm of one more.

    Args:
        sizes: float [n], of single trainings.
        progress: float [n], at the end of each.
        statistics: how sure the figures are to be.
    """
    more = float(sizes.min() <= 0)
    sizes = sizes + more
    known = np.unique(sizes)
    if len(known) < 2:
        return None
    means = np.array([progress[sizes == size].mean() for size in known])
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(statistics.resamples):
        again = [
            rng.choice(progress[sizes == size], (sizes == size).sum()).mean() for size in known
        ]
        draws.append(crossing(known, np.array(again), 0.5))
    known_draws = np.array(draws)[~np.isnan(draws)]
    tail = (1 - statistics.confidence) / 2
    low, high = (
        np.quantile(known_draws, [tail, 1 - tail]) if len(known_draws) else (math.nan, math.nan)
    )
    return {
        "breakpoint": crossing(known, means, 0.5) - more,
        "low": float(low) - more,
        "high": float(high) - more,
        "sharpness": width_in_decades(known, means),
        "fits": leave_one_size_out(sizes, progress),
    }


def plain(value: Any) -> Any:
    """What JSON can hold: NaN becomes None."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and math.isnan(value):
        return None
    return value
