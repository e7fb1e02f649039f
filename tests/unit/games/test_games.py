"""Games: coalitions are evaluated once, counted, and drawn as promised."""

import math

import numpy as np
import pytest
import tiny
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.games.evaluator import Evaluator
from vitrine.games.game import play
from vitrine.games.model_games import ModelGames
from vitrine.games.sampling import all_coalitions, paired_by_size, random_subsets, stands_for
from vitrine.models.coalitions import TransformerCoalitions


class Counting:
    """Games whose value is the sum of the present players' numbers; remembers every call."""

    players = np.array([3, 5])

    def __init__(self):
        self.seen = []

    def value(self, game, members, lengths):
        ends = np.cumsum(lengths)
        rows = np.split(members, ends[:-1])
        self.seen += [(int(g), tuple(row.tolist())) for g, row in zip(game, rows, strict=True)]
        return np.array([100.0 * g + row.sum() for g, row in zip(game, rows, strict=True)])

    def name(self, game):
        return f"game {game}"


def test_each_coalition_is_evaluated_once_and_counted():
    games = Counting()
    evaluator = Evaluator(games)
    masks = np.array([[0, 0, 0], [1, 0, 1], [1, 0, 1]], dtype=bool)
    first, second = evaluator([(0, masks), (1, np.eye(5, dtype=bool))])
    again = evaluator([(0, masks[::-1])])[0]
    np.testing.assert_array_equal(first, [0, 2, 2])
    np.testing.assert_array_equal(second, 100 + np.arange(5))
    np.testing.assert_array_equal(again, [2, 2, 0])
    assert len(games.seen) == len(set(games.seen)) == 7
    np.testing.assert_array_equal(evaluator.evaluations, [2, 5])


def test_masks_of_the_wrong_width_are_refused():
    with pytest.raises(ValueError, match="game 1 has 5 players"):
        Evaluator(Counting())([(1, np.ones((2, 3), dtype=bool))])


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_names_instance_and_coalition(broken):
    class Broken(Counting):
        def value(self, _game, _members, lengths):
            return np.where(lengths == 2, broken, 1.0)

    with pytest.raises(FloatingPointError, match=rf"game 0: .* gave {broken} .*\[0, 2\]"):
        Evaluator(Broken())([(0, np.array([[1, 1, 1], [1, 0, 1]], dtype=bool))])


def test_strategies_play_side_by_side_and_may_end_at_different_times():
    rounds = []

    def asks(times):
        total = 0.0
        for _ in range(times):
            total += (yield np.ones((1, 3), dtype=bool)).sum()
        return total

    def evaluate(requests):
        rounds.append([game for game, _ in requests])
        return [np.array([float(game + 1)]) for game, _ in requests]

    assert play([asks(1), asks(3), asks(0)], evaluate) == [1.0, 6.0, 0]
    assert rounds == [[0, 1], [1], [1]]


@pytest.mark.parametrize("shape", [tiny.architecture(), tiny.recommender()], ids=["words", "films"])
def test_a_models_games_have_the_values_of_the_model(shape):
    model = tiny.model(shape)
    examples = tiny.examples([4, 7])
    targets = np.array([1, 2])
    rng = np.random.default_rng(0)
    masks = [rng.random((50, n)) < 0.5 for n in (4, 7)]
    small, large = (
        Evaluator(ModelGames(model, examples, targets, megabytes))(list(enumerate(masks)))
        for megabytes in (1, 500)
    )
    for game in range(2):
        np.testing.assert_allclose(small[game], large[game], atol=1e-5)
        from vitrine.models.packing import pack

        for mask, value in zip(masks[game][:5], large[game][:5], strict=True):
            members = examples.offsets[game] + np.flatnonzero(mask)
            logits = model(pack(examples, members, np.array([mask.sum()]))).detach().numpy()[0]
            shares = np.exp(logits - logits.max())
            share = (shares / shares.sum())[targets[game]]
            expected = logits[targets[game]] if shape.causal else math.log(share / (1 - share))
            assert value == pytest.approx(expected, abs=1e-4)


def test_a_coalition_of_many_players_is_known_again():
    class Sizes(Counting):
        players = np.array([150])

        def value(self, game, _members, lengths):
            self.seen += game.tolist()
            return lengths.astype(float)

    games = Sizes()
    evaluator = Evaluator(games)
    masks = np.random.default_rng(0).random((40, 150)) < 0.5
    twice = np.concatenate([masks, masks[::-1]])
    np.testing.assert_array_equal(evaluator([(0, twice)])[0], twice.sum(axis=1))
    np.testing.assert_array_equal(evaluator([(0, masks)])[0], masks.sum(axis=1))
    assert len(games.seen) == evaluator.evaluations[0] == 40


def test_two_strategies_of_one_game_share_its_coalitions():
    games = Counting()
    everyone = np.ones((1, 3), dtype=bool)
    first, second = Evaluator(games)([(0, everyone), (0, everyone)])
    assert first == second == 3
    assert len(games.seen) == 1


