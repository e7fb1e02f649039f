"""Standard errors of Shapley values on games that the model of the estimator does not expect."""

import numpy as np
import pytest
import tiny

from vitrine.attribution.methods.shap.shapley import ESTIMATORS, estimated
from vitrine.attribution.shapley.dominating import without_dominating
from vitrine.attribution.shapley.exact import shapley_values
from vitrine.attribution.shapley.gaussian_process import estimate as from_pairs
from vitrine.attribution.shapley.model_check import Scatter, learning
from vitrine.attribution.shapley.pairs import Pairs
from vitrine.games.game import play_one
from vitrine.games.sampling import all_coalitions

NORMAL_95 = 1.96


def estimate(value, players, evaluations, seed=0, **options):
    rng = np.random.default_rng(seed)
    strategy = estimated(players, evaluations, ESTIMATORS["gaussian_process"], rng, **options)
    return play_one(strategy, value)


def members_of(players, size, seed):
    return np.random.default_rng(seed).permutation(players) < size


def unanimity(players, size, seed):
    """1 if all members are present."""
    members = members_of(players, size, seed)
    return lambda masks: masks[:, members].all(axis=1) * 1.0, members / size


def parity(players, size, seed):
    """An additive game, and 1 or -1 by whether an even number of members is absent."""
    members = members_of(players, size, seed)
    weights = np.random.default_rng(seed).standard_normal(players)

    def value(masks):
        return masks @ weights + 1.0 - 2.0 * ((~masks[:, members]).sum(axis=1) % 2)

    return value, weights + 2 * members / size


def threshold(players, size, seed):
    """1 if at least two of the members are present."""
    members = members_of(players, size, seed)
    return lambda masks: (masks[:, members].sum(axis=1) >= 2) * 1.0, members / size


def gloves(players, size, seed):
    """1 if members of both sides are present; the value of one side is 1 - size / players."""
    left = members_of(players, size, seed)
    shapley = np.where(left, (1 - size / players) / size, size / players / (players - size))

    def value(masks):
        return (masks[:, left].any(axis=1) & masks[:, ~left].any(axis=1)) * 1.0

    return value, shapley


def coverage(game, players, size, evaluations, seeds=12):
    covered = []
    for seed in range(seeds):
        value, shapley = game(players, size, seed)
        ours = estimate(value, players, evaluations, seed)
        covered.append(np.abs(ours.values - shapley) <= NORMAL_95 * ours.std_error + 1e-9)
    return np.mean(covered)


@pytest.mark.parametrize(
    ("game", "players", "size", "evaluations"),
    [
        (unanimity, 30, 28, 120),
        (unanimity, 30, 28, 480),
        (unanimity, 30, 28, 1920),
        (unanimity, 30, 10, 120),
        (parity, 12, 7, 48),
        (parity, 12, 11, 192),
        (parity, 12, 11, 768),
        (parity, 30, 29, 120),
        (threshold, 12, 8, 96),
        (gloves, 12, 1, 48),
        (gloves, 30, 1, 120),
        (gloves, 30, 1, 480),
    ],
)
def test_intervals_contain_the_values_of_games_that_refute_the_model(
    game, players, size, evaluations
):
    assert coverage(game, players, size, evaluations) >= 0.9


def test_errors_are_not_zero_where_only_the_full_coalition_has_a_value():
    ours = estimate(lambda masks: masks.all(axis=1) * 1.0, 30, 120)
    np.testing.assert_allclose(ours.values, 1 / 30)
    assert (ours.std_error > 0.01).all()


def test_errors_are_not_zero_where_an_exception_may_not_have_been_seen():
    weights = np.random.default_rng(0).standard_normal(20)
    few = estimate(lambda masks: masks @ weights, 20, 80)
    many = estimate(lambda masks: masks @ weights, 20, 1280)
    np.testing.assert_allclose(few.values, weights, atol=1e-6)
    assert (few.std_error > 1e-3).all()
    assert (many.std_error < few.std_error / 2).all()


def test_errors_are_not_zero_where_every_pair_has_two_equal_values():
    """Complements have equal values, so all Shapley values are 0; only a constant is that for sure.

    The exact values of all coalitions are needed to know that no pair is an exception.
    """
    ours = estimate(lambda masks: (masks[:, 0] == masks[:, 1]) * 1.0, 12, 60)
    np.testing.assert_allclose(ours.values, 0, atol=1e-12)
    assert (ours.std_error > 1e-3).all()
    assert (estimate(lambda masks: np.full(len(masks), 0.1), 12, 60).std_error < 1e-12).all()


def test_a_full_coalition_that_contradicts_the_others_has_a_part_that_all_share():
    """28 of 30 players gain 1/28, the others nothing."""
    value, shapley = unanimity(30, 28, 0)
    ours = estimate(value, 30, 480)
    np.testing.assert_allclose(ours.values, shapley, atol=0.006)


