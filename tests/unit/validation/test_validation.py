"""Measures of faithfulness: closed forms, direct transcriptions, and captum on the same inputs."""

import itertools

import numpy as np
import pandas as pd
import pytest
import tiny
import torch
from captum.metrics import infidelity as captum_infidelity
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.games.evaluator import Evaluator
from vitrine.games.game import play_one
from vitrine.validation.faithfulness.ceiling import best_chain
from vitrine.validation.faithfulness.curves import area
from vitrine.validation.faithfulness.floor import random_rankings
from vitrine.validation.faithfulness.measures.comprehensiveness import comprehensiveness
from vitrine.validation.faithfulness.measures.deletion_auc import deletion_curve
from vitrine.validation.faithfulness.measures.faithfulness_correlation import (
    faithfulness_correlation,
)
from vitrine.validation.faithfulness.measures.infidelity import relative_infidelity
from vitrine.validation.faithfulness.measures.insertion_auc import insertion_curve
from vitrine.validation.faithfulness.measures.sufficiency import sufficiency
from vitrine.validation.faithfulness.normalised import normalised
from vitrine.validation.faithfulness.ranking import chain, levels, most_important_first, players_in
from vitrine.validation.faithfulness.settings import FaithfulnessSettings
from vitrine.validation.faithfulness.strategies import rescaled, together
from vitrine.validation.faithfulness.subsets import removed_subsets
from vitrine.validation.faithfulness.validate import validate
from vitrine.validation.registry import MEASURES

WEIGHTS = np.array([1.0, 5.0, -2.0, 3.0, 0.0, 0.5, 2.0, -1.0, 4.0, 0.1])
FRACTIONS = [0.01, 0.05, 0.1, 0.2, 0.5]
SETTINGS = FaithfulnessSettings(
    fractions=FRACTIONS,
    random_rankings=10,
    ceiling_evaluations=2000,
    subsets=30,
    subset_share=0.3,
)


def additive(masks):
    return 0.3 + masks @ WEIGHTS


def test_ranking_is_by_falling_value_with_ties_in_order():
    np.testing.assert_array_equal(most_important_first(np.array([1.0, 3, 1, -2])), [1, 0, 2, 3])


@pytest.mark.parametrize(
    ("share", "players", "count"),
    [(0.01, 10, 1), (0.1, 30, 3), (0.2, 16, 4), (0.5, 13, 7), (1, 9, 9), (0, 9, 0), (0.5, 0, 0)],
)
def test_shares_are_rounded_up(share, players, count):
    assert players_in(share, players) == count


def test_levels_are_distinct_sizes_with_the_share_of_fractions_that_ask_for_them():
    sizes, weights = levels(FRACTIONS, 16)
    assert sizes.tolist() == [1, 2, 4, 8]
    assert weights.tolist() == [0.4, 0.2, 0.2, 0.2]
    sets = chain(WEIGHTS, np.array([1, 3]))
    assert np.flatnonzero(sets[0]).tolist() == [1]
    assert np.flatnonzero(sets[1]).tolist() == [1, 3, 8]


def test_comprehensiveness_and_sufficiency_of_an_additive_game():
    fractions = [0.1, 0.2, 0.5]
    ordered = np.sort(WEIGHTS)[::-1]
    gone = [ordered[:k].sum() for k in (1, 2, 5)]
    assert play_one(comprehensiveness(WEIGHTS, fractions), additive) == pytest.approx(np.mean(gone))
    left = [WEIGHTS.sum() - part for part in gone]
    assert play_one(sufficiency(WEIGHTS, fractions), additive) == pytest.approx(np.mean(left))


