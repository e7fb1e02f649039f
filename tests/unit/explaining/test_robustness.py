"""Similarity, sensitivity, small changes and randomised parameters, against known answers."""

import itertools
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import tiny
import torch
from captum.metrics import sensitivity_max
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.robustness import compare_methods, measure_surrogates, spread
from vitrine.explaining.sanity import judge_sanity
from vitrine.models.inference import logits
from vitrine.training.checkpoint import Checkpoint
from vitrine.training.memorise import memorise, permuted, queries
from vitrine.validation.randomisation.randomisation import (
    judge_similarities,
    parts,
    randomised,
    schedule,
)
from vitrine.validation.robustness.sensitivity import max_sensitivity
from vitrine.validation.robustness.similarity import (
    SIMILARITIES,
    feature_agreement,
    jaccard,
    rank_agreement,
    sign_agreement,
    similarities,
    spearman,
    spearman_of_sizes,
)
from vitrine.validation.robustness.small_changes import changed
from vitrine.validation.surrogate.surrogate import additivity_gap, interval_coverage

STATISTICS = StatisticsSettings(bootstrap=300, confidence=0.95)


def test_agreement_by_hand():
    one = np.array([9.0, -8, 7, 6, 5, 0.1, 0.2])
    other = np.array([9.0, 8, 0.3, 6, 7, 5, 0.2])
    # Leading: players 0 1 2 3 4 and 0 1 4 3 5.
    assert feature_agreement(one, other) == 4 / 5
    assert jaccard(one, other) == 4 / 6
    assert rank_agreement(one, other) == 3 / 5
    assert sign_agreement(one, other) == 3 / 5


@given(st.integers(2, 30), st.integers(0, 9))
@settings(deadline=None)
def test_every_similarity_is_one_with_itself_and_within_its_range(players, seed):
    rng = np.random.default_rng(seed)
    one, other = rng.standard_normal((2, players))
    assert similarities(one, one) == pytest.approx(dict.fromkeys(SIMILARITIES, 1.0))
    found = similarities(one, other)
    assert all(-1 - 1e-12 <= value <= 1 + 1e-12 for value in found.values())
    assert found["spearman"] == pytest.approx(spearmanr(one, other).statistic)
    assert found["sign_agreement_5"] <= found["feature_agreement_5"]
    assert spearman_of_sizes(one, -one) == pytest.approx(1)
    assert similarities(one[:1], other[:1]) == {}


def test_constant_attributions_have_no_rank_correlation():
    assert np.isnan(spearman(np.ones(4), np.arange(4.0)))
    assert "spearman" not in similarities(np.ones(4), np.arange(4.0))


def test_max_sensitivity_is_that_of_captum_on_the_same_changes():
    """Gradient x input of a quadratic function, at four given neighbours of each input."""
    rng = np.random.default_rng(0)
    matrix = torch.from_numpy(rng.standard_normal((5, 5)))
    inputs = torch.from_numpy(rng.standard_normal((3, 5)))
    moved = inputs.repeat_interleave(4, dim=0) + 0.1 * torch.from_numpy(
        rng.standard_normal((12, 5))
    )

    def explain(x):
        (x,) = x
        return ((x @ (matrix + matrix.T)) * x,)

    theirs = sensitivity_max(explain, inputs, lambda _: (moved,), n_perturb_samples=4)
    before, after = explain((inputs,))[0].numpy(), explain((moved,))[0].numpy().reshape(3, 4, 5)
    ours = [max_sensitivity([(before[i], row) for row in after[i]]) for i in range(3)]
    np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-6)
    assert max_sensitivity([(np.zeros(2), np.array([3.0, 4]))]) == 5


def test_texts_and_histories_lose_one_player_and_close_up():
    examples = tiny.examples([5, 1, 8])
    encoding = SimpleNamespace(domain="text")
    moved, left = changed(examples, encoding, 0.1, np.random.default_rng(0))
    assert moved.lengths.tolist() == [4, 1, 7]
    for i in range(3):
        np.testing.assert_array_equal(moved.positions[moved.rows(i)], np.arange(len(left[i])))
        np.testing.assert_array_equal(
            moved.ids[moved.rows(i)], examples.ids[examples.rows(i)][left[i]]
        )


def test_images_get_noise_of_the_given_size():
    examples = tiny.examples([500, 500])
    moved, left = changed(examples, SimpleNamespace(domain="image"), 0.1, np.random.default_rng(0))
    noise = moved.features - examples.features
    assert noise.std() == pytest.approx(0.1, rel=0.1)
    assert [len(kept) for kept in left] == [500, 500]


