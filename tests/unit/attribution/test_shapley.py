"""Shapley values: exact, estimated, with errors and within budgets."""

import math
from itertools import pairwise, permutations

import numpy as np
import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.attribution.methods.shap.shapley import ESTIMATORS, estimated, rounds, shapley
from vitrine.attribution.shapley.design import designed_pairs
from vitrine.attribution.shapley.exact import shapley_values
from vitrine.attribution.shapley.pairs import Pairs, odd_weights
from vitrine.games.game import play_one
from vitrine.games.sampling import all_coalitions

NAMES = sorted(ESTIMATORS)


def estimate(name, value, players, evaluations, seed=0, **options):
    rng = np.random.default_rng(seed)
    return play_one(estimated(players, evaluations, ESTIMATORS[name], rng, **options), value)


def truth(value, players):
    return shapley_values(value(all_coalitions(players)), players)


def by_permutations(value, players):
    """Shapley values by their definition, averaged over all orders."""
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
    ours = play_one(shapley(players, np.random.default_rng(0), evaluations=2**players), value)
    np.testing.assert_allclose(ours.values, by_permutations(value, players), atol=1e-12)
    np.testing.assert_array_equal(ours.std_error, 0)


def test_exact_values_agree_with_the_shap_package():
    shap = pytest.importorskip("shap")
    value = tiny.random_game(8)
    peer = shap.explainers.Exact(lambda masks: value(masks > 0.5), np.zeros((1, 8)))
    theirs = peer(np.ones((1, 8))).values[0]
    np.testing.assert_allclose(truth(value, 8), theirs, atol=1e-9)


@given(st.integers(1, 10), st.integers(0, 50))
@settings(max_examples=40, deadline=None)
def test_exact_values_of_unanimity_games(players, seed):
    value, known = tiny.unanimity(players, seed)
    np.testing.assert_allclose(truth(value, players), known, atol=1e-12)


@given(st.integers(2, 9), st.integers(0, 50), st.floats(-3, 3))
@settings(max_examples=40, deadline=None)
def test_exact_values_are_linear_symmetric_and_efficient(players, seed, factor):
    first, second = tiny.random_game(players, seed), tiny.random_game(players, seed + 1)
    both = truth(lambda masks: first(masks) + factor * second(masks), players)
    np.testing.assert_allclose(
        both, truth(first, players) + factor * truth(second, players), atol=1e-10
    )
    ends = first(np.array([[False] * players, [True] * players]))
    assert truth(first, players).sum() == pytest.approx(ends[1] - ends[0], abs=1e-10)
    swap = np.arange(players)
    swap[:2] = 1, 0
    twins = truth(lambda masks: first(masks) + first(masks[:, swap]), players)
    assert twins[0] == pytest.approx(twins[1], abs=1e-10)
    dummy = truth(lambda masks: first(masks | (np.arange(players) == 0)), players)
    assert dummy[0] == pytest.approx(0, abs=1e-12)


