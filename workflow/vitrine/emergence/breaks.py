"""Does a loss break during training, or does it fall smoothly?

A metric that counts perfect answers only can jump while the probabilities behind it improve
smoothly (Schaeffer et al. 2023, arXiv 2304.15004, on Wei et al. 2022, arXiv 2206.07682). So the
question is put to the loss per test item, the negative log-likelihood, along the logarithm of the
steps.

The statistic is a contrast of two phases, as in regression with a change point (Hinkley 1971), on a
fixed scale of one doubling of the steps. For a loss L, of which 0 is the optimum, and a step t,

    excess(t) = [(L(t) - L(2t)) - (L(t/2) - L(t))] / L(t/2)

is the share of the loss on the plateau before t, L(t/2), that the doubling after t removes, beyond
what the doubling before t removed. The *abruptness* of a run is its maximum over t. A power law
t^-c decelerates: its abruptness is -(1 - 2^-c)^2. A straight line in log steps has 0, and a plateau
that ends in a jump to the optimum has 1. A logistic curve in log steps has 0.5 if it goes from 10%
to 90% while the steps grow by a factor of 2.8. This is the definition of a break: an abruptness
above ``BREAK``.

``benchmarks/emergence_breaks.py`` measures the error rates on simulated trainings.
"""

from typing import Any, NamedTuple

import numpy as np

from vitrine.emergence.losses import ItemLosses
from vitrine.evaluation.bootstrap import bootstrap
from vitrine.evaluation.settings import StatisticsSettings

# Abruptness above which a curve has a break.
BREAK = 0.5
# Share of the untrained model's loss that a plateau has at least: at smaller losses the ratio is
# noise.
PLATEAU = 0.25
# Training runs that an interval takes at least.
FEWEST_RUNS = 3
# Steps t at which the contrast is evaluated.
GRID = 60


class Windows(NamedTuple):
    """Linear interpolation in log steps at t/2, t and 2t of every window.

    ``before``, ``onset`` and ``after`` are float64 [measurements, windows], ``steps`` float64
    [windows]: the steps t. Measurements are those of steps above 0.
    """

    before: np.ndarray
    onset: np.ndarray
    after: np.ndarray
    steps: np.ndarray


def windows(steps: np.ndarray) -> Windows:
    """The windows of a training.

    Args:
        steps: float [measurements], rising and above 0.

    Returns:
        The windows; none where the measurements span less than two doublings.
    """
    x, doubling = np.log(steps), np.log(2)
    low, high = x[0] + doubling, x[-1] - doubling
    onsets = np.linspace(low, high, GRID if low <= high else 0)
    return Windows(
        _interpolation(x, onsets - doubling),
        _interpolation(x, onsets),
        _interpolation(x, onsets + doubling),
        np.exp(onsets),
    )