def test_of_tables_one_numeric_field_moves_within_its_range():
    fields = [
        {"name": "age", "kind": "numeric", "first": 1, "edges": [0.0, 1, 2]},
        {"name": "home", "kind": "categorical", "first": 3, "categories": ["own"]},
        {"name": "income", "kind": "numeric", "first": 5, "edges": [0.0, 5]},
    ]
    encoding = SimpleNamespace(
        domain="table",
        details={"fields": fields},
        vocabulary=["<unknown>", "age", "", "home=own", "", "income", "income is missing"],
    )
    examples = tiny.examples([3, 3])
    # The second row's income is missing.
    ids = np.array([1, 3, 5, 1, 3, 6])
    features = np.array([[1, 0.5], [0, 0], [0.25, 0], [1, 0], [0, 0], [0, 0]], dtype=np.float32)
    examples = type(examples)(**{**examples.__dict__, "ids": ids, "features": features})
    for seed in range(20):
        moved, _ = changed(examples, encoding, 0.3, np.random.default_rng(seed))
        rows = np.flatnonzero((moved.features != features).any(axis=1))
        assert set(rows) <= {0, 2, 3}
        assert len(rows[rows < 3]) <= 1
        assert (moved.features >= 0).all()
        assert (moved.features <= 1).all()
        assert (moved.features[2, 1:] == 0).all()
        # A piecewise-linear code is full up to its place and empty after it.
        assert (moved.features[0, 1] == 0) or (moved.features[0, 0] == 1)


@pytest.mark.parametrize("shape", [tiny.architecture(), tiny.recommender()], ids=["words", "films"])
def test_the_parts_hold_every_weight_once(shape):
    names = list(tiny.model(shape).state_dict())
    held = [
        [name for name in names if name.startswith(prefixes)] for prefixes in parts(shape).values()
    ]
    assert sorted(itertools.chain(*held)) == sorted(names)
    assert list(parts(shape))[-2:] == ["block 1", "embedding"]


def test_only_the_named_parts_become_random_and_the_model_stays():
    model = tiny.model(tiny.architecture())
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    other = randomised(model, ["head", "block 2"], seed=1).state_dict()
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, before[name])
        matrix = weight.ndim > 1
        touched = name.startswith(("head", "norm", "blocks.1."))
        if not touched:
            assert torch.equal(weight, other[name])
        elif matrix:
            assert not torch.allclose(weight, other[name])


def test_the_schedule_is_cascading_and_independent():
    steps = list(schedule(tiny.architecture()))
    assert steps == [
        ("cascading", "head", ["head"]),
        ("cascading", "block 2", ["head", "block 2"]),
        ("cascading", "block 1", ["head", "block 2", "block 1"]),
        ("cascading", "embedding", ["head", "block 2", "block 1", "embedding"]),
        ("independent", "head", ["head"]),
        ("independent", "block 2", ["block 2"]),
        ("independent", "block 1", ["block 1"]),
        ("independent", "embedding", ["embedding"]),
    ]


def test_an_explanation_that_reads_no_model_fails_and_one_of_chance_passes():
    rng = np.random.default_rng(0)
    unmoved = judge_similarities(np.ones(10), 0.5, STATISTICS, 0)
    assert (unmoved["outcome"], unmoved["median"]) == ("failed", 1.0)
    chance = [spearman_of_sizes(*rng.standard_normal((2, 40))) for _ in range(30)]
    found = judge_similarities(np.array(chance), 0.5, STATISTICS, 0)
    assert found["outcome"] == "passed"
    assert found["low"] <= found["median"] <= found["high"] < 0.5
    for open_ones in ([0.1, 0.2, 0.9, 0.95] * 3, [0.1] * 9):
        torn = judge_similarities(np.array(open_ones), 0.5, STATISTICS, 0)
        assert torn["outcome"] == "inconclusive"


def test_methods_are_compared_in_pairs_on_every_instance():
    given = {"shap": [3.0, 2, 1], "lime": [3.0, 1, 2], "rollout": [1, 1, 1]}
    table = pd.DataFrame(
        [
            {"instance": instance, "method": method, "player": player, "value": value}
            for instance in (4, 2)
            for method, values in given.items()
            for player, value in enumerate(values)
        ]
    )
    rows = compare_methods(table)
    found = {(one[1], one[2], one[3], one[4]): one[5] for one in rows}
    assert found[2, "lime", "shap", "spearman"] == pytest.approx(0.5)
    assert found[4, "lime", "shap", "rank_agreement_5"] == pytest.approx(1 / 3)
    assert (2, "lime", "rollout", "spearman") not in found


def test_instances_are_spread_evenly_from_short_to_long():
    lengths = np.array([9, 1, 5, 7, 3, 11, 13, 15])
    assert lengths[spread(lengths, 4)].tolist() == [3, 7, 11, 15]
    assert lengths[spread(lengths, 1)].tolist() == [9]
    assert sorted(spread(lengths, 20)) == list(range(8))


def test_permuted_labels_are_the_same_labels_on_other_instances():
    examples = tiny.examples([4, 9, 2, 6, 3, 7, 5, 8] * 4)
    learned = permuted(examples, 24, 12, False, np.random.default_rng(0))
    place = {number: i for i, number in enumerate(examples.instance)}
    before = examples.take(np.array([place[number] for number in learned.instance]))
    np.testing.assert_array_equal(learned.ids, before.ids)
    assert sorted(learned.labels) == sorted(before.labels)
    assert (learned.labels != before.labels).any()
    assert queries(learned, False) is learned