@given(st.sampled_from(NAMES), st.integers(2, 20), st.integers(0, 200), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_estimates_are_efficient_within_budget_and_ask_nothing_twice(name, players, extra, seed):
    asked = []
    value = tiny.random_game(players, seed)

    def seen(masks):
        asked.extend(mask.tobytes() for mask in masks)
        return value(masks)

    budget = players + 2 + extra
    ours = estimate(name, seen, players, budget, seed)
    assert len(asked) == len(set(asked)) <= budget
    assert ours.values.sum() == pytest.approx(ours.full_value - ours.base_value, abs=1e-9)
    again = estimate(name, value, players, budget, seed)
    np.testing.assert_array_equal(ours.values, again.values)
    np.testing.assert_array_equal(ours.std_error, again.std_error)


@given(st.sampled_from(NAMES), st.integers(0, 50))
@settings(max_examples=30, deadline=None)
def test_estimates_treat_twins_and_bystanders_as_their_errors_say(name, seed):
    """Players 0 and 1 do the same, player 2 nothing; five standard errors are hardly ever left."""
    value = tiny.random_game(12, seed)
    swap = np.arange(12)
    swap[:2] = 1, 0

    def played(masks):
        masks = masks | (np.arange(12) == 2)
        return value(masks) + value(masks[:, swap])

    ours = estimate(name, played, 12, 160, seed)
    twins = abs(ours.values[0] - ours.values[1])
    assert twins <= 5 * (ours.std_error[0] + ours.std_error[1])
    assert abs(ours.values[2]) <= 5 * ours.std_error[2]


@given(st.sampled_from(["leverage", "regression_msr"]), st.integers(0, 50), st.floats(-3, 3))
@settings(max_examples=20, deadline=None)
def test_estimates_that_learn_no_prior_are_linear(name, seed, factor):
    first, second = tiny.random_game(11, seed), tiny.random_game(11, seed + 1)
    both = estimate(name, lambda masks: first(masks) + factor * second(masks), 11, 90)
    parts = estimate(name, first, 11, 90).values + factor * estimate(name, second, 11, 90).values
    np.testing.assert_allclose(both.values, parts, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_values_do_not_depend_on_the_unit(name):
    value = tiny.random_game(13, 2)
    small = estimate(name, value, 13, 120)
    large = estimate(name, lambda masks: 1e6 * value(masks) + 5, 13, 120)
    np.testing.assert_allclose(large.values, 1e6 * small.values, rtol=1e-5, atol=1e-3)
    np.testing.assert_allclose(large.std_error, 1e6 * small.std_error, rtol=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_a_constant_game_has_values_of_zero(name):
    ours = estimate(name, lambda masks: np.full(len(masks), 3.0), 12, 100)
    np.testing.assert_allclose(ours.values, 0, atol=1e-12)
    np.testing.assert_allclose(ours.std_error, 0, atol=1e-12)
    assert ours.base_value == ours.full_value == 3.0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("players", [3, 16, 67, 192, 512])
def test_estimates_of_additive_games(name, players):
    weights = np.random.default_rng(0).standard_normal(players)
    ours = estimate(name, lambda masks: 1.5 + masks @ weights, players, 3 * players + 40)
    # With more players than it learns its prior from, the process is not sure of additivity.
    assert (np.abs(ours.values - weights) <= 1e-3 + 4 * ours.std_error * (players > 400)).all()


@pytest.mark.parametrize("name", NAMES)
def test_estimates_become_exact_when_every_coalition_is_drawn(name):
    value = tiny.random_game(9)
    ours = estimate(name, value, 9, 2**9)
    np.testing.assert_allclose(ours.values, truth(value, 9), atol=1e-6)
    np.testing.assert_allclose(ours.std_error, 0, atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_standard_errors_cover_the_exact_values(name):
    covered = []
    for seed in range(60):
        value = tiny.random_game(10, seed)
        ours = estimate(name, value, 10, 160, seed)
        covered += list(np.abs(ours.values - truth(value, 10)) <= 1.96 * ours.std_error)
    assert 0.90 <= np.mean(covered) <= 0.99


@pytest.mark.parametrize("name", NAMES)
def test_a_constant_game_gives_nothing_for_sure(name):
    ours = estimate(name, lambda masks: np.full(len(masks), 2.5), 12, 60)
    np.testing.assert_allclose(ours.values, 0, atol=1e-12)
    np.testing.assert_allclose(ours.std_error, 0, atol=1e-12)


def test_auto_beats_the_kernel_explainer_twice_over_at_the_same_budget():
    shap = pytest.importorskip("shap")
    ours_error, theirs_error = [], []
    for seed in range(8):
        value = tiny.random_game(12, seed)
        right = truth(value, 12)
        ours = play_one(shapley(12, np.random.default_rng(seed), evaluations=130), value).values
        np.random.seed(seed)  # noqa: NPY002 (the package knows no other seed)
        explainer = shap.KernelExplainer(lambda x, value=value: value(x > 0.5), np.zeros((1, 12)))
        theirs = explainer.shap_values(np.ones(12), nsamples=128, l1_reg=0, silent=True)
        ours_error.append(((ours - right) ** 2).sum())
        theirs_error.append(((theirs - right) ** 2).sum())
    assert np.mean(ours_error) < np.mean(theirs_error) / 2


def test_a_budget_beyond_what_the_process_holds_is_used(monkeypatch):
    """Pairs beyond the process's limit correct it: the error keeps falling."""
    from vitrine.attribution.shapley import gaussian_process

    monkeypatch.setattr(gaussian_process, "MOST_PAIRS", 100)
    value = tiny.random_game(14, 3)
    right = truth(value, 14)
    errors = [
        ((estimate("gaussian_process", value, 14, evaluations).values - right) ** 2).sum()
        for evaluations in (202, 12_000)
    ]
    assert errors[1] < errors[0] / 4


def test_a_tolerance_stops_early_and_is_kept():
    value = tiny.random_game(20, 1)
    asked = []

    def counted(masks):
        asked.append(len(masks))
        return value(masks)

    whole = estimate("gaussian_process", value, 20, 4000)
    ours = estimate("gaussian_process", counted, 20, 4000, tolerance=0.05)
    assert sum(asked) < 2000
    assert ours.std_error.max() <= 0.05 * np.ptp(ours.values)
    assert np.abs(ours.values - whole.values).max() < 0.2 * np.ptp(whole.values)
    asked.clear()
    estimate("gaussian_process", counted, 20, 100, tolerance=1e-9)
    assert sum(asked) <= 100


@given(st.integers(1, 5000), st.integers(2, 600))
def test_rounds_grow_and_end_with_the_budget(pairs, players):
    assert rounds(pairs, players, 0.0) == [pairs]
    stops = rounds(pairs, players, 0.1)
    assert stops[-1] == pairs
    assert all(a < b for a, b in pairwise(stops))


@given(st.integers(2, 14), st.integers(1, 400), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_designed_pairs_are_distinct_halves(players, pairs, seed):
    half = designed_pairs(players, pairs, np.random.default_rng(seed))
    assert len(half) == min(pairs, 2 ** (players - 1) - 1)
    size = half.sum(axis=1)
    assert (size >= 1).all()
    assert (size <= players // 2).all()
    names = {frozenset((mask.tobytes(), (~mask).tobytes())) for mask in half}
    assert len(names) == len(half)


def test_odd_weights_are_shapley_values_of_one_pair():
    for place in (1, 5, 11, 21):
        mask = all_coalitions(5)[place][None]
        if mask.sum() > 2:
            mask = ~mask
        game = np.zeros(32)
        game[mask[0] @ (1 << np.arange(5))] = 1.0
        game[~mask[0] @ (1 << np.arange(5))] = -1.0
        np.testing.assert_allclose(odd_weights(mask)[0], shapley_values(game, 5), atol=1e-12)


def test_pairs_know_their_sizes():
    pairs = Pairs(np.array([[True, False, False], [False, True, False]]), np.zeros(2), 1.0)
    assert pairs.players == 3
    assert pairs.sizes.tolist() == [1, 1]


def test_what_cannot_be_afforded_says_what_to_set():
    def play(players, **options):
        return play_one(
            shapley(players, np.random.default_rng(0), **options), tiny.random_game(players)
        )

    with pytest.raises(ValueError, match=r"explanation\.shap\.evaluations to 32"):
        play(30, evaluations=31)
    with pytest.raises(ValueError, match=r"need 2\^12 .* set it to 4096 or more, or set"):
        play(12, evaluations=1000, estimator="exact")
    with pytest.raises(ValueError, match="estimator to auto"):
        play(60, evaluations=1000, estimator="exact")
