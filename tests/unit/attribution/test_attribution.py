"""Attribution methods against closed forms, exact values and the published packages."""

import numpy as np
import pandas as pd
import pytest
import tiny

from vitrine.attribution.lime import NEIGHBOURHOODS, Options, lime
from vitrine.attribution.occlusion import occlusion
from vitrine.attribution.registry import METHODS, strategies
from vitrine.attribution.shap import shapley
from vitrine.attribution.task import Task
from vitrine.config.names import METHODS as CONFIGURABLE
from vitrine.explaining.selection import choose_instances
from vitrine.games.evaluator import Evaluator
from vitrine.games.game import play, play_one
from vitrine.games.model_games import ModelGames


@pytest.mark.parametrize(
    "method",
    [
        lambda n: shapley(n, np.random.default_rng(0), evaluations=100),
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