def _interpolation(x: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Weights of the values at x, float64 [n, m], that interpolate linearly at m places."""
    left = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
    share = (at - x[left]) / (x[left + 1] - x[left])
    weights = np.zeros((len(x), len(at)))
    columns = np.arange(len(at))
    weights[left, columns] = 1 - share
    weights[left + 1, columns] += share
    return weights


class Abruptness(NamedTuple):
    """The abruptness of curves, float64 [...] each.

    ``most`` is the maximum of the excess, which noise can only raise. ``least`` guards against
    noise: in its differences, L(t) is the lowest loss up to t and L(2t) the highest from 2t on. On
    a loss that never rises the two are equal. ``steps`` are the steps t of ``most``.
    """

    least: np.ndarray
    most: np.ndarray
    steps: np.ndarray


def abruptness(losses: np.ndarray, spans: Windows) -> Abruptness:
    """The abruptness of curves; 0 for a loss that is 0 throughout.

    Args:
        losses: float [..., 1 + measurements], of the untrained model and at every step above 0.
        spans: the windows of these steps, at least one.
    """
    untrained, curve = losses[..., :1], losses[..., 1:]
    lowest = np.minimum.accumulate(curve, axis=-1)
    highest = np.maximum.accumulate(curve[..., ::-1], axis=-1)[..., ::-1]
    plateau = curve @ spans.before
    counts = (plateau > 0) & (plateau >= PLATEAU * untrained)

    def shares(onset: np.ndarray, after: np.ndarray) -> np.ndarray:
        excess = 2 * (onset @ spans.onset) - plateau - after @ spans.after
        return np.where(counts, excess / np.where(counts, plateau, 1.0), -np.inf)

    most = shares(curve, curve)
    values = [each.max(axis=-1) for each in (shares(lowest, highest), most)]
    least, greatest = (np.where(np.isfinite(each), each, 0.0) for each in values)
    return Abruptness(least, greatest, spans.steps[most.argmax(axis=-1)])


def observed(losses: np.ndarray, spans: Windows) -> np.ndarray:
    """Which curves can show a break: the loss is still high where the first window opens.

    Args:
        losses: float [..., 1 + measurements], as for `abruptness`.
        spans: the windows.

    Returns:
        bool [...]; False where most of the loss vanishes before two measurements have seen it, or
        where there is no window.
    """
    if len(spans.steps) == 0:
        return np.zeros(losses.shape[:-1], dtype=bool)
    first = losses[..., 1:] @ spans.onset[:, 0]
    held: np.ndarray = first >= PLATEAU * losses[..., 0]
    return held


def judge(
    losses: ItemLosses, successful: np.ndarray, statistics: StatisticsSettings
) -> dict[str, Any]:
    """Whether the loss breaks, under every metric and on the same training runs and test items.

    Runs count that succeed and whose loss was measured before it vanished. The interval is that of
    the mean over runs: the standard error of a bootstrap that draws runs and test items with
    replacement, all metrics with the same draws, times Student's quantile for the number of runs
    less 1 (with few clusters, normal quantiles are too small: Cameron, Gelbach and Miller 2008).
    It reaches from below ``least`` to above ``most`` (see `Abruptness`), since the maximum over
    steps turns noise into abruptness.

    Args:
        losses: of all runs; the first metric is the log-likelihood, or its distance to the optimum.
        successful: bool [seeds].
        statistics: resamples and confidence level.

    Returns:
        ``outcome`` (see `outcome`), ``runs`` (how many count), ``trainings``, ``seeds`` (which),
        and ``metrics``: for each its name ``metric``, ``mean, low, high`` of its abruptness
        (half-way between ``least`` and ``most``; the interval is None below `FEWEST_RUNS` runs),
        ``steps`` (the mean step of the onset) and the values of single runs, ``values``.
    """
    spans = windows(losses.steps[1:].astype(float))
    names = list(losses.values)
    seen = observed(losses.values[names[0]].mean(axis=-1, dtype=float), spans)
    seeds = np.flatnonzero(successful & seen)
    rows = []
    draws = _draw_runs(len(seeds), statistics)
    for name in names if len(seeds) else ():
        values = losses.values[name][seeds].astype(float)
        found = abruptness(values.mean(axis=-1), spans)
        points = (found.least + found.most) / 2
        low, high = _interval(values, spans, draws, statistics)
        row = {"metric": name, "mean": float(points.mean()), "low": low, "high": high}
        rows.append(row | {"steps": float(found.steps.mean()), "values": points.tolist()})
    return {
        "outcome": outcome(rows),
        "runs": len(seeds),
        "trainings": len(successful),
        "seeds": seeds.tolist(),
        "metrics": rows,
    }


def _draw_runs(runs: int, statistics: StatisticsSettings) -> np.ndarray:
    """Training runs drawn with replacement: int64 [resamples, runs]."""
    rng = np.random.default_rng(1)
    return rng.integers(0, max(runs, 1), (statistics.bootstrap, runs))


def _interval(
    values: np.ndarray, spans: Windows, runs: np.ndarray, statistics: StatisticsSettings
) -> tuple[float | None, float | None]:
    """The interval of the mean abruptness of runs, float64 [runs, measurements, items]."""
    from scipy.stats import t

    count, _, items = values.shape
    if count < FEWEST_RUNS:
        return None, None
    flat = values.reshape(-1, items).T / items

    def of_items(weights: np.ndarray) -> np.ndarray:
        curves = (weights @ flat).reshape(len(weights), count, -1)
        return np.stack(abruptness(curves, spans)[:2], axis=-1)

    drawn = bootstrap(of_items, items, statistics.bootstrap, seed=0)
    means = np.take_along_axis(drawn, runs[..., None], axis=1).mean(axis=1)
    # A bootstrap of n runs has (n - 1) / n of the variance.
    errors = means.std(axis=0, ddof=1) * (count / (count - 1)) ** 0.5
    halves = t.ppf((1 + statistics.confidence) / 2, count - 1) * errors
    least, most, _ = abruptness(values.mean(axis=-1), spans)
    return float(least.mean() - halves[0]), float(most.mean() + halves[1])


def outcome(rows: list[dict[str, Any]]) -> str:
    """What the intervals of abruptness show.

    Args:
        rows: ``metrics`` of `judge`: the log-likelihood first; ``exact_match`` may be among them.

    Returns:
        ``few``: no interval; ``break``: the loss has a break; ``inconclusive``: its interval holds
        `BREAK`; ``smooth``: neither it nor exact match has a break (or there is no exact match);
        ``metric``: it has none, and exact match has one; ``half``: it has none, and the interval of
        exact match holds `BREAK`.
    """
    if not rows or rows[0]["low"] is None:
        return "few"
    if rows[0]["low"] > BREAK:
        return "break"
    if rows[0]["high"] >= BREAK:
        return "inconclusive"
    exact = [row for row in rows if row["metric"] == "exact_match"]
    if not exact or exact[0]["high"] < BREAK:
        return "smooth"
    return "metric" if exact[0]["low"] > BREAK else "half"
