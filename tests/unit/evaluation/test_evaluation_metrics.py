"""Metrics against scikit-learn, ranking against hand-made cases, intervals against theory."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from vitrine.evaluation.bootstrap import bootstrap, interval
from vitrine.evaluation.metrics import METRICS, calibration, confusion
from vitrine.evaluation.ranking import rank_held_out
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.evaluation.summary import summarise


def outcome_of(seed, n, classes, digits=None):
    """Random labels and probabilities; with few digits there are many ties."""
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), rng.integers(0, classes, n - classes)])
    logits = rng.normal(size=(n, classes)) + 1.5 * np.eye(classes)[labels]
    if digits is not None:
        logits = np.round(logits, digits)
    probabilities = np.exp(logits)
    return labels, probabilities / probabilities.sum(axis=1, keepdims=True)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 10**6), st.integers(12, 80), st.sampled_from([2, 3, 10]), st.sampled_from([0, 9])
)
def test_classification_metrics_agree_with_scikit_learn(seed, n, classes, digits):
    labels, probabilities = outcome_of(seed, n, classes, digits)
    names = np.arange(classes)
    scores = probabilities[:, 1] if classes == 2 else probabilities
    auc = (
        oracle.roc_auc_score(labels, scores)
        if classes == 2
        else np.mean([oracle.roc_auc_score(labels == c, scores[:, c]) for c in names])
    )
    predicted = probabilities.argmax(axis=1)
    expected = {
        "accuracy": oracle.accuracy_score(labels, predicted),
        "auc": auc,
        "average_precision": oracle.average_precision_score(labels, scores),
        "log_loss": oracle.log_loss(labels, probabilities, labels=names),
    }
    found = {name: METRICS[name](labels, probabilities) for name in expected}
    assert found == pytest.approx(expected, abs=1e-9)
    table = oracle.confusion_matrix(labels, predicted, labels=names)
    np.testing.assert_array_equal(confusion(labels, predicted, classes), table)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from([2, 4]),
    st.sampled_from(["auc", "average_precision", "log_loss"]),
)
def test_weights_count_instances(seed, classes, name):
    labels, probabilities = outcome_of(seed, 30, classes, digits=1)
    counts = np.random.default_rng(seed).integers(1, 4, size=30)
    weighted = METRICS[name].weighted(counts[None, :].astype(float), labels, probabilities)[0]
    repeated = METRICS[name](np.repeat(labels, counts), np.repeat(probabilities, counts, axis=0))
    assert weighted == pytest.approx(repeated, abs=1e-12)


def test_ranking_of_one_class_is_undefined():
    probabilities = np.array([[0.4, 0.6], [0.3, 0.7]])
    assert np.isnan(METRICS["auc"](np.array([1, 1]), probabilities))
    assert np.isnan(METRICS["average_precision"](np.array([0, 0]), probabilities))


def test_average_precision_of_a_resample_without_the_highest_score():
    labels, probabilities = outcome_of(0, 20, 2)
    weights = np.ones(20)
    weights[probabilities[:, 1].argmax()] = 0
    expected = oracle.average_precision_score(labels, probabilities[:, 1], sample_weight=weights)
    weighted = METRICS["average_precision"].weighted(weights[None], labels, probabilities)
    assert weighted[0] == pytest.approx(expected)


def test_log_loss_of_a_certain_mistake_is_finite():
    loss = METRICS["log_loss"](np.array([0]), np.array([[0.0, 1.0]]))
    assert loss == pytest.approx(-np.log(np.finfo(float).eps))


def test_calibration_error_of_known_cases():
    sure = np.tile([0.1, 0.9], (100, 1))
    nine_in_ten = np.arange(100) < 90
    assert METRICS["ece"](nine_in_ten.astype(int), sure) == pytest.approx(0, abs=1e-12)
    assert METRICS["ece"](np.zeros(100, dtype=int), sure) == pytest.approx(0.9)


def test_calibration_error_is_the_weighted_gap_of_the_table():
    labels, probabilities = outcome_of(5, 300, 3)
    rows = [row for row in calibration(labels, probabilities) if row["n"]]
    gaps = sum(row["n"] * abs(row["confidence"] - row["accuracy"]) for row in rows) / 300
    assert METRICS["ece"](labels, probabilities) == pytest.approx(gaps)
    assert sum(row["n"] for row in rows) == 300
    assert all(row["low"] < row["confidence"] <= row["high"] for row in rows)


def test_ranking_metrics_of_known_ranks():
    ranks = np.array([1, 2, 10, 11])
    assert METRICS["hit_rate_10"](ranks) == 0.75
    assert METRICS["mrr"](ranks) == pytest.approx((1 + 1 / 2 + 1 / 10 + 1 / 11) / 4)
    relevance = np.eye(20)[ranks - 1]
    falling = np.tile(np.arange(20, 0, -1.0), (4, 1))
    assert METRICS["ndcg_10"](ranks) == pytest.approx(oracle.ndcg_score(relevance, falling, k=10))


def test_held_out_items_are_ranked_among_all_others():
    scores = np.array([9.0, 1.0, 5.0, 3.0, 4.0, 2.0])
    histories = [np.array([0, 2, 2]), np.array([], dtype=int), np.array([1]), np.array([2, 4])]
    targets = np.array([3, 3, 0, 3])
    ranking = rank_held_out(np.tile(scores, (4, 1)), histories, targets)
    assert ranking.rank.tolist() == [2, 3, 5, 1]
    assert ranking.candidates.tolist() == [4, 5, 4, 3]
    assert ranking.predicted.tolist() == [4, 2, 2, 3]


def test_equal_scores_gain_nothing_and_nan_is_refused():
    ranking = rank_held_out(np.zeros((1, 101)), [np.array([7])], np.array([3]))
    assert ranking.rank.tolist() == ranking.candidates.tolist() == [99]
    with pytest.raises(ValueError, match="NaN"):
        rank_held_out(np.full((1, 5), np.nan), [np.array([1])], np.array([3]))


def test_bootstrap_draws_n_instances_with_replacement():
    totals = bootstrap(lambda weights: weights, 50, 400, seed=1)
    assert totals.shape == (400, 50)
    assert (totals.sum(axis=1) == 50).all()
    # Counts are binomial(50, 1/50): mean 1, variance 0.98.
    assert totals.var() == pytest.approx(0.98, abs=0.05)
    np.testing.assert_array_equal(totals, bootstrap(lambda weights: weights, 50, 400, seed=1))


def test_intervals_cover_a_known_mean_as_often_as_they_say():
    rng = np.random.default_rng(0)
    covered = []
    for sample in range(400):
        values = (rng.random(200) < 0.3).astype(float)
        means = bootstrap(lambda weights, v=values: weights @ v / 200, 200, 500, seed=sample)
        low, high = interval(means, 0.9)
        covered.append(low <= 0.3 <= high)
    assert 0.86 <= np.mean(covered) <= 0.94


def test_interval_leaves_undefined_values_out():
    assert interval(np.array([np.nan, 1.0, 2.0, 3.0]), 0.5) == (1.5, 2.5)
    assert np.isnan(interval(np.array([np.nan]), 0.5)).all()


def predictions_of(seed, split):
    labels, probabilities = outcome_of(seed, 120, 2)
    frame = pd.DataFrame(probabilities, columns=["probability_no", "probability_yes"])
    return frame.assign(split=split, label=np.array(["no", "yes"])[labels])


def test_summary_of_classification():
    frame = pd.concat([predictions_of(1, "validation"), predictions_of(2, "test")])
    options = StatisticsSettings(bootstrap=200, confidence=0.95)
    summary = summarise(frame, "classification", ["no", "yes"], options, seed=0)
    entries = {(entry["split"], entry["metric"]): entry for entry in summary["metrics"]}
    assert [name for split, name in entries if split == "test"] == [
        "accuracy",
        "auc",
        "average_precision",
        "log_loss",
        "ece",
    ]
    auc = entries["test", "auc"]
    test = frame[frame["split"] == "test"]
    expected = oracle.roc_auc_score(test["label"] == "yes", test["probability_yes"])
    assert auc["value"] == pytest.approx(expected)
    assert auc["low"] < auc["value"] < auc["high"]
    assert (auc["n"], auc["higher_is_better"]) == (120, True)
    assert not entries["test", "log_loss"]["higher_is_better"]
    assert np.sum(summary["confusion"]["validation"]["counts"]) == 120
    assert len(summary["calibration"]["test"]) == 15
    assert summary == summarise(frame, "classification", ["no", "yes"], options, seed=0)


def test_summary_of_ranking_and_of_one_class():
    options = StatisticsSettings(bootstrap=100, confidence=0.9)
    ranking = pd.DataFrame({"split": "test", "rank": [1, 5, 20, 400]})
    summary = summarise(ranking, "ranking", [], options, seed=0)
    assert {entry["metric"]: entry["value"] for entry in summary["metrics"]}["hit_rate_10"] == 0.5
    assert list(summary) == ["metrics"]
    one_class = predictions_of(1, "test").query("label == 'yes'")
    summary = summarise(one_class, "classification", ["no", "yes"], options, seed=0)
    auc = next(entry for entry in summary["metrics"] if entry["metric"] == "auc")
    assert (auc["value"], auc["low"], auc["high"]) == (None, None, None)
