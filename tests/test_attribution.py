"""Attribution methods against closed forms, exact values and the published packages."""

import numpy as np
import pandas as pd
import pytest
import torch

import tiny
from vitrine.attribution.gradient import gradient_times_input
from vitrine.attribution.instances import choose_instances
from vitrine.attribution.lime import NEIGHBOURHOODS, draw, kernel, lime, ridge
from vitrine.attribution.occlusion import occlusion
from vitrine.attribution.registry import METHODS, strategies
from vitrine.attribution.shap import shapley
from vitrine.attribution.task import Task
from vitrine.config import METHODS as CONFIGURABLE
from vitrine.games.evaluator import Evaluator
from vitrine.games.game import play, play_one
from vitrine.games.model_games import ModelGames


@pytest.mark.parametrize(
    "method",
    [
        lambda n: shapley(n, None, evaluations=100),
        lambda n: lime(n, 50, NEIGHBOURHOODS["text"], np.random.default_rng(0)),
        occlusion,
    ],
)
@pytest.mark.parametrize("players", [0, 1])
def test_nobody_and_one_player(method, players):
    ours = play_one(method(players), lambda masks: 2.0 + 3.0 * masks.sum(axis=1))
    np.testing.assert_allclose(ours.values, [3.0] * players)
    assert ours.base_value == 2.0
    assert ours.full_value == 2.0 + 3.0 * players


def test_lime_solves_the_ridge_problem_of_the_lime_package():
    base = pytest.importorskip("lime.lime_base")
    players = 12
    neighbourhood = NEIGHBOURHOODS["text"]
    masks = draw(players, 300, neighbourhood, np.random.default_rng(1))
    values = tiny.random_game(players)(masks)
    weights = kernel(masks, neighbourhood)
    # The package calls its kernel with distances; here distances are what gives our weights.
    peer = base.LimeBase(kernel_fn=lambda distances: distances, random_state=0)
    intercept, pairs, r2, predicted = peer.explain_instance_with_data(
        masks.astype(float), values[:, None], weights, 0, players, feature_selection="none"
    )
    coefficients, constant = ridge(masks.astype(float), values, weights)
    theirs = np.zeros(players)
    for player, coefficient in pairs:
        theirs[player] = coefficient
    np.testing.assert_allclose(coefficients, theirs, atol=1e-9)
    assert constant == pytest.approx(intercept, abs=1e-9)

    ours = play_one(
        lime(players, 300, neighbourhood, np.random.default_rng(1)), tiny.random_game(players)
    )
    np.testing.assert_allclose(ours.values, coefficients, atol=1e-12)
    assert ours.diagnostics["local_r2"] == pytest.approx(r2, abs=1e-9)
    assert ours.diagnostics["surrogate_value"] == pytest.approx(predicted[0], abs=1e-9)


@pytest.mark.parametrize("domain", NEIGHBOURHOODS)
def test_lime_weighs_as_the_lime_package_does(domain):
    pairwise = pytest.importorskip("sklearn.metrics").pairwise_distances
    neighbourhood = NEIGHBOURHOODS[domain]
    masks = draw(10, 200, neighbourhood, np.random.default_rng(0)).astype(float)
    masks = masks[masks.sum(axis=1) > 0]
    metric = neighbourhood.distance
    distance = pairwise(masks, masks[:1], metric=metric)[:, 0]
    width = neighbourhood.width
    if domain in ("text", "sequence"):
        distance = distance * 100
    if domain == "table":
        width = width * np.sqrt(10)
    np.testing.assert_allclose(
        kernel(masks.astype(bool), neighbourhood),
        np.sqrt(np.exp(-(distance**2) / width**2)),
        atol=1e-6,
    )


def test_lime_of_an_additive_game_is_its_weights_but_for_the_ridge():
    weights = np.array([1.0, -2.0, 0.5, 0.0])
    ours = play_one(
        lime(4, 5000, NEIGHBOURHOODS["table"], np.random.default_rng(0)),
        lambda masks: masks @ weights,
    )
    np.testing.assert_allclose(ours.values, weights, atol=0.02)
    assert ours.diagnostics["local_r2"] > 0.999
    assert 1 < ours.diagnostics["effective_samples"] <= 5000


def test_lime_of_a_constant_game_is_nothing():
    ours = play_one(
        lime(4, 100, NEIGHBOURHOODS["text"], np.random.default_rng(0)),
        lambda masks: np.full(len(masks), 7.0),
    )
    np.testing.assert_allclose(ours.values, 0, atol=1e-12)
    assert ours.diagnostics["local_r2"] == 1.0


def test_occlusion_is_the_loss_of_each_player():
    value = tiny.random_game(6)
    ours = play_one(occlusion(6), value)
    whole = np.ones((7, 6), dtype=bool)
    whole[np.arange(1, 7), np.arange(6)] = False
    values = value(whole)
    np.testing.assert_allclose(ours.values, values[0] - values[1:])


def test_gradient_times_input_is_the_derivative_of_fading_a_player_out():
    model = tiny.model(tiny.architecture()).double()
    examples = tiny.examples([5, 3])
    import dataclasses

    from vitrine.games.model_games import target_value
    from vitrine.models.packing import pack

    examples = dataclasses.replace(examples, features=examples.features.astype(np.float64))
    targets = np.array([0, 2])
    values = gradient_times_input(model, examples, targets)
    step = 1e-5
    for i in range(2):
        instance = examples.take(np.array([i]))
        tokens = pack(instance, np.arange(len(instance.ids)), instance.lengths)
        for player in range(int(instance.lengths[0])):
            sides = []
            for sign in (1, -1):
                gates = torch.ones(1, len(instance.ids), dtype=torch.float64)
                gates[0, player] += sign * step
                target = torch.tensor([targets[i]])
                sides.append(target_value(model(tokens, gates), target, False).item())
            slope = (sides[0] - sides[1]) / (2 * step)
            assert values[i][player] == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [tiny.architecture(), tiny.recommender()], ids=["words", "films"])
def test_every_method_explains_every_instance_and_is_deterministic(method, shape):
    model = tiny.model(shape)
    examples = tiny.examples([5, 8, 1])
    targets = np.array([1, 2, 0])
    settings_of = {"shap": {"evaluations": 64}, "lime": {"samples": 64}}

    def run():
        task = Task(model, examples, targets, "text", settings_of.get(method, {}), 3)
        evaluator = Evaluator(ModelGames(model, examples, targets))
        return play(strategies(method, task), evaluator), evaluator.evaluations

    (first, counts), (second, _) = run(), run()
    for i, (one, other) in enumerate(zip(first, second, strict=True)):
        assert one.values.shape == (examples.lengths[i],)
        assert np.isfinite(one.values).all()
        np.testing.assert_array_equal(one.values, other.values)
        assert one.full_value != one.base_value
    assert (counts <= 65).all()


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
