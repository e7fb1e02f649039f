"""Attribution methods against closed forms, exact values and the published packages."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tiny
from vitrine.attribution.instances import choose_instances
from vitrine.attribution.lime import NEIGHBOURHOODS, Options, lime
from vitrine.attribution.occlusion import occlusion
from vitrine.attribution.registry import METHODS, strategies
from vitrine.attribution.shap import estimate, exact, shapley
from vitrine.attribution.task import Task
from vitrine.config import METHODS as CONFIGURABLE
from vitrine.games.evaluator import Evaluator
from vitrine.games.game import play, play_one
from vitrine.games.model_games import ModelGames
from vitrine.games.sampling import all_coalitions


def by_permutations(value, players):
    """Shapley values by their definition, averaged over all orders."""
    from itertools import permutations

    total = np.zeros(players)
    for order in permutations(range(players)):
        masks = np.zeros((players + 1, players), dtype=bool)
        for step, player in enumerate(order):
            masks[step + 1 :, player] = True
        total[list(order)] += np.diff(value(masks))
    return total / math.factorial(players)


@pytest.mark.parametrize("players", [2, 3, 6])
def test_exact_values_are_the_mean_over_all_orders(players):
    value = tiny.random_game(players)
    ours = play_one(shapley(players, 2**players, np.random.default_rng(0)), value)
    np.testing.assert_allclose(ours.values, by_permutations(value, players), atol=1e-12)
    np.testing.assert_array_equal(ours.std_error, 0)


def test_exact_values_agree_with_the_shap_package():
    shap = pytest.importorskip("shap")
    value = tiny.random_game(8)
    peer = shap.explainers.Exact(lambda masks: value(masks > 0.5), np.zeros((1, 8)))
    theirs = peer(np.ones((1, 8))).values[0]
    np.testing.assert_allclose(exact(value(all_coalitions(8)), 8), theirs, atol=1e-9)


@given(st.integers(2, 20), st.integers(0, 200), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_estimates_are_efficient_and_within_budget(players, extra, seed):
    asked = []
    value = tiny.random_game(players, seed)

    def counted(masks):
        asked.append(len(masks))
        return value(masks)

    budget = players + 2 + extra
    ours = play_one(shapley(players, budget, np.random.default_rng(seed)), counted)
    assert sum(asked) <= budget
    assert ours.values.sum() == pytest.approx(ours.full_value - ours.base_value, abs=1e-9)


@given(st.integers(3, 16), st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_estimates_of_additive_games_are_exact(players, seed):
    weights = np.random.default_rng(seed).standard_normal(players)
    ours = play_one(
        estimate(players, 2 * players + 40, np.random.default_rng(seed)),
        lambda masks: 1.5 + masks @ weights,
    )
    np.testing.assert_allclose(ours.values, weights, atol=1e-9)
    np.testing.assert_allclose(ours.std_error, 0, atol=1e-9)


@pytest.mark.parametrize("players", [67, 192, 512])
def test_estimates_of_games_with_many_players(players):
    weights = np.random.default_rng(0).standard_normal(players)
    ours = play_one(
        shapley(players, 3 * players, np.random.default_rng(0)), lambda masks: masks @ weights
    )
    np.testing.assert_allclose(ours.values, weights, atol=1e-6)


def test_estimates_become_exact_when_every_coalition_is_drawn():
    value = tiny.random_game(9)
    ours = play_one(estimate(9, 2**9, np.random.default_rng(0)), value)
    np.testing.assert_allclose(ours.values, exact(value(all_coalitions(9)), 9), atol=1e-9)
    np.testing.assert_allclose(ours.std_error, 0, atol=1e-12)


def test_standard_errors_cover_the_exact_values():
    covered = []
    for seed in range(40):
        value = tiny.random_game(10, seed)
        truth = exact(value(all_coalitions(10)), 10)
        ours = play_one(estimate(10, 200, np.random.default_rng(seed)), value)
        covered += list(np.abs(ours.values - truth) <= 1.96 * ours.std_error)
    assert 0.90 <= np.mean(covered) <= 0.98


def test_estimates_beat_the_kernel_explainer_at_the_same_budget():
    shap = pytest.importorskip("shap")
    ours_error, theirs_error = [], []
    for seed in range(8):
        value = tiny.random_game(12, seed)
        truth = exact(value(all_coalitions(12)), 12)
        ours = play_one(estimate(12, 130, np.random.default_rng(seed)), value).values
        np.random.seed(seed)  # noqa: NPY002 (the package knows no other seed)
        explainer = shap.KernelExplainer(lambda x, value=value: value(x > 0.5), np.zeros((1, 12)))
        theirs = explainer.shap_values(np.ones(12), nsamples=128, l1_reg=0, silent=True)
        ours_error.append(((ours - truth) ** 2).sum())
        theirs_error.append(((theirs - truth) ** 2).sum())
    assert np.mean(ours_error) < np.mean(theirs_error)


def test_dummies_get_nothing_and_twins_the_same():
    def value(masks):
        return np.tanh(masks[:, 0] + masks[:, 1] + 0.5 * masks[:, 2] * masks[:, 0] * 1.0)

    def symmetric(masks):
        return np.tanh(1.0 * masks[:, 0] + masks[:, 1] + 0.3 * masks[:, 2])

    values = exact(value(all_coalitions(5)), 5)
    assert values[3] == values[4] == pytest.approx(0, abs=1e-15)
    twins = exact(symmetric(all_coalitions(5)), 5)
    assert twins[0] == pytest.approx(twins[1], abs=1e-15)


@pytest.mark.parametrize(
    "method",
    [
        lambda n: shapley(n, 100, None),
        lambda n: lime(n, Options(50), NEIGHBOURHOODS["text"], np.random.default_rng(0)),
        occlusion,
    ],
)
@pytest.mark.parametrize("players", [0, 1])
def test_nobody_and_one_player(method, players):
    ours = play_one(method(players), lambda masks: 2.0 + 3.0 * masks.sum(axis=1))
    np.testing.assert_allclose(ours.values, [3.0] * players)
    assert ours.base_value == 2.0
    assert ours.full_value == 2.0 + 3.0 * players


def test_a_budget_that_is_too_small_says_what_to_set():
    with pytest.raises(ValueError, match=r"explanation\.shap\.evaluations to 32"):
        play_one(shapley(30, 31, np.random.default_rng(0)), tiny.random_game(30))


def test_occlusion_is_the_loss_of_each_player():
    value = tiny.random_game(6)
    ours = play_one(occlusion(6), value)
    whole = np.ones((7, 6), dtype=bool)
    whole[np.arange(1, 7), np.arange(6)] = False
    values = value(whole)
    np.testing.assert_allclose(ours.values, values[0] - values[1:])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [tiny.architecture(), tiny.recommender()], ids=["words", "films"])
def test_every_method_explains_every_instance_and_is_deterministic(method, shape):
    model = tiny.model(shape)
    examples = tiny.examples([5, 8, 1])
    targets = np.array([1, 2, 0])
    settings_of = {
        "shap": {"evaluations": 64},
        "lime": {"samples": 64},
        "integrated_gradients": {"steps": 4},
    }

    def run():
        games = ModelGames(model, examples, targets)
        task = Task(model, examples, targets, "text", settings_of.get(method, {}), 3, games.kind)
        evaluator = Evaluator(games)
        return play(strategies(method, task), evaluator), evaluator.evaluations

    (first, counts), (second, _) = run(), run()
    for i, (one, other) in enumerate(zip(first, second, strict=True)):
        assert one.values.shape == (examples.lengths[i],)
        assert np.isfinite(one.values).all()
        np.testing.assert_array_equal(one.values, other.values)
        assert one.full_value != one.base_value
    assert (counts <= 65).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("lengths", [[0], [0, 1], [1, 3]], ids=str)
def test_empty_and_single_instances_and_equal_unknown_words_are_explained(method, lengths):
    model = tiny.model(tiny.architecture())
    examples = tiny.examples(lengths)
    examples.ids[:] = 0
    targets = np.zeros(len(lengths), dtype=np.int64)
    settings_of = {
        "shap": {"evaluations": 64},
        "lime": {"samples": 64},
        "integrated_gradients": {"steps": 16},
    }
    games = ModelGames(model, examples, targets)
    task = Task(model, examples, targets, "text", settings_of.get(method, {}), 3, games.kind)
    for length, one in zip(lengths, play(strategies(method, task), Evaluator(games)), strict=True):
        assert one.values.shape == one.std_error.shape == (length,)
        assert np.isfinite(one.values).all()
        if length == 1 and method in ("shap", "lime", "occlusion", "integrated_gradients"):
            assert one.values[0] == pytest.approx(one.full_value - one.base_value, abs=1e-5)


def test_an_instance_is_explained_alike_in_any_company():
    model = tiny.model(tiny.architecture())
    examples, targets = tiny.examples([9, 8]), np.array([1, 2])
    both = Task(model, examples, targets, "text", {"evaluations": 40}, 3)
    alone = Task(model, examples.take(np.array([1])), targets[1:], "text", {"evaluations": 40}, 3)
    results = [
        play(strategies("shap", task), Evaluator(ModelGames(model, task.examples, task.targets)))[
            -1
        ]
        for task in (both, alone)
    ]
    np.testing.assert_allclose(results[0].values, results[1].values, atol=1e-4)


def test_the_configuration_knows_exactly_the_registered_methods():
    assert set(CONFIGURABLE) == set(METHODS)


def test_an_unknown_method_names_the_known():
    with pytest.raises(KeyError, match="unknown method 'sharp'; there are shap, lime"):
        strategies("sharp", None)


def test_chosen_instances_are_balanced_over_classes_and_right_and_wrong():
    rng = np.random.default_rng(0)
    label = rng.choice(["a", "b"], 400, p=[0.9, 0.1])
    predicted = np.where(rng.random(400) < 0.6, label, np.where(label == "a", "b", "a"))
    frame = pd.DataFrame(
        {
            "split": np.repeat(["validation", "test"], 200),
            "instance": np.arange(400),
            "label": label,
            "predicted": predicted,
        }
    )
    chosen = choose_instances(frame, 8, seed=0)
    counts = chosen.groupby(["split", "label", "right"]).size()
    assert (counts == 2).all()
    assert len(counts) == 8
    pd.testing.assert_frame_equal(chosen, choose_instances(frame.sample(frac=1), 8, seed=0))
