"""Coalitions that one stage has evaluated are not evaluated again by another."""

import numpy as np
import pandas as pd
import pytest
import tiny

from vitrine.attribution.methods.lime.lime import draw
from vitrine.data.domains.registry import DOMAINS
from vitrine.explaining.coalition_cache import CoalitionCache, evaluated_coalitions
from vitrine.files import write_table
from vitrine.games.evaluator import Evaluator, keys_of, masks_of
from vitrine.games.model_games import ModelGames

INSTANCES = np.array([7, 9])


class Sums:
    """Games of 0 and 70 players whose value is the sum of the present players' numbers."""

    players = np.array([0, 70])

    def value(self, game, members, lengths):
        rows = np.split(members, np.cumsum(lengths)[:-1])
        return np.array([g + float(row.sum()) for g, row in zip(game, rows, strict=True)])

    def name(self, game):
        return str(game)


def draw_coalitions(seed, count=20):
    rng = np.random.default_rng(seed)
    return [(0, np.zeros((1, 0), dtype=bool)), (1, rng.random((count, 70)) < 0.5)]


@pytest.mark.parametrize("players", [0, 1, 8, 64, 65, 130])
def test_coalitions_come_back_from_their_keys(players):
    masks = np.random.default_rng(0).random((6, players)) < 0.5
    np.testing.assert_array_equal(masks_of(keys_of(masks), players), masks)


def test_a_file_of_coalitions_spares_their_evaluation(tmp_path):
    first = Evaluator(Sums())
    values = first(draw_coalitions(0))
    table = evaluated_coalitions(first, "test", INSTANCES)
    assert table.columns.tolist() == ["split", "instance", "coalition", "value"]
    assert table.groupby("instance").size().tolist() == [1, 20]
    table.attrs = {"value": "log_odds", "removal": "absent"}
    write_table(tmp_path / "one.parquet", table)

    second = Evaluator(Sums())
    CoalitionCache.read([tmp_path / "one.parquet"], "log_odds", "absent").fill(
        second, "test", INSTANCES
    )
    again = second([*draw_coalitions(0), draw_coalitions(1, 3)[1]])
    assert second.evaluations.tolist() == [0, 3]
    for one, other in zip(values, again, strict=False):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("value", "removal", "split"),
    [("probability", "absent", "test"), ("log_odds", "mask", "test"), ("log_odds", "absent", "x")],
)
def test_coalitions_of_another_game_do_not_count(tmp_path, value, removal, split):
    first = Evaluator(Sums())
    first(draw_coalitions(0))
    table = evaluated_coalitions(first, "test", INSTANCES)
    table.attrs = {"value": "log_odds", "removal": "absent"}
    write_table(tmp_path / "one.parquet", table)
    second = Evaluator(Sums())
    CoalitionCache.read([tmp_path / "one.parquet"], value, removal).fill(second, split, INSTANCES)
    second(draw_coalitions(0))
    assert second.evaluations.tolist() == [1, 20]


def test_tables_of_several_methods_are_cached_together():
    parts = []
    for seed in (0, 1):
        evaluator = Evaluator(Sums())
        evaluator(draw_coalitions(seed))
        parts.append(evaluated_coalitions(evaluator, "test", INSTANCES))
    evaluator = Evaluator(Sums())
    CoalitionCache.of(parts).fill(evaluator, "test", INSTANCES)
    evaluator([*draw_coalitions(0), *draw_coalitions(1)])
    assert evaluator.evaluations.sum() == 0
    assert (
        len(evaluator.requested_values(1)[0])
        == len(pd.concat(parts).drop_duplicates(["instance", "coalition"])) - 1
    )


def test_values_of_a_model_are_the_same_from_the_cache():
    examples = tiny.examples([5, 3])
    games = ModelGames(tiny.model(tiny.architecture()), examples, np.array([0, 1]))
    first, masks = Evaluator(games), np.random.default_rng(0).random((9, 5)) < 0.5
    values = first([(0, masks)])[0]
    cache = CoalitionCache.of([evaluated_coalitions(first, "test", examples.instance)])
    second = Evaluator(games)
    cache.fill(second, "test", examples.instance)
    np.testing.assert_array_equal(second([(0, masks)])[0], values)
    assert second.evaluations.tolist() == [0, 0]


@pytest.mark.parametrize("domain", DOMAINS)
def test_fewer_samples_of_lime_are_the_first_of_more(domain):
    neighbourhood = DOMAINS[domain].neighbourhood
    few, more = (draw(9, count, neighbourhood, np.random.default_rng(0)) for count in (20, 50))
    np.testing.assert_array_equal(few, more[:20])
    if neighbourhood.draw == "size":
        removed = (~draw(9, 9000, neighbourhood, np.random.default_rng(1))).sum(axis=1)
        counts = np.bincount(removed, minlength=10)
        assert counts[0] == 0
        np.testing.assert_allclose(counts[1:] / 9000, 1 / 9, atol=0.02)