def test_long_work_is_cut_into_slabs_and_reported(monkeypatch, caplog):
    monkeypatch.setattr("vitrine.games.evaluator.PLAYERS_AT_ONCE", 16)
    monkeypatch.setattr("vitrine.games.evaluator.SECONDS_BETWEEN_REPORTS", -1.0)
    caplog.set_level("INFO")
    masks = all_coalitions(5)
    values = Evaluator(Counting())([(0, all_coalitions(3)), (1, masks)])
    np.testing.assert_array_equal(values[1], 100 + masks @ np.arange(5))
    assert "of 40 coalitions" in caplog.text


def test_a_batch_that_does_not_fit_is_halved_and_the_values_stay(monkeypatch, caplog):
    model, examples = tiny.model(tiny.architecture()), tiny.examples([6])
    masks = all_coalitions(6)
    expected = Evaluator(ModelGames(model, examples, np.array([1])))([(0, masks)])[0]
    batches = []
    read = TransformerCoalitions.read

    def scarce(self, members, lengths, shared):
        if len(lengths) > 5:
            raise MemoryError
        batches.append(len(lengths))
        return read(self, members, lengths, shared)

    monkeypatch.setattr(TransformerCoalitions, "read", scarce)
    values = Evaluator(ModelGames(model, examples, np.array([1])))([(0, masks)])[0]
    np.testing.assert_allclose(values, expected, atol=1e-5)
    assert sum(batches) == 64
    assert max(batches) <= 5
    assert "halving" in caplog.text


def test_one_row_that_does_not_fit_is_an_error(monkeypatch):
    model, examples = tiny.model(tiny.architecture()), tiny.examples([6])

    def full(*_):
        raise MemoryError

    monkeypatch.setattr(TransformerCoalitions, "read", full)
    with pytest.raises(MemoryError):
        Evaluator(ModelGames(model, examples, np.array([1])))([(0, all_coalitions(6))])


def test_weights_that_are_not_finite_are_named():
    model, examples = tiny.model(tiny.architecture()), tiny.examples([4])
    with torch.no_grad():
        model.head.weight[0, 0] = torch.nan
    with pytest.raises(FloatingPointError, match=r"instance 100: .*nan.*players \[\]"):
        Evaluator(ModelGames(model, examples, np.array([1])))([(0, all_coalitions(4))])


def test_all_coalitions_are_all_coalitions():
    masks = all_coalitions(6)
    assert len(np.unique(masks, axis=0)) == 64
    np.testing.assert_array_equal(masks @ (2 ** np.arange(6)), np.arange(64))


@given(st.integers(1, 10), st.data())
@settings(max_examples=50, deadline=None)
def test_random_subsets_are_distinct_and_of_the_size(players, data):
    size = data.draw(st.integers(0, players))
    count = data.draw(st.integers(0, math.comb(players, size)))
    masks = random_subsets(players, size, count, np.random.default_rng(0))
    assert masks.shape == (count, players)
    assert len({mask.tobytes() for mask in masks}) == count
    assert (masks.sum(axis=1) == size).all()


@given(st.integers(2, 14), st.integers(1, 400), st.integers(0, 3))
@settings(max_examples=80, deadline=None)
def test_pairs_are_distinct_and_weights_account_for_every_pair(players, pairs, seed):
    masks = paired_by_size(players, pairs, np.random.default_rng(seed))
    weights = stands_for(masks)
    everything = 2 ** (players - 1) - 1
    assert len(masks) == min(pairs, everything)
    both = {mask.tobytes() for mask in masks} | {mask.tobytes() for mask in ~masks}
    assert len(both) == 2 * len(masks)
    assert (weights >= 1 - 1e-12).all()
    if pairs >= everything:
        np.testing.assert_array_equal(weights, 1)
    # The weights of a size add up to the number of its pairs.
    for size in np.unique(masks.sum(axis=1)):
        total = math.comb(players, int(size)) / (2 if 2 * size == players else 1)
        assert weights[masks.sum(axis=1) == size].sum() == pytest.approx(total)


@given(st.integers(4, 14), st.integers(20, 300), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_the_first_pairs_are_a_sample_of_all_sizes_too(players, pairs, seed):
    masks = paired_by_size(players, pairs, np.random.default_rng(seed))
    first = np.bincount(masks[: len(masks) // 2].sum(axis=1), minlength=players // 2 + 1)[1:]
    every = np.bincount(masks.sum(axis=1), minlength=players // 2 + 1)[1:]
    # No size falls behind its share of the whole by more than rounding, unless it was used up.
    share = np.where(2 * np.arange(1, players // 2 + 1) == players, 1, 2)
    waiting = first < every
    if waiting.any():
        pace = first[waiting] / share[waiting]
        assert np.ptp(pace) <= 1.5
