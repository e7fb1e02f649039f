"""The test for a break in the loss: its statistic on known curves, and its error rates."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from vitrine.emergence.breaks import BREAK, abruptness, judge, observed, outcome, windows
from vitrine.emergence.losses import ItemLosses, stack
from vitrine.evaluation.settings import StatisticsSettings

STATISTICS = StatisticsSettings(bootstrap=200, confidence=0.95)
# Dense enough that interpolation does not matter.
STEPS = np.geomspace(1, 100, 2000)


def load_benchmark():
    path = Path(__file__).parents[3] / "benchmarks" / "emergence_breaks.py"
    spec = importlib.util.spec_from_file_location("emergence_breaks", path)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BENCHMARK = load_benchmark()


def of_curve(curve):
    found = abruptness(np.concatenate([curve[:1], curve]), windows(STEPS))
    # A loss that never rises has no noise.
    assert found.least == pytest.approx(found.most)
    return float(found.most), float(found.steps)


def test_abruptness_in_closed_form():
    # A power law decelerates: -(1 - 2^-c)^2 everywhere, here also where the loss has fallen to 1/4.
    for exponent in (0.1, 0.5, 1.0):
        value, _ = of_curve(STEPS**-exponent)
        assert value == pytest.approx(-((1 - 2**-exponent) ** 2), abs=1e-3)
    assert of_curve(10 - np.log(STEPS))[0] == pytest.approx(0, abs=1e-3)
    jump, step = of_curve(np.where(STEPS < 10, 2.0, 0.0))
    assert jump == pytest.approx(1)
    assert 5 <= step <= 10
    # A loss that falls in proportion to the steps: 1/3.
    assert of_curve(np.maximum(1 - STEPS / 50, 0))[0] == pytest.approx(1 / 3, abs=0.01)


@pytest.mark.parametrize(("factor", "value"), [(2.0, 0.723), (2.77, 0.5), (4.0, 0.34), (10, 0.156)])
def test_abruptness_of_logistic_curves(factor, value):
    steep = 2 * np.log(9) / np.log(factor)
    found, _ = of_curve(1 / (1 + (STEPS / 12) ** steep))
    assert found == pytest.approx(value, abs=0.01)


def test_abruptness_does_not_depend_on_the_scale_of_the_loss_and_sees_no_break_in_zeros():
    curve = np.where(STEPS < 10, 1.0, 0.3)
    assert of_curve(curve)[0] == pytest.approx(of_curve(7 * curve)[0]) == pytest.approx(0.7)
    assert of_curve(np.zeros(len(STEPS)))[0] == 0


def test_noise_makes_no_break():
    # The largest of many noisy excesses is large; the bound against noise is not.
    rng = np.random.default_rng(0)
    steps = np.arange(1.0, 41)
    curve = np.exp(0.4 * rng.standard_normal((50, 41)))
    found = abruptness(curve, windows(steps))
    assert found.most.mean() > BREAK
    assert (found.least < 0).all()
    # A jump that is much larger than the noise passes the bound.
    jump = np.where(np.arange(41) < 12, 1, 0.02) * np.exp(0.05 * rng.standard_normal((50, 41)))
    found = abruptness(jump, windows(steps))
    assert found.least.min() > 0.7
    assert (found.least <= found.most).all()


def test_a_loss_that_vanishes_before_it_is_measured_cannot_be_judged():
    spans = windows(np.array([10.0, 20, 30, 40, 50]))
    assert observed(np.array([3.0, 3, 2.9, 1, 0, 0]), spans)
    assert not observed(np.array([3.0, 3, 0.1, 0.1, 0, 0]), spans)
    short = windows(np.array([10.0, 20, 30]))
    assert not observed(np.array([3.0, 3, 2, 1]), short)


def losses_of(curves, exact=None):
    """Losses of the same two items at steps 0, 10, ..., from curves [seeds, measurements]."""
    values = {"nll": curves} | ({} if exact is None else {"exact_match": exact})
    steps = 10 * np.arange(np.shape(curves)[1])
    return ItemLosses(
        steps,
        {
            name: np.repeat(np.array(each, dtype=np.float32)[..., None], 2, axis=-1)
            for name, each in values.items()
        },
    )


PLATEAU = [3.0, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0]
LINE = [3.0, *(2 - 0.5 * np.log(np.arange(1, 15)))]


def test_the_same_runs_count_for_all_metrics():
    losses = losses_of([PLATEAU] * 4 + [LINE], exact=[LINE] * 4 + [PLATEAU])
    found = judge(losses, np.array([True, True, True, False, False]), STATISTICS)
    assert found["outcome"] == "break"
    assert (found["runs"], found["trainings"], found["seeds"]) == (3, 5, [0, 1, 2])
    nll, exact = found["metrics"]
    assert (nll["metric"], exact["metric"]) == ("nll", "exact_match")
    assert nll["mean"] == pytest.approx(1)
    assert (nll["low"], nll["high"]) == pytest.approx((1, 1))
    assert nll["values"] == pytest.approx([1, 1, 1])
    assert exact["mean"] == pytest.approx(0, abs=0.05)


def test_runs_that_differ_widen_the_interval_by_student():
    curves = np.array([PLATEAU, PLATEAU, LINE])
    found = judge(losses_of(curves), np.ones(3, dtype=bool), StatisticsSettings(bootstrap=4000))
    (row,) = found["metrics"]
    values = np.array(row["values"])
    half = 4.303 * values.std(ddof=1) / 3**0.5
    assert row["mean"] == pytest.approx(values.mean())
    assert row["high"] - row["mean"] == pytest.approx(half, rel=0.05)
    assert row["mean"] - row["low"] == pytest.approx(half, rel=0.05)
    assert found["outcome"] == "inconclusive"


def test_two_runs_are_too_few():
    found = judge(losses_of([PLATEAU] * 3), np.array([True, True, False]), STATISTICS)
    assert (found["outcome"], found["runs"]) == ("few", 2)
    assert found["metrics"][0]["low"] is None
    none = judge(losses_of([PLATEAU] * 3), np.zeros(3, dtype=bool), STATISTICS)
    assert (none["outcome"], none["metrics"]) == ("few", [])


def test_items_are_drawn_alike_for_all_runs():
    # Half of the items jump and half do not: with identical runs, only items make the interval.
    rng = np.random.default_rng(0)
    jumps = rng.random(40) < 0.5
    curve = np.where(jumps, np.array(PLATEAU)[:, None], np.array(LINE)[:, None])
    losses = ItemLosses(10 * np.arange(15), {"nll": np.stack([curve] * 3).astype(np.float32)})
    (row,) = judge(losses, np.ones(3, dtype=bool), StatisticsSettings(bootstrap=2000))["metrics"]
    assert row["values"] == pytest.approx([row["mean"]] * 3)
    assert 0.1 < row["high"] - row["low"] < 1.5


@pytest.mark.parametrize(
    ("loss", "exact", "expected"),
    [
        ((None, None), None, "few"),
        ((0.51, 0.9), None, "break"),
        ((0.51, 0.9), (0.2, 0.3), "break"),
        ((0.5, 0.9), None, "inconclusive"),
        ((0.2, 0.5), (0.8, 0.9), "inconclusive"),
        ((0.1, 0.49), None, "smooth"),
        ((0.1, 0.49), (0.1, 0.4), "smooth"),
        ((0.1, 0.49), (0.6, 0.9), "metric"),
        ((0.1, 0.49), (0.4, 0.9), "half"),
    ],
)
def test_the_outcome_follows_the_intervals(loss, exact, expected):
    assert BREAK == 0.5
    rows = [
        {"metric": name, "low": span[0], "high": span[1]}
        for name, span in (("nll", loss), ("accuracy", (0.9, 1)), ("exact_match", exact))
        if span is not None
    ]
    assert outcome(rows) == expected
    assert outcome([]) == "few"


@pytest.mark.parametrize(
    "name", ["power law, exponent 0.5", "proportional to steps", "logistic, factor 3"]
)
@pytest.mark.parametrize("noise", [0.02, 0.1])
def test_smooth_losses_have_a_break_in_at_most_five_percent(name, noise):
    counts = BENCHMARK.outcomes(
        BENCHMARK.SMOOTH[name], BENCHMARK.Setting(noise=noise), runs=60, resamples=100
    )
    assert sum(counts.values()) == 60
    assert counts["break"] <= 3


def test_breaks_are_found_and_smooth_losses_are_called_so():
    setting = BENCHMARK.Setting()
    for name in ("jump", "logistic, factor 1.5"):
        counts = BENCHMARK.outcomes(BENCHMARK.BROKEN[name], setting, runs=30, resamples=100)
        assert counts["break"] >= 24
        assert counts["break"] + counts["inconclusive"] == 30
    counts = BENCHMARK.outcomes(
        BENCHMARK.SMOOTH["power law, exponent 1"], setting, runs=30, resamples=100
    )
    assert counts["smooth"] + counts["metric"] + counts["half"] >= 24


def test_losses_are_kept_as_they_were(tmp_path):
    run = [{"nll": np.array([1.0, 2.0])}, {"nll": np.array([0.5, 0.25])}]
    stack([0, 10], [run, run[::-1]]).save(tmp_path / "losses.npz")
    found = ItemLosses.load(tmp_path / "losses.npz")
    assert found.steps.tolist() == [0, 10]
    assert found.values["nll"].tolist() == [[[1, 2], [0.5, 0.25]], [[0.5, 0.25], [1, 2]]]
    stack([0, 10], [[{}, {}]]).save(tmp_path / "none.npz")
    assert ItemLosses.load(tmp_path / "none.npz").values == {}
