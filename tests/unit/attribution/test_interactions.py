"""Interactions of two players: exact, estimated, with errors, and as a table."""

import math
from itertools import combinations

import numpy as np
import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.attribution.shapley import interactions as module
from vitrine.attribution.shapley.even_kernel import even_weights
from vitrine.attribution.shapley.interactions import interaction_index, interactions
from vitrine.explaining.instances import SplitInstances
from vitrine.explaining.interactions import split_interactions
from vitrine.explaining.session import InstanceGames
from vitrine.games.evaluator import Evaluator
from vitrine.games.game import play_one
from vitrine.games.model_games import ModelGames
from vitrine.games.sampling import all_coalitions


def find(value, players, evaluations, seed=0):
    return play_one(interactions(players, evaluations, np.random.default_rng(seed)), value)


@given(st.integers(2, 8), st.integers(0, 30))
@settings(max_examples=30, deadline=None)
def test_exact_interactions_are_those_of_the_definition(players, seed):
    value, _ = tiny.unanimity(players, seed)
    index = find(value, players, 2**players).values
    np.testing.assert_allclose(index, index.T)
    for i, j in combinations(range(players), 2):
        others = [k for k in range(players) if k not in (i, j)]
        total = 0.0
        for size in range(players - 1):
            for group in combinations(others, size):
                masks = np.zeros((4, players), dtype=bool)
                masks[:, list(group)] = True
                masks[[0, 1], i] = True
                masks[[0, 2], j] = True
                both, one, other, none = value(masks)
                share = math.factorial(size) * math.factorial(players - size - 2)
                total += share / math.factorial(players - 1) * (both - one - other + none)
        assert index[i, j] == pytest.approx(total, abs=1e-10)


def test_exact_interactions_agree_with_shapiq():
    shapiq = pytest.importorskip("shapiq")
    value = tiny.random_game(6)
    exact = shapiq.ExactComputer(game=value, n_players=6)
    theirs = exact(index="SII", order=2)
    index = interaction_index(value(all_coalitions(6)), 6)
    for i, j in combinations(range(6), 2):
        assert index[i, j] == pytest.approx(theirs[(i, j)], abs=1e-9)


def test_even_weights_are_the_index_of_one_pair():
    for size in range(3):
        mask = np.arange(5)[None] < size
        game = np.zeros(32)
        game[mask[0] @ (1 << np.arange(5))] = game[~mask[0] @ (1 << np.arange(5))] = 1.0
        index = interaction_index(game, 5)
        for player in range(5):
            found = np.delete(even_weights(mask, player)[0], player)
            np.testing.assert_allclose(found, np.delete(index[player], player), atol=1e-12)


@pytest.mark.parametrize("players", [2, 3, 8, 9])
def test_estimates_become_exact_when_every_coalition_is_seen(players, monkeypatch):
    monkeypatch.setattr(module, "MOST_ENUMERABLE", 0)
    value = tiny.random_game(players)
    found = find(value, players, 2**players)
    right = interaction_index(value(all_coalitions(players)), players)
    np.testing.assert_allclose(found.values, right, atol=1e-8)
    np.testing.assert_allclose(found.std_error, 0, atol=1e-5)


@pytest.mark.parametrize("players", [12, 24])
def test_estimates_find_the_pairs_of_a_known_game(players):
    rng = np.random.default_rng(0)
    alone = rng.standard_normal(players)
    pairs = np.zeros((players, players))
    for i, j in combinations(range(6), 2):
        pairs[i, j] = pairs[j, i] = rng.standard_normal()

    def value(masks):
        present = masks.astype(float)
        return present @ alone + np.einsum("mi,ij,mj->m", present, pairs, present) / 2

    found = find(value, players, 32 * players)
    # The interaction of two players that no third one touches is the coefficient of their product.
    assert np.sum((found.values - pairs) ** 2) < 0.02 * np.sum(pairs**2)
    np.testing.assert_array_equal(np.diag(found.values), 0)
    np.testing.assert_array_equal(found.values, found.values.T)


