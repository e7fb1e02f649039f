"""Comparisons of methods and the verdict, on tables whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from vitrine.evaluation.settings import StatisticsSettings
from vitrine.validation.comparison import compare
from vitrine.validation.effects import rank_biserial
from vitrine.validation.means import method_means
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


def weights(frame):
    keys = frame[["split", "instance"]].drop_duplicates()
    return pd.Series(1.0, index=pd.MultiIndex.from_frame(keys)).sort_index()


def compared(frame):
    return compare(frame, weights(frame), STATISTICS, 0)


def judged(frame):
    means = method_means(frame, weights(frame), STATISTICS, 0)
    return judge(frame, means, compared(frame), STATISTICS.margin, floor="random")


def test_rank_biserial_by_hand():
    assert rank_biserial(np.array([1.0, 2, 3])) == 1
    assert rank_biserial(np.array([-1.0, -2])) == -1
    # Ranks 1, 2, 3: (1 + 3 - 2) / 6.
    assert rank_biserial(np.array([0.1, -0.5, 0.9, 0.0])) == pytest.approx(1 / 3)
    assert rank_biserial(np.zeros(4)) == 0


def test_pairs_are_compared_on_the_same_instances():
    frame = table({"lime": 0.1, "random": 0.0, "shap": 0.3})
    found = compared(frame).set_index(["split", "method", "other"])
    assert len(found) == 6
    row = found.loc[("test", "lime", "shap")]
    wide = frame[frame["split"] == "test"].pivot(index="instance", columns="method", values="value")
    difference = wide["lime"] - wide["shap"]
    assert row["difference"] == pytest.approx(difference.mean())
    assert row["low"] < row["difference"] < row["high"] < 0
    assert row["p_value"] == pytest.approx(1 / (STATISTICS.bootstrap + 1))
    assert row["outcome"] == "worse"
    assert row["effect"] < -0.9


def test_means_are_those_of_the_split_not_of_the_balanced_sample():
    frame = table({"lime": 0.1, "shap": 0.3}, noise=0.05)
    heavy = weights(frame)
    heavy[heavy.index.get_level_values("instance") < 8] = 3.0
    found = method_means(frame, heavy, STATISTICS, 0).set_index(["split", "method"])
    own = frame.query("split == 'test' and method == 'shap'").set_index("instance")["value"]
    expected = np.average(own, weights=heavy.loc["test"].reindex(own.index))
    row = found.loc[("test", "shap")]
    assert row["mean"] == pytest.approx(expected)
    assert row["low"] < expected < row["high"]
    assert row["n"] == 32


def test_lower_is_better_turns_the_differences_around():
    frame = table({"lime": 0.1, "shap": 0.4}, measure="deletion_auc")
    row = compared(frame).iloc[0]
    assert (row["method"], row["other"]) == ("lime", "shap")
    assert row["difference"] > 0.2
    assert row["effect"] > 0.9


def test_equal_methods_differ_by_nothing():
    frame = table({"lime": 0.1, "shap": 0.1}, noise=0.0)
    row = compared(frame).iloc[0]
    assert row[["difference", "low", "high", "effect", "p_value"]].tolist() == [0, 0, 0, 0, 1]
    assert row["outcome"] == "equivalent"


def test_weights_say_how_many_instances_each_stands_for():
    frame = table({"lime": 0.0, "shap": 0.0}, noise=0.0)
    frame.loc[(frame["method"] == "shap") & (frame["instance"] < 8), "value"] += 1.0
    heavy = weights(frame)
    heavy[heavy.index.get_level_values("instance") < 8] = 3.0
    row = compare(frame, heavy, STATISTICS, 0).iloc[0]
    assert row["difference"] == pytest.approx(-8 * 3 / (8 * 3 + 24))


def test_the_verdict_names_the_leading_method_and_all_others():
    found = judged(table({"shap": 0.5, "lime": 0.3, "occlusion": 0.2, "rollout": 0.1, "random": 0}))
    assert found["method"] == "shap"
    assert set(found["against"]) == {"random", "lime", "occlusion", "rollout"}
    assert all(one["outcome"] == "better" for one in found["against"].values())
    assert found["against"]["random"]["difference"] == pytest.approx(0.5, abs=0.05)
    assert all(one["outcome"] == "better" for one in found["chance"].values())
    assert found["low"] < found["mean"] < found["high"]


def test_the_verdict_says_where_nothing_can_be_told():
    found = judged(table({"shap": 0.02, "lime": 0.0, "random": 0.0}, noise=0.5))
    assert {one["outcome"] for one in found["chance"].values()} == {"inconclusive"}
    assert found["against"]["random"]["outcome"] == "inconclusive"
    assert 0 < found["hopeless"] < 32


def test_the_verdict_says_which_methods_are_equivalent():
    found = judged(table({"shap": 0.501, "lime": 0.5, "random": 0.0}, noise=0.005))
    assert found["against"]["lime"]["outcome"] == "equivalent"
    assert abs(found["against"]["lime"]["high"]) < found["margin"]


def test_the_leading_method_is_chosen_on_validation_and_judged_on_test():
    frame = table({"shap": 0.3, "lime": 0.1, "random": 0.0})
    swap = {"shap": "lime", "lime": "shap"}
    test = frame["split"] == "test"
    frame.loc[test, "method"] = frame.loc[test, "method"].replace(swap)
    found = judged(frame)
    assert found["method"] == "shap"
    assert found["against"]["lime"]["outcome"] == "worse"
    assert found["against"]["lime"]["high"] < 0 < found["chance"]["lime"]["low"]


@pytest.mark.parametrize(("n", "too_few"), [(4, True), (9, True), (10, False)])
def test_of_few_instances_nothing_is_concluded(n, too_few):
    found = judged(table({"shap": 0.9, "lime": 0.5, "random": 0.0}, noise=0.01, n=n))
    assert found["too_few"] is too_few
    assert (found["against"]["random"]["outcome"] == "inconclusive") is too_few


def test_nothing_measured_is_no_verdict():
    frame = table({"random": 0.0})
    assert judged(frame) is None
    assert judged(frame.iloc[:0]) is None
