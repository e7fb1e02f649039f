"""Paired comparisons: interval and p-value agree, and both keep what they promise."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_1samp
from sklearn.metrics import roc_auc_score

from vitrine.evaluation.against import compare_with_baselines, delong, mcnemar
from vitrine.evaluation.paired import differences, of_draws, outcome
from vitrine.evaluation.settings import StatisticsSettings

FEW = StatisticsSettings(bootstrap=400)


@pytest.mark.parametrize(
    ("low", "high", "n", "said"),
    [
        (0.01, 0.3, 32, "better"),
        (0.001, 0.01, 32, "better"),
        (-0.3, -0.01, 32, "worse"),
        (-0.01, 0.01, 32, "equivalent"),
        (-0.02, 0.01, 32, "inconclusive"),
        (-0.1, 0.3, 32, "inconclusive"),
        (0.1, 0.3, 9, "inconclusive"),
        (float("nan"), float("nan"), 32, "inconclusive"),
        (-float("inf"), float("inf"), 32, "inconclusive"),
    ],
)
def test_what_an_interval_says(low: float, high: float, n: int, said: str) -> None:
    assert outcome(low, high, 0.02, n) == said


@given(st.integers(2, 40), st.integers(1, 6), st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 3]))
@settings(deadline=None, max_examples=60)
def test_an_interval_excludes_zero_exactly_where_its_p_value_is_small(
    n: int, k: int, seed: int, digits: int
) -> None:
    rng = np.random.default_rng(seed)
    values = np.round(rng.normal(0.3, 1, (n, k)), digits)
    found = differences(values, rng.uniform(0.2, 3, n), FEW, seed)
    excludes = (found.low > 0) | (found.high < 0)
    np.testing.assert_array_equal(excludes, found.p_value <= 1 - FEW.confidence)
    assert ((found.low <= found.mean) & (found.mean <= found.high)).all()


def test_one_pair_is_near_the_t_test() -> None:
    values = np.random.default_rng(0).normal(0.35, 1, (60, 1))
    found = differences(values, np.ones(60), StatisticsSettings(bootstrap=20_000), 1)
    theirs = ttest_1samp(values[:, 0], 0)
    assert found.std_error[0] == pytest.approx(values.std(ddof=1) / np.sqrt(60))
    assert found.p_value[0] == pytest.approx(theirs.pvalue, abs=0.01)
    interval = theirs.confidence_interval()
    np.testing.assert_allclose([found.low[0], found.high[0]], interval, atol=0.02)


def test_more_pairs_widen_the_intervals() -> None:
    values = np.random.default_rng(0).normal(0, 1, (40, 30))
    alone, together = (differences(part, np.ones(40), FEW, 0) for part in (values[:, :1], values))
    assert together.high[0] > alone.high[0]
    assert together.p_value[0] >= alone.p_value[0]


@pytest.mark.parametrize("shape", ["normal", "skewed", "weighted"])
def test_simultaneous_intervals_hold_together(shape: str) -> None:
    """Of 300 studies without any difference, at most about one in twenty finds one."""
    wrong = 0
    for study in range(300):
        rng = np.random.default_rng([study, 7])
        values = rng.normal(size=(32, 10)) + rng.normal(size=(32, 1))
        weights = rng.choice([0.4, 1.6], 32) if shape == "weighted" else np.ones(32)
        if shape == "skewed":
            values = rng.exponential(size=(32, 10)) - 1
        found = differences(values, weights, FEW, study)
        wrong += bool((found.p_value <= 0.05).any())
    # The 99.9% point of a binomial of 300 and .05 is 27; skewness costs a little.
    assert wrong <= 27


@given(st.integers(100, 400), st.floats(-3, 3), st.integers(0, 1000))
@settings(deadline=None, max_examples=40)
def test_percentile_interval_and_p_value_agree(count: int, shift: float, seed: int) -> None:
    draws = np.random.default_rng(seed).normal(shift, 1, count)
    low, high, p = of_draws(draws, 0.95)
    assert (low > 0 or high < 0) == (p <= 0.05)


def test_no_draws_conclude_nothing() -> None:
    low, high, p = of_draws(np.full(5, np.nan), 0.95)
    assert np.isnan([low, high]).all()
    assert p == 1


def test_delong_by_its_components() -> None:
    rng = np.random.default_rng(3)
    positive = rng.random(80) < 0.4
    scores = np.round(rng.normal(positive * 1.2, 1), 1)
    others = np.round(rng.normal(positive * 0.6, 1), 1)

    def components(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        above = values[positive][:, None] - values[~positive]
        kernel = (above > 0) + 0.5 * (above == 0)
        return kernel.mean(axis=1), kernel.mean(axis=0)

    first, second = components(scores), components(others)
    variance = sum(np.var(a - b, ddof=1) / len(a) for a, b in zip(first, second, strict=True))
    low, high, p = delong(positive, scores, others, 0.95)
    difference = roc_auc_score(positive, scores) - roc_auc_score(positive, others)
    assert (low + high) / 2 == pytest.approx(difference)
    assert high - low == pytest.approx(2 * 1.959964 * np.sqrt(variance))
    assert (p <= 0.05) == (low > 0 or high < 0)
    assert delong(positive, scores, scores, 0.95) == (0, 0, 1)


def test_mcnemar_counts_where_one_alone_is_right() -> None:
    right = np.array([True] * 8 + [False] * 2 + [True] * 90)
    other = np.array([False] * 8 + [True] * 2 + [True] * 90)
    assert mcnemar(right, other) == pytest.approx(2 * (1 + 10 + 45) / 2**10)
    assert mcnemar(right, right) == 1


def predictions(shift: float, seed: int, n: int = 400) -> pd.DataFrame:
    labels = np.random.default_rng(0).choice(["bad", "good"], n)
    score = np.random.default_rng(seed).normal(np.where(labels == "good", shift, -shift), 1)
    good = 1 / (1 + np.exp(-2 * score))
    frame = pd.DataFrame({"split": "test", "label": labels, "probability_bad": 1 - good})
    return frame.assign(probability_good=good)


def test_a_model_is_compared_with_every_baseline_by_every_metric() -> None:
    baselines = pd.concat(
        [predictions(0.3, 1).assign(baseline="weak"), predictions(1.0, 2).assign(baseline="equal")]
    )
    rows = compare_with_baselines(
        predictions(1.0, 3), baselines, "classification", ["bad", "good"], FEW, 0
    )
    found = {(row["baseline"], row["metric"]): row for row in rows}
    assert found["weak", "auc"]["test"] == "DeLong"
    for metric in ("auc", "log_loss", "accuracy"):
        assert found["weak", metric]["outcome"] == "better"
        assert found["weak", metric]["difference"] > 0
        assert found["equal", metric]["outcome"] != "better"
    assert found["weak", "accuracy"]["p_mcnemar"] < 0.001


def test_a_baseline_of_other_rows_is_refused() -> None:
    other = predictions(1.0, 2).iloc[::-1].assign(baseline="turned")
    with pytest.raises(ValueError, match="the baseline turned has other rows of test"):
        compare_with_baselines(
            predictions(1.0, 3), other, "classification", ["bad", "good"], FEW, 0
        )
