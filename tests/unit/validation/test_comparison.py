"""Comparisons of methods and the verdict, on tables whose answer is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, wilcoxon

from vitrine.evaluation.settings import StatisticsSettings
from vitrine.validation.comparison import compare
from vitrine.validation.paired_tests import holm, rank_biserial, signed_rank_test
from vitrine.validation.verdict import LEADING, judge

STATISTICS = StatisticsSettings(bootstrap=500, confidence=0.95)


def table(means, noise=0.05, n=32, measure=LEADING, seed=0):
    """Methods that differ by their mean on instances that differ far more."""
    rng = np.random.default_rng(seed)
    rows = []
    for split in ("validation", "test"):
        shared = rng.normal(0, 1, n)
        rows += [
            (split, i, method, measure, mean + shared[i] + noise * rng.normal())
            for method, mean in means.items()
            for i in range(n)
        ]
    return pd.DataFrame(rows, columns=["split", "instance", "method", "measure", "value"])


def judged(frame):
    return judge(
        frame,
        compare(frame, STATISTICS, 0),
        STATISTICS,
        0,
        floor="random",
        rivals=("occlusion", "rollout"),
    )


def test_holm_by_hand():
    """The smallest of four counts four times, the next three times, never less than the last."""
    found = holm(np.array([0.03, 0.01, 0.02, 0.9]))
    np.testing.assert_allclose(found, [0.06, 0.04, 0.06, 0.9])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_monotone_and_between_the_plain_and_bonferronis_p_value(values):
    p = np.array(values)
    adjusted = holm(p)
    assert (adjusted >= p).all()
    assert (adjusted <= np.minimum(1, len(p) * p) + 1e-12).all()
    assert (np.diff(adjusted[np.argsort(p)]) >= 0).all()
    # Controlling any false rejection asks more than controlling their share.
    assert (adjusted >= false_discovery_control(p) - 1e-12).all()


SIZES = st.lists(st.integers(-40, 40).map(float), min_size=1, max_size=70)


@given(SIZES)
@settings(deadline=None)
def test_the_signed_rank_test_is_that_of_scipy(values):
    moved = np.array([value for value in values if value])
    if len(moved) == 0:
        assert signed_rank_test(np.array(values)) == 1
        return
    distinct = len(np.unique(np.abs(moved))) == len(moved) <= 50
    method = "exact" if distinct else "asymptotic"
    expected = wilcoxon(moved, method=method).pvalue
    assert signed_rank_test(np.array(values)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("n", [1, 6, 32, 50, 51])
def test_the_signed_rank_test_of_differences_without_ties(n):
    moved = np.random.default_rng(n).normal(0.3, 1, n)
    assert signed_rank_test(moved) == pytest.approx(wilcoxon(moved).pvalue, abs=1e-12)


def test_rank_biserial_by_hand():
    assert rank_biserial(np.array([1.0, 2, 3])) == 1
    assert rank_biserial(np.array([-1.0, -2])) == -1
    # Ranks 1, 2, 3: (1 + 3 - 2) / 6.
    assert rank_biserial(np.array([0.1, -0.5, 0.9, 0.0])) == pytest.approx(1 / 3)
    assert rank_biserial(np.zeros(4)) == 0


def test_pairs_are_compared_on_the_same_instances():
    frame = table({"lime": 0.1, "random": 0.0, "shap": 0.3})
    found = compare(frame, STATISTICS, 0).set_index(["split", "method", "other"])
    assert len(found) == 6
    row = found.loc[("test", "lime", "shap")]
    wide = frame[frame["split"] == "test"].pivot(index="instance", columns="method", values="value")
    difference = wide["lime"] - wide["shap"]
    assert row["difference"] == pytest.approx(difference.mean())
    assert row["low"] < row["difference"] < row["high"] < 0
    assert row["p_value"] == pytest.approx(wilcoxon(difference).pvalue)
    assert row["p_value"] <= row["p_holm"] < 0.01
    assert row["effect"] < -0.9


def test_lower_is_better_turns_the_differences_around():
    frame = table({"lime": 0.1, "shap": 0.4}, measure="deletion_auc")
    row = compare(frame, STATISTICS, 0).iloc[0]
    assert (row["method"], row["other"]) == ("lime", "shap")
    assert row["difference"] > 0.2
    assert row["effect"] > 0.9


def test_equal_methods_differ_by_nothing():
    frame = table({"lime": 0.1, "shap": 0.1}, noise=0.0)
    row = compare(frame, STATISTICS, 0).iloc[0]
    assert row[["difference", "effect", "p_value", "p_holm"]].tolist() == [0, 0, 1, 1]


def test_the_verdict_names_the_best_and_whom_it_beats():
    found = judged(table({"shap": 0.5, "lime": 0.3, "occlusion": 0.2, "rollout": 0.1, "random": 0}))
    assert found["method"] == "shap"
    assert found["tied"] == []
    assert list(found["rivals"]) == ["random", "occlusion", "rollout"]
    assert all(one["beaten"] for one in found["rivals"].values())
    assert found["rivals"]["random"]["difference"] == pytest.approx(0.5, abs=0.05)
    assert found["no_better_than_chance"] == []
    assert found["low"] < found["mean"] < found["high"]


def test_the_verdict_says_where_nothing_can_be_trusted():
    found = judged(table({"shap": 0.02, "lime": 0.0, "random": 0.0}, noise=0.5))
    assert set(found["no_better_than_chance"]) == {"shap", "lime"}
    assert not found["rivals"]["random"]["beaten"]
    assert found["tied"]
    assert 0 < found["hopeless"] < 32


def test_the_leading_method_is_chosen_on_validation_and_judged_on_test():
    frame = table({"shap": 0.3, "lime": 0.1, "random": 0.0})
    swap = {"shap": "lime", "lime": "shap"}
    test = frame["split"] == "test"
    frame.loc[test, "method"] = frame.loc[test, "method"].replace(swap)
    found = judged(frame)
    assert found["method"] == "shap"
    assert found["tied"] == ["lime"]


@pytest.mark.parametrize(("n", "too_few"), [(6, True), (7, False)])
def test_the_verdict_says_when_no_result_could_tell_the_methods_apart(n, too_few):
    """Three pairs, and a method that is better on every instance: p = 3 x 2 / 2^n after Holm."""
    frame = table({"shap": 0.9, "lime": 0.5, "random": 0.0}, noise=0.01, n=n)
    found = judged(frame)
    best = compare(frame, STATISTICS, 0)["p_holm"].min()
    assert found["least_p"] == pytest.approx(3 * 2 / 2**n) == pytest.approx(best)
    assert found["too_few"] is too_few
    assert found["rivals"]["random"]["beaten"] is not too_few


def test_nothing_measured_is_no_verdict():
    frame = table({"random": 0.0})
    assert judged(frame) is None
    assert judged(frame.iloc[:0]) is None