@given(st.integers(1, 24), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_the_definitions_of_eraser_word_for_word(players, seed):
    """DeYoung et al. 2020, equations 1 to 3: r_k is the top k%, m(x) the predicted probability."""
    game = tiny.random_game(players, seed)
    scores = np.random.default_rng(seed).standard_normal(players)
    removed_less, kept_less = [], []
    for k in FRACTIONS:
        count = int(np.ceil(k * players))
        rationale = set(sorted(range(players), key=lambda i: -scores[i])[:count])
        x = np.ones((1, players), dtype=bool)
        without = np.array([[i not in rationale for i in range(players)]])
        only = np.array([[i in rationale for i in range(players)]])
        removed_less.append(game(x)[0] - game(without)[0])
        kept_less.append(game(x)[0] - game(only)[0])
    expected = sum(removed_less) / len(FRACTIONS), sum(kept_less) / len(FRACTIONS)
    found = (
        play_one(comprehensiveness(scores, FRACTIONS), game),
        play_one(sufficiency(scores, FRACTIONS), game),
    )
    assert found == pytest.approx(expected, abs=1e-6)


def test_curves_of_an_additive_game_and_their_areas():
    """At the fractions, at none, three quarters (eight of ten players) and all."""
    ordered = np.r_[0, np.sort(WEIGHTS)[::-1].cumsum()][[0, 1, 1, 1, 2, 5, 8, 10]]
    curve = play_one(deletion_curve(WEIGHTS, FRACTIONS), additive)
    np.testing.assert_allclose(curve, 0.3 + WEIGHTS.sum() - ordered)
    rising = play_one(insertion_curve(WEIGHTS, FRACTIONS), additive)
    np.testing.assert_allclose(rising, 0.3 + ordered)
    widths = np.array([1, 1, 3, 3, 2]) / 10
    heights = (0.3 + ordered)[[0, 3, 4, 5, 6, 7]]
    trapezia = widths @ (heights[:-1] + heights[1:]) / 2
    assert area(rising, FRACTIONS, 10) == pytest.approx(trapezia)
    equal = np.ones(10)
    line = play_one(deletion_curve(equal, FRACTIONS), lambda masks: masks @ equal / 10)
    assert area(line, FRACTIONS, 10) == pytest.approx(0.5)
    assert area(np.ones(8), FRACTIONS, 10) == 1.0
    assert area(np.full(8, 0.4), FRACTIONS, 0) == 0.4


@given(st.permutations(range(10)))
@settings(max_examples=50, deadline=None)
def test_no_ranking_beats_the_true_one_on_an_additive_game(order):
    other = np.empty(10)
    other[list(order)] = np.arange(10)
    for measure, sign in ((comprehensiveness, 1), (sufficiency, -1)):
        best = play_one(measure(WEIGHTS, [0.1, 0.5]), additive)
        assert sign * best >= sign * play_one(measure(other, [0.1, 0.5]), additive) - 1e-12
    for curve, sign in ((deletion_curve, -1), (insertion_curve, 1)):
        areas = [
            area(play_one(curve(values, FRACTIONS), additive), FRACTIONS, 10)
            for values in (WEIGHTS, other)
        ]
        assert sign * areas[0] >= sign * areas[1] - 1e-12


def test_true_weights_correlate_fully_and_have_no_infidelity_at_any_scale():
    subsets = removed_subsets(10, 0.3, 50, np.random.default_rng(0))
    assert len({row.tobytes() for row in subsets}) == 50
    assert (subsets.sum(axis=1) == 3).all()
    for factor in (1.0, 7.0):
        values = factor * WEIGHTS
        assert play_one(faithfulness_correlation(values, subsets), additive) == pytest.approx(1)
        assert play_one(relative_infidelity(values, subsets), additive) == pytest.approx(0)
    assert play_one(faithfulness_correlation(-WEIGHTS, subsets), additive) == pytest.approx(-1)
    assert play_one(relative_infidelity(-WEIGHTS, subsets), additive) == 1.0


def test_infidelity_and_correlation_of_an_additive_game_by_their_definitions():
    subsets = removed_subsets(10, 0.3, 50, np.random.default_rng(1))
    values = WEIGHTS + np.random.default_rng(2).standard_normal(10)
    claimed, loss = subsets @ values, subsets @ WEIGHTS
    factor = np.mean(claimed * loss) / np.mean(claimed**2)
    share = np.mean((factor * claimed - loss) ** 2) / np.mean(loss**2)
    assert play_one(relative_infidelity(values, subsets), additive) == pytest.approx(share)
    expected = np.corrcoef(claimed, loss)[0, 1]
    found = play_one(faithfulness_correlation(values, subsets), additive)
    assert found == pytest.approx(expected)
    assert np.isnan(play_one(faithfulness_correlation(np.ones(10), subsets), additive))
    assert np.isnan(play_one(relative_infidelity(values, subsets), lambda m: np.ones(len(m))))


def test_infidelity_is_that_of_captum_on_the_same_perturbations():
    game = tiny.random_game(9, seed=4)
    subsets = removed_subsets(9, 0.4, 40, np.random.default_rng(3))
    values = game(np.ones((1, 9), dtype=bool)) - game(~np.eye(9, dtype=bool))
    perturbation = torch.from_numpy(subsets.astype(np.float64))

    def perturb(inputs):
        return perturbation, inputs - perturbation

    theirs = captum_infidelity(
        lambda x: torch.from_numpy(game(x.numpy() > 0.5)),
        perturb,
        torch.ones(1, 9, dtype=torch.float64),
        torch.from_numpy(values[None]),
        n_perturb_samples=len(subsets),
        normalize=True,
    ).item()
    loss = game(np.ones((1, 9), dtype=bool)) - game(~subsets)
    ours = play_one(relative_infidelity(values, subsets), game) * np.mean(loss**2)
    assert ours == pytest.approx(theirs, abs=1e-6)


def test_the_random_floor_of_an_additive_game_is_exact_with_all_rotations():
    rankings = random_rankings(10, 10, np.random.default_rng(0))
    drawn = [play_one(comprehensiveness(row, FRACTIONS), additive) for row in rankings]
    counts = [players_in(f, 10) for f in FRACTIONS]
    assert np.mean(drawn) == pytest.approx(np.mean(counts) / 10 * WEIGHTS.sum())
    assert random_rankings(3, 8, np.random.default_rng(0)).shape == (3, 3)


def brute_force(game, players, fractions, sign):
    """The best AOPC over all orderings of the players."""
    found = []
    for order in itertools.permutations(range(players)):
        scores = -np.argsort(order).astype(float)
        measure = comprehensiveness if sign > 0 else sufficiency
        found.append(play_one(measure(scores, fractions), game))
    return max(found) if sign > 0 else min(found)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("budget", [10_000, 60])
def test_the_ceiling_is_that_of_all_orderings(sign, budget):
    """The budget of 10,000 is exact; that of 60 searches with a beam."""
    players, fractions = 6, [0.2, 0.35, 0.6]
    sizes, weights = levels(fractions, players)
    for seed in range(4):
        game = tiny.random_game(players, seed)
        known = np.random.default_rng(seed).standard_normal((2, players))
        coalition = (lambda sets: ~sets) if sign > 0 else (lambda sets: sets)
        ceiling = play_one(best_chain(coalition, sign, sizes, weights, known, budget), game)
        full = game(np.ones((1, players), dtype=bool))[0]
        best = brute_force(game, players, fractions, sign)
        assert full - sign * ceiling.cost == pytest.approx(best)
        assert ceiling.converged
        assert ceiling.sets.sum(axis=1).tolist() == sizes.tolist()
        assert (ceiling.sets[:-1] <= ceiling.sets[1:]).all()


def test_without_budget_the_ceiling_is_the_best_known_ranking():
    sizes, weights = levels([0.2, 0.5], 10)
    known = np.array([WEIGHTS, -WEIGHTS])
    found = play_one(best_chain(lambda s: ~s, 1.0, sizes, weights, known, 0), additive)
    assert not found.converged
    np.testing.assert_array_equal(found.sets, chain(WEIGHTS, sizes))


@given(st.integers(2, 40), st.integers(0, 3))
@settings(max_examples=25, deadline=None)
def test_the_beam_keeps_to_its_budget_and_finds_the_best_of_an_additive_game(players, seed):
    rng = np.random.default_rng(seed)
    own = rng.standard_normal(players)
    sizes, weights = levels(FRACTIONS, players)
    known = rng.standard_normal((3, players))
    asked = []

    def game(masks):
        asked.append(len(masks))
        return masks @ own

    found = play_one(best_chain(lambda s: ~s, 1.0, sizes, weights, known, 4000), game)
    best = play_one(comprehensiveness(own, FRACTIONS), lambda masks: masks @ own)
    worst_known = max(
        play_one(comprehensiveness(row, FRACTIONS), lambda masks: masks @ own) for row in known
    )
    assert sum(asked) <= 4000 + 3 * len(sizes) + 1
    assert worst_known - 1e-9 <= own.sum() - found.cost <= best + 1e-9
    if players <= 12:
        assert own.sum() - found.cost == pytest.approx(best)


def test_normalised_is_zero_at_the_floor_and_one_at_the_ceiling():
    assert normalised(0.2, 0.2, 0.7) == 0
    assert normalised(0.7, 0.2, 0.7) == 1
    assert normalised(-0.1, 0.5, -0.1) == 1
    assert np.isnan(normalised(0.3, 0.3, 0.3))


def test_strategies_are_played_together_and_on_other_scales():
    rounds = []

    def asks(times):
        total = 0.0
        for _ in range(times):
            total += (yield np.ones((2, 3), dtype=bool)).sum()
        return total

    def value(masks):
        rounds.append(len(masks))
        return np.ones(len(masks))

    strategies = [asks(1), rescaled(asks(3), lambda values: 10 * values), asks(0)]
    assert play_one(together(strategies), value) == [2.0, 60.0, 0.0]
    assert rounds == [4, 2, 2]


class AdditiveGames:
    players = np.array([10, 10])

    def value(self, game, members, lengths):
        rows = np.split(members, np.cumsum(lengths)[:-1])
        return np.array([g + WEIGHTS[row].sum() for g, row in zip(game, rows, strict=True)])

    def name(self, game):
        return str(game)


def attributions():
    table = pd.DataFrame(
        [
            {"method": method, "instance": instance, "player": player, "value": value}
            for method, values in {"true": WEIGHTS, "twin": 2 * WEIGHTS, "not": -WEIGHTS}.items()
            for instance in (7, 9)
            for player, value in enumerate(values)
        ]
    )
    return table.sample(frac=1, random_state=0)


def test_all_methods_are_measured_on_each_instance_and_share_coalitions():
    evaluator = Evaluator(AdditiveGames())
    result = validate(
        attributions(), evaluator, np.array([9, 7]), "test", SETTINGS, lambda v: 10 * v, seed=0
    )
    wide = result.pivot_table(index=["instance", "method"], columns="measure", values="value")
    percent = ["0", "1", "5", "10", "20", "50", "75", "100"]
    points = {f"{name}_{share}" for name in ("deletion", "insertion") for share in percent}
    facts = {
        *(f"{end}_{name}" for end in ("floor", "ceiling") for name in MEASURES if name in AOPC),
        "ceiling_settled",
    }
    planted = {"auprc", "pointing_game", "shortcut_exposed"}
    assert set(wide.columns) == (set(MEASURES) - planted) | points | facts
    ordered = np.sort(WEIGHTS)[::-1]
    gone = np.mean([ordered[:k].sum() for k in (1, 1, 1, 2, 5)])
    own = wide.loc[(7, "true")]
    assert own["comprehensiveness"] == pytest.approx(10 * gone)
    assert own["comprehensiveness_log_odds"] == pytest.approx(gone)
    assert own["normalised_comprehensiveness"] == pytest.approx(1)
    assert own["normalised_sufficiency"] == pytest.approx(1)
    assert own["ceiling_settled"] == 1
    assert own["faithfulness_correlation"] == pytest.approx(1)
    # Chance is the mean of ten rotations, which is exact here.
    assert own["floor_comprehensiveness"] == pytest.approx(10 * 0.2 * WEIGHTS.sum())
    assert wide.loc[(9, "true")].equals(wide.loc[(9, "twin")])
    assert wide.loc[(7, "not"), "normalised_comprehensiveness"] < 0
    # Game 0 is instance 9 and game 1, worth one more, instance 7.
    assert wide.loc[(7, "true"), "deletion_100"] == 10.0
    assert wide.loc[(9, "true"), "deletion_100"] == 0.0
    assert (evaluator.evaluations <= 2**10).all()


AOPC = ("comprehensiveness", "sufficiency")


def test_without_a_scale_scores_are_measured_as_they_are():
    result = validate(
        attributions(), Evaluator(AdditiveGames()), np.array([9, 7]), "test", SETTINGS, None, 0
    )
    assert not result["measure"].str.endswith("log_odds").any()
    again = validate(
        attributions(), Evaluator(AdditiveGames()), np.array([7]), "test", SETTINGS, None, 0
    )
    own = result[result["instance"] == 7].reset_index(drop=True)
    # Game 0 is worth one less than game 1, which no difference sees.
    for name in ("normalised_comprehensiveness", "infidelity", "faithfulness_correlation"):
        np.testing.assert_allclose(
            own.loc[own["measure"] == name, "value"],
            again.loc[again["measure"] == name, "value"],
            atol=1e-9,
        )


def test_an_instance_of_one_player_has_no_undefined_measures():
    class Small(AdditiveGames):
        players = np.array([1])

    table = pd.DataFrame([{"method": "shap", "instance": 3, "player": 0, "value": 1.0}])
    result = validate(table, Evaluator(Small()), np.array([3]), "test", SETTINGS, None, 0)
    assert result["value"].notna().all()
    assert "comprehensiveness" in set(result["measure"])