@pytest.mark.parametrize("size", [25, 28, 29])
def test_a_refuted_model_does_not_end_the_sampling(size):
    asked = []
    value, shapley = unanimity(30, size, 0)

    def counted(masks):
        asked.append(len(masks))
        return value(masks)

    ours = estimate(counted, 30, 960, tolerance=0.05)
    assert sum(asked) == 960
    assert (np.abs(ours.values - shapley) <= NORMAL_95 * ours.std_error).mean() >= 0.9


def test_a_tolerance_still_ends_the_sampling_of_a_game_as_expected():
    asked = []
    value = tiny.random_game(20, 1)

    def counted(masks):
        asked.append(len(masks))
        return value(masks)

    estimate(counted, 20, 4000, tolerance=0.05)
    assert sum(asked) < 2000


@pytest.mark.parametrize("factor", [1e3, 1e5])
@pytest.mark.parametrize("large", [[4], [4, 9]])
def test_dominating_players_do_not_spoil_the_others(factor, large):
    """The errors of the others are those that they have in the game without these players."""
    squares, covered = [], []
    others = np.delete(np.arange(12), large)
    for seed in range(6):
        small = tiny.random_game(12, seed)
        true = shapley_values(small(all_coalitions(12)), 12)
        weights = np.zeros(12)
        weights[large] = factor

        def value(masks, small=small, weights=weights):
            return small(masks) + masks @ weights

        games = (small, value)
        alone, together = (estimate(game, 12, 150, seed) for game in games)
        errors = alone.values - true, together.values - weights - true
        squares.append([np.mean(error[others] ** 2) for error in errors])
        covered.append(np.abs(errors[1])[others] <= NORMAL_95 * together.std_error[others])
    without, with_large = np.mean(squares, axis=0)
    assert with_large < 2 * without
    assert np.mean(covered) >= 0.9


def test_dominating_players_are_taken_off_and_others_are_not():
    rng = np.random.default_rng(0)
    half = rng.random((40, 10)) < 0.4
    signs = np.where(half, 1.0, -1.0)
    weights = rng.standard_normal(10)
    weights[[2, 7]] = 4e4, 1e9
    rest, taken = without_dominating(Pairs(half, signs @ weights, weights.sum()))
    np.testing.assert_allclose(taken[[2, 7]], 2 * weights[[2, 7]], rtol=1e-3)
    assert not np.delete(taken, [2, 7]).any()
    np.testing.assert_allclose(rest.odd, signs @ (weights - taken / 2), rtol=1e-4, atol=1e-3)
    assert rest.full == pytest.approx((weights - taken / 2).sum(), abs=1e-3)
    plain = Pairs(half, signs @ np.ones(10), 10.0)
    unchanged, nothing = without_dominating(plain)
    np.testing.assert_array_equal(unchanged.odd, plain.odd)
    assert not nothing.any()


def test_a_model_is_refuted_by_the_full_coalition_and_not_without_a_reason():
    rng = np.random.default_rng(0)
    half = np.unique(rng.random((200, 16)) < 0.4, axis=0)
    half = half[(half.sum(axis=1) >= 1) & (half.sum(axis=1) <= 8)]
    rng.shuffle(half)
    weights = rng.standard_normal(16)
    odd = np.where(half, 1.0, -1.0) @ weights + 0.1 * rng.standard_normal(len(half))
    right = from_pairs(Pairs(half, odd, weights.sum()))
    wrong = from_pairs(Pairs(half, odd, weights.sum() + 5.0))
    assert not right.refuted
    assert wrong.refuted
    assert wrong.std_error.mean() > 3 * right.std_error.mean()
    assert wrong.values.sum() == pytest.approx(2 * (weights.sum() + 5.0))
    # Everybody gets the same of what the full coalition has of its own.
    np.testing.assert_allclose(wrong.values - right.values, 10 / 16, atol=0.1)


def test_scatter_tells_common_errors_of_a_size_from_independent_ones():
    rng = np.random.default_rng(1)
    sizes = np.repeat(np.arange(1, 7), 20)
    independent = Scatter.of(rng.standard_normal(120), sizes)
    assert independent.of_pairs == pytest.approx(1, abs=0.2)
    assert independent.of_sizes < 1
    assert not independent.refuting
    common = Scatter.of(rng.standard_normal(6)[sizes - 1], sizes)
    assert common.of_sizes > 3
    assert common.refuting
    assert Scatter.of(3 * rng.standard_normal(120), sizes).refuting


def test_learning_counts_pairs_of_value_zero_little():
    full = np.where(np.arange(60) % 2, 1.0, -1.0)
    sparse = np.where(np.arange(60) < 6, 1.0, 0.0)
    assert learning(full, 30) == pytest.approx(1 + 2 * (30 / 60) ** 2)
    assert learning(sparse, 30) == pytest.approx(1 + 2 * (30 / 18) ** 2)