def test_standard_errors_cover_the_exact_index():
    covered, upper = [], np.triu_indices(10, 1)
    for seed in range(8):
        value = tiny.random_game(10, seed)
        found = find(value, 10, 160, seed)
        right = interaction_index(value(all_coalitions(10)), 10)
        covered.append(np.abs(found.values - right)[upper] <= 1.96 * found.std_error[upper])
    assert 0.9 <= np.mean(covered) <= 0.995


@pytest.mark.parametrize(("size", "evaluations"), [(20, 120), (15, 240), (28, 480)])
def test_standard_errors_cover_the_index_of_unanimity_games(size, evaluations):
    covered, upper = [], np.triu_indices(30, 1)
    for seed in range(3):
        members = np.random.default_rng(seed).permutation(30) < size
        right = np.outer(members, members) / (size - 1)
        found = find(
            lambda masks, members=members: masks[:, members].all(axis=1) * 1.0,
            30,
            evaluations,
            seed,
        )
        covered.append(np.abs(found.values - right)[upper] <= 1.96 * found.std_error[upper])
    assert np.mean(covered) >= 0.9


def test_errors_are_not_zero_where_an_exception_may_not_have_been_seen():
    """One coalition of an additive game is an exception; pairs without it look exactly additive."""
    weights = np.random.default_rng(0).standard_normal(11)
    exception = np.arange(11) < 9

    def value(masks):
        return masks @ weights + (masks == exception).all(axis=1)

    upper = np.triu_indices(11, 1)
    right = interaction_index(value(all_coalitions(11)), 11)[upper]
    errors = []
    for evaluations in (60, 1000):
        found = find(value, 11, evaluations)
        error = found.std_error[upper]
        assert (np.abs(found.values[upper] - right) <= 1.96 * error).mean() >= 0.9
        errors.append(error.mean())
    assert errors[0] > 2 * errors[1] > 0


@given(st.integers(0, 16), st.integers(0, 100), st.integers(0, 3))
@settings(max_examples=15, deadline=None)
def test_the_budget_is_kept_and_nothing_asked_twice(players, extra, seed):
    asked = []
    value = tiny.random_game(players, seed)

    def seen(masks):
        asked.extend(mask.tobytes() for mask in masks)
        return value(masks)

    budget = players + 2 + extra
    found = find(seen, players, budget, seed)
    assert len(asked) == len(set(asked)) <= budget
    np.testing.assert_array_equal(found.values, find(value, players, budget, seed).values)


def test_a_constant_game_has_no_interactions():
    found = find(lambda masks: np.full(len(masks), 3.0), 12, 100)
    np.testing.assert_array_equal(found.values, 0)
    np.testing.assert_array_equal(found.std_error, 0)


def test_a_budget_that_is_too_small_says_what_to_set():
    with pytest.raises(ValueError, match=r"interaction_evaluations to 32"):
        find(tiny.random_game(30), 30, 31)


def test_the_table_has_a_row_for_every_two_players():
    examples = tiny.examples([4, 1, 0, 9])
    names = [[f"word {i}" for i in range(n)] for n in examples.lengths]
    instances = SplitInstances("test", examples, np.array([1, 2, 0, 1]), list("bcab"), names)
    games = ModelGames(tiny.model(tiny.architecture()), examples, instances.targets)
    table = split_interactions(InstanceGames(games, Evaluator(games), instances), 64, 0)
    assert table.groupby("instance").size().to_dict() == {100: 6, 103: 36}
    assert (table.player < table.other).all()
    assert table.evaluations.max() <= 64
    one = table[(table.instance == 103) & (table.player == 2) & (table.other == 5)].iloc[0]
    assert (one.player_name, one.other_name, one.target) == ("word 2", "word 5", "b")
    assert (table[table.instance == 100].std_error == 0).all()
