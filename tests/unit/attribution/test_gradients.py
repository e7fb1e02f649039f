"""Gradient methods against finite differences and captum; linear models against shap."""

import dataclasses

import numpy as np
import pytest
import tiny
import torch

from vitrine.attribution.linear import linear_shapley
from vitrine.attribution.methods.gradient.gradient_times_input import gradient_times_input
from vitrine.attribution.methods.integrated_gradients.integrated_gradients import (
    integrated_gradients,
    presence_gradients,
)
from vitrine.games.evaluator import Evaluator
from vitrine.games.model_games import ModelGames
from vitrine.games.values import target_value
from vitrine.models.packing import pack

TARGETS = np.array([0, 2])
SHAPES = pytest.mark.parametrize(
    "shape",
    [tiny.architecture(), tiny.architecture(readout="start"), tiny.recommender()],
    ids=["words", "start", "films"],
)


def kind_of(shape):
    return "score" if shape.causal else "log_odds"


def double(shape):
    """A model and two instances in double precision."""
    examples = tiny.examples([5, 3])
    examples = dataclasses.replace(examples, features=examples.features.astype(np.float64))
    return tiny.model(shape).double(), examples


def forward_of(model, examples, place, factor):
    """The value of one instance as a function of its ``gates`` or its ``presence``."""
    instance = examples.take(np.array([place]))
    tokens = pack(instance, np.arange(len(instance.ids)), instance.lengths)

    def forward(factors):
        rows = len(factors)
        batch = dataclasses.replace(
            tokens,
            ids=tokens.ids.expand(rows, -1),
            features=tokens.features.expand(rows, -1, -1),
            positions=tokens.positions.expand(rows, -1),
        )
        target = torch.full((rows,), int(TARGETS[place]))
        return target_value(model(batch, **{factor: factors}), target, kind_of(model.shape))

    return forward


def slopes(forward, at, players):
    """Derivatives by central differences."""
    step, result = 1e-5, []
    for player in range(players):
        factors = torch.full((2, players), at, dtype=torch.float64)
        factors[0, player] += step
        factors[1, player] -= step
        with torch.no_grad():
            high, low = forward(factors).tolist()
        result.append((high - low) / (2 * step))
    return result


@SHAPES
def test_gradient_times_input_is_the_derivative_of_fading_a_player_out(shape):
    model, examples = double(shape)
    values = gradient_times_input(model, examples, TARGETS, kind_of(shape))
    for i, players in enumerate((5, 3)):
        expected = slopes(forward_of(model, examples, i, "gates"), 1.0, players)
        np.testing.assert_allclose(values[i], expected, atol=1e-6)


@SHAPES
def test_gradient_times_input_agrees_with_captum(shape):
    attr = pytest.importorskip("captum.attr")
    model, examples = double(shape)
    ours = gradient_times_input(model, examples, TARGETS, kind_of(shape))
    gates = torch.ones(1, 5, dtype=torch.float64, requires_grad=True)
    theirs = attr.InputXGradient(forward_of(model, examples, 0, "gates")).attribute(gates)[0]
    # Our gates are single precision, whatever the model is.
    np.testing.assert_allclose(ours[0], theirs.detach().numpy(), atol=1e-6)


@SHAPES
def test_presence_of_one_and_of_nearly_nothing_are_the_full_and_the_empty_coalition(shape):
    model, examples = double(shape)
    games = ModelGames(model, examples, TARGETS)
    empty, full = Evaluator(games)([(0, np.array([[False] * 5, [True] * 5]))])[0]
    forward = forward_of(model, examples, 0, "presence")
    with torch.no_grad():
        low, high = forward(torch.tensor([[1e-12] * 5, [1.0] * 5], dtype=torch.float64)).tolist()
    assert low == pytest.approx(empty, abs=1e-6)
    assert high == pytest.approx(full, abs=1e-6)


@SHAPES
def test_gradients_by_presence_are_derivatives(shape):
    model, examples = double(shape)
    values = presence_gradients(model, examples, TARGETS, kind_of(shape), 0.4)
    for i, players in enumerate((5, 3)):
        expected = slopes(forward_of(model, examples, i, "presence"), 0.4, players)
        np.testing.assert_allclose(values[i], expected, atol=1e-6)


@SHAPES
def test_integrated_gradients_agree_with_captum(shape):
    attr = pytest.importorskip("captum.attr")
    model, examples = double(shape)
    ours = integrated_gradients(model, examples, TARGETS, kind_of(shape), 60)
    theirs = attr.IntegratedGradients(forward_of(model, examples, 0, "presence")).attribute(
        torch.ones(1, 5, dtype=torch.float64), n_steps=200, method="gausslegendre"
    )[0]
    np.testing.assert_allclose(ours[0], theirs.detach().numpy(), atol=1e-5)


@SHAPES
def test_integrated_gradients_add_up_to_what_the_game_gains(shape):
    model, examples = double(shape)
    ends = np.array([[False] * 5, [True] * 5])
    empty, full = Evaluator(ModelGames(model, examples, TARGETS))([(0, ends)])[0]
    gaps = [
        abs(
            integrated_gradients(model, examples, TARGETS, kind_of(shape), n)[0].sum()
            - full
            + empty
        )
        for n in (4, 32)
    ]
    assert gaps[1] < 1e-6
    assert gaps[1] < gaps[0]


def test_shapley_values_of_a_linear_model_agree_with_the_shap_package():
    shap = pytest.importorskip("shap")
    rng = np.random.default_rng(0)
    weights, rows = rng.standard_normal(6), rng.standard_normal((5, 6))
    background = rng.standard_normal((40, 6))
    ours = linear_shapley(weights, rows, background)
    masker = shap.maskers.Independent(background, max_samples=40)
    theirs = shap.LinearExplainer((weights, 0.7), masker).shap_values(rows)
    np.testing.assert_allclose(ours, theirs, atol=1e-10)
    gain = rows @ weights - (background @ weights).mean()
    np.testing.assert_allclose(ours.sum(axis=1), gain, atol=1e-12)


def test_a_linear_model_needs_the_same_features_and_a_background():
    with pytest.raises(ValueError, match=r"have 3, 2 and 3 \(4 background rows\)"):
        linear_shapley(np.ones(3), np.ones((1, 2)), np.ones((4, 3)))
    with pytest.raises(ValueError, match="0 background rows"):
        linear_shapley(np.ones(3), np.ones((1, 3)), np.ones((0, 3)))
