"""Measures of faithfulness in closed form on additive games."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.games.evaluator import Evaluator
from vitrine.games.game import play_one
from vitrine.validation.comprehensiveness import comprehensiveness
from vitrine.validation.deletion import area, deletion_curve
from vitrine.validation.ranking import most_important_first, players_in, top
from vitrine.validation.registry import MEASURES
from vitrine.validation.sufficiency import sufficiency
from vitrine.validation.validate import validate

WEIGHTS = np.array([1.0, 5.0, -2.0, 3.0, 0.0, 0.5, 2.0, -1.0, 4.0, 0.1])


def additive(masks):
    return 0.3 + masks @ WEIGHTS


def test_ranking_is_by_falling_value_with_ties_in_order():
    np.testing.assert_array_equal(most_important_first(np.array([1.0, 3, 1, -2])), [1, 0, 2, 3])
    np.testing.assert_array_equal(top(np.array([1.0, 3, 1, -2]), 2), [True, True, False, False])


@pytest.mark.parametrize(
    ("share", "players", "count"),
    [(0.01, 10, 1), (0.1, 30, 3), (0.2, 16, 4), (0.5, 13, 7), (1, 9, 9), (0, 9, 0), (0.5, 0, 0)],
)
def test_shares_are_rounded_up(share, players, count):
    assert players_in(share, players) == count


def test_comprehensiveness_and_sufficiency_of_an_additive_game():
    fractions = [0.1, 0.2, 0.5]
    ordered = np.sort(WEIGHTS)[::-1]
    gone = [ordered[:k].sum() for k in (1, 2, 5)]
    assert play_one(comprehensiveness(WEIGHTS, fractions), additive) == pytest.approx(np.mean(gone))
    left = [WEIGHTS.sum() - part for part in gone]
    assert play_one(sufficiency(WEIGHTS, fractions), additive) == pytest.approx(np.mean(left))


def test_the_deletion_curve_of_an_additive_game_and_its_area():
    curve = play_one(deletion_curve(WEIGHTS), additive)
    ordered = np.sort(WEIGHTS)[::-1]
    np.testing.assert_allclose(curve, 0.3 + WEIGHTS.sum() - np.r_[0, ordered.cumsum()])
    assert area(np.array([1.0, 1, 1])) == 1.0
    assert area(np.linspace(1, 0, 11)) == pytest.approx(0.5)


@given(st.permutations(range(10)))
@settings(max_examples=50, deadline=None)
def test_no_ranking_beats_the_true_one_on_an_additive_game(order):
    other = np.empty(10)
    other[list(order)] = np.arange(10)
    for measure, sign in ((comprehensiveness, 1), (sufficiency, -1)):
        best = play_one(measure(WEIGHTS, [0.1, 0.5]), additive)
        assert sign * best >= sign * play_one(measure(other, [0.1, 0.5]), additive) - 1e-12
    best = area(play_one(deletion_curve(WEIGHTS), additive))
    assert best <= area(play_one(deletion_curve(other), additive)) + 1e-12


class AdditiveGames:
    """Ten times the additive game, plus the game's number."""

    players = np.array([10, 10])

    def value(self, game, members, lengths):
        rows = np.split(members, np.cumsum(lengths)[:-1])
        return np.array([10 * (g + WEIGHTS[row].sum()) for g, row in zip(game, rows, strict=True)])

    def name(self, game):
        return str(game)


def test_all_methods_are_measured_on_each_instance_and_share_coalitions():
    table = pd.DataFrame(
        [
            {"method": method, "instance": instance, "player": player, "value": value}
            for method, values in {"true": WEIGHTS, "twin": 2 * WEIGHTS, "not": -WEIGHTS}.items()
            for instance in (7, 9)
            for player, value in enumerate(values)
        ]
    ).sample(frac=1, random_state=0)
    evaluator = Evaluator(AdditiveGames())
    result = validate(table, evaluator, np.array([9, 7]), "test", [0.5])
    wide = result.pivot_table(index=["instance", "method"], columns="measure", values="value")
    assert set(wide.columns) == set(MEASURES) | {f"deletion_{step:02d}" for step in range(11)}
    top_half = np.sort(WEIGHTS)[5:].sum()
    assert wide.loc[(7, "true"), "comprehensiveness"] == pytest.approx(10 * top_half)
    assert wide.loc[(9, "true")].equals(wide.loc[(9, "twin")])
    assert wide.loc[(7, "not"), "comprehensiveness"] < wide.loc[(7, "true"), "comprehensiveness"]
    # Game 0 is instance 9 and game 1, worth one more, instance 7.
    assert wide.loc[(7, "true"), "deletion_10"] == 10.0
    assert wide.loc[(9, "true"), "deletion_10"] == 0.0
    # 11 coalitions along each of two rankings; sufficiency adds none, the ends are shared.
    assert evaluator.evaluations.tolist() == [20, 20]
