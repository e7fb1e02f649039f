"""Curves over the size of models, on curves that are known."""

import numpy as np
import pytest

from vitrine.evaluation.scaling import along_sizes, leave_one_size_out
from vitrine.evaluation.settings import StatisticsSettings

STATISTICS = StatisticsSettings(bootstrap=200, confidence=0.95)


@pytest.mark.parametrize(
    ("kind", "curve"),
    [
        ("linear", lambda x: 0.1 + 0.2 * x),
        ("logistic", lambda x: 1 / (1 + np.exp(-4 * (x - 2.1)))),
        ("two segments", lambda x: 0.1 + 0.5 * np.maximum(x - 2, 0)),
    ],
)
def test_the_curve_that_made_the_sizes_predicts_them_best(kind, curve):
    x = np.linspace(1, 3.5, 8)
    errors = leave_one_size_out(np.exp(x), curve(x))
    assert min(errors, key=errors.__getitem__) == kind
    assert errors[kind] < 0.02


def test_few_sizes_leave_out_curves_with_too_many_numbers():
    assert set(leave_one_size_out(np.array([1.0, 2.0, 4.0]), np.array([0, 0.5, 1.0]))) == {
        "linear",
        "logistic",
    }
    assert along_sizes(np.array([2.0, 2.0]), np.array([0.1, 0.2]), STATISTICS) is None


def test_a_ladder_may_begin_at_nothing():
    sizes = np.repeat([0.0, 1.0, 3.0], 2)
    summary = along_sizes(sizes, np.array([0.0, 0.0, 0.0, 0.0, 1.0, 1.0]), STATISTICS)
    # Half-way in the logarithm between 1 + 1 and 3 + 1.
    assert summary["breakpoint"] == pytest.approx(np.sqrt(8) - 1)
    assert summary["low"] <= summary["breakpoint"] <= summary["high"]
    assert set(summary["fits"]) == {"linear", "logistic"}
    assert all(np.isfinite(error) for error in summary["fits"].values())