def test_permuted_histories_have_the_same_films_in_other_places_and_are_asked_for_the_last():
    examples = tiny.examples([4, 9, 6])
    learned = permuted(examples, 3, 5, True, np.random.default_rng(0))
    assert learned.lengths.tolist() == [4, 6, 6]
    last = [examples.ids[examples.rows(i)][-6:] for i in range(3)]
    assert sorted(learned.ids) == sorted(np.concatenate(last))
    assert (learned.ids != np.concatenate(last)).any()
    questions = queries(learned, True)
    assert questions.lengths.tolist() == [3, 5, 5]
    for i in range(3):
        own = learned.ids[learned.rows(i)]
        np.testing.assert_array_equal(questions.ids[questions.rows(i)], own[:-1])
        assert questions.labels[i] == own[-1]


@pytest.mark.parametrize(
    ("shape", "share"),
    [(tiny.architecture(), 0.9), (tiny.recommender(), 0.4)],
    ids=["words", "films"],
)
def test_a_model_memorises_permuted_labels(shape, share, tmp_path):
    """One class of three, or one film of thirty: chance is far below the share."""
    examples = tiny.examples([6] * 32)
    learned = permuted(examples, 32, 6, shape.causal, np.random.default_rng(0))
    model, history = memorise(
        shape,
        learned,
        epochs=60,
        token_dropping=0.2,
        window=6,
        seed=0,
        checkpoint=Checkpoint(tmp_path / "checkpoint.safetensors", ""),
        report=lambda *_: None,
    )
    questions = queries(learned, shape.causal)
    known = np.mean(logits(model, questions).argmax(axis=1) == questions.labels)
    assert known == history.query("metric == 'accuracy'")["value"].max()
    assert known > share


def test_methods_are_judged_by_all_random_parameters_and_by_permuted_labels():
    steps = {
        ("cascading", "head"): 0.9,
        ("cascading", "embedding"): 0.1,
        ("independent", "embedding"): 0.9,
        ("labels", "all"): 0.7,
    }
    table = pd.DataFrame(
        [(*step, i, "shap", value) for step, value in steps.items() for i in range(12)],
        columns=["kind", "part", "instance", "method", "value"],
    )
    found = judge_sanity(table, 0.5, 0.9, STATISTICS, 0)
    assert found["parameters"]["shap"]["outcome"] == "passed"
    assert found["parameters"]["shap"]["median"] == 0.1
    assert found["labels"]["shap"]["outcome"] == "failed"


def test_a_control_that_has_not_learned_the_permuted_labels_shows_nothing():
    table = pd.DataFrame(
        [("labels", "all", i, "shap", 0.1) for i in range(12)],
        columns=["kind", "part", "instance", "method", "value"],
    )
    outcomes = [
        judge_sanity(table, 0.5, learned, STATISTICS, 0)["labels"]["shap"]["outcome"]
        for learned in (0.23, 0.75)
    ]
    assert outcomes == ["inconclusive", "passed"]


def test_values_that_add_up_leave_no_gap():
    assert additivity_gap(np.array([1.0, -3, 0.5]), 2.0, 0.5) == pytest.approx(0)
    assert additivity_gap(np.array([1.0, -3, 0.5]), 2.0, 1.0) == pytest.approx(0.5)


def test_true_standard_errors_cover_and_half_as_large_ones_do_not():
    rng = np.random.default_rng(0)
    errors = rng.uniform(0.1, 2, 4000)
    one, other = errors * rng.standard_normal((2, 4000))
    assert interval_coverage(one, other, errors, errors) == pytest.approx(0.95, abs=0.01)
    # P(|z| < 0.98) = 0.673.
    assert interval_coverage(one, other, errors / 2, errors / 2) == pytest.approx(0.673, abs=0.02)
    exact = np.zeros(4000)
    assert interval_coverage(one, one, exact, exact) == 1
    assert np.isnan(interval_coverage(one, other, np.full(4000, np.nan), errors))


def test_surrogates_are_measured_on_every_instance():
    table = pd.DataFrame(
        [
            {"instance": i, "method": method, "value": v, "base_value": 1.0, "full_value": 4.0}
            for i in (3, 8)
            for method in ("shap", "random")
            for v in (1.0, 1.5)
        ]
    )
    details = pd.DataFrame(
        {"instance": [3, 3], "method": "lime", "diagnostic": ["local_r2", "x"], "value": [0.8, 1]}
    )
    found = measure_surrogates(table, details)
    assert [one[1:3] for one in found] == [(3, "shap"), (8, "shap"), (3, "lime")]
    assert [one[5] for one in found] == [0.5, 0.5, 0.8]
