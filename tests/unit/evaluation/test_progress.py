"""Progress: breakpoints, widths, intervals over seeds and the in-context learning score."""

import math

import numpy as np
import pytest

from vitrine.evaluation.progress import (
    crossing,
    late_less_early,
    mean_over_seeds,
    nan_to_none,
    width_in_decades,
    wilson,
)
from vitrine.evaluation.settings import StatisticsSettings


def test_a_crossing_is_interpolated_in_log_steps():
    x = np.array([1.0, 10.0, 100.0, 1000.0])
    g = np.array([0.0, 0.2, 0.8, 1.0])
    assert crossing(x, g, 0.5) == pytest.approx(10**1.5)
    assert math.isnan(crossing(x, g, 1.1))
    assert math.isnan(crossing(x, g, -0.1))
    assert width_in_decades(x, g) == pytest.approx(2.5 - 0.5)


def test_wilson_is_that_of_scipy():
    from scipy.stats import binomtest

    for successes, n in ((0, 5), (5, 5), (3, 7)):
        low, high = wilson(successes, n, 0.95)
        expected = binomtest(successes, n).proportion_ci(0.95, method="wilson")
        assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_means_over_seeds_leave_out_nan():
    statistics = StatisticsSettings(bootstrap=500, confidence=0.95)
    mean = mean_over_seeds(np.array([1.0, 2.0, 3.0, np.nan]), statistics)
    assert mean["mean"] == 2
    assert mean["n"] == 3
    assert 1 <= mean["low"] < 2 < mean["high"] <= 3
    assert mean_over_seeds(np.array([np.nan]), statistics)["n"] == 0


def test_late_less_early_is_below_zero_where_the_loss_falls():
    assert late_less_early(np.linspace(2, 1, 16)) == pytest.approx(-14 / 15)
    assert late_less_early(np.array([3.0, 1.0])) == -2


def test_nan_becomes_none_at_every_depth():
    nested = {"a": [1.0, math.nan, ("b", math.nan)], "c": {"d": math.nan}}
    assert nan_to_none(nested) == {"a": [1.0, None, ["b", None]], "c": {"d": None}}
