"""Everything that runs a model does so wherever the model is, and gives the same."""

import copy

import numpy as np
import pretrained_models
import pytest
import tiny
import torch
from simulated_card import CARD, Card
from small_pretrained import made, texts_of
from trainings import changed, run

from vitrine.attention.maps import attention_maps
from vitrine.attention.units import high_variance_units, unit_activations
from vitrine.attribution.methods.gradient.gradient_times_input import gradient_times_input
from vitrine.attribution.methods.integrated_gradients.integrated_gradients import (
    integrated_gradients,
)
from vitrine.emergence.studies import pooled_states
from vitrine.games.evaluator import Evaluator
from vitrine.games.model_games import ModelGames
from vitrine.models.inference import logits
from vitrine.models.storage import load_model, save_model
from vitrine.training.team import Team
from vitrine.validation.randomisation.randomisation import parts, randomised

# Copies to the device that is simulated are real.
pytestmark = pytest.mark.filterwarnings("ignore:.*copying from a non-meta parameter")

SHAPES = [tiny.architecture(), tiny.recommender()]


def applied(model, examples, targets):
    """What stages ask of a model, by name."""
    games = ModelGames(model, examples, targets)
    rng = np.random.default_rng(0)
    masks = [(i, rng.random((20, length)) < 0.5) for i, length in enumerate(examples.lengths)]
    units = high_variance_units(model, examples, 3)
    return {
        "logits": logits(model, examples),
        "games": np.concatenate(Evaluator(games)(masks)),
        "gradient": np.concatenate(gradient_times_input(model, examples, targets, games.kind)),
        "integrated gradients": np.concatenate(
            integrated_gradients(model, examples, targets, games.kind, steps=2)
        ),
        "attention": np.concatenate([maps.ravel() for maps, _ in attention_maps(model, examples)]),
        "units": np.concatenate(
            [values.ravel() for values in unit_activations(model, examples, units)]
        ),
        "states": np.concatenate(pooled_states(model, examples)),
        "random parts": logits(randomised(model, list(parts(model.shape)), 0), examples),
    }


@pytest.mark.parametrize("shape", SHAPES)
def test_a_model_gives_the_same_on_another_device(shape):
    examples = tiny.examples([5, 3, 0, 9, 12])
    targets = np.array([1, 2, 0, 1, 2])
    expected = applied(tiny.model(shape), examples, targets)
    with Card():
        found = applied(tiny.model(shape).to(CARD), examples, targets)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-4, atol=1e-5, err_msg=name)


def test_a_pretrained_model_gives_the_same_on_another_device(tmp_path):
    # Of texts: constants that an image's front puts on the device itself are beyond the simulation.
    folder = pretrained_models.save("bert", tmp_path / "bert")
    settings = pretrained_models.settings(folder, head="new")
    model = made(settings, pretrained_models.text_encoding())
    examples = texts_of(model, pretrained_models.TEXTS)
    targets = np.arange(len(examples)) % 2
    expected = applied(model, examples, targets)
    with Card():
        found = applied(copy.deepcopy(model).to(CARD), examples, targets)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-3, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("causal", [False, True])
def test_a_model_learns_the_same_on_another_device_and_resumes_there(causal, tmp_path, monkeypatch):
    # The fused optimizer knows the devices that there are.
    monkeypatch.setattr("vitrine.training.train.AdamW", torch.optim.AdamW)
    options = {
        "shape": tiny.recommender() if causal else tiny.architecture(outputs=2),
        "settings": changed(dropout=0.0, epochs=3),
        "metric": "ndcg_10" if causal else "accuracy",
        "score": lambda _: {"ndcg_10": 0.5, "accuracy": 0.5},
    }
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    expected, _ = run(tmp_path / "here", **options)
    with Card():
        run(
            tmp_path / "there",
            team=Team(device=CARD),
            **options | {"settings": changed(dropout=0.0, epochs=3, patience=1)},
        )
        model, _ = run(tmp_path / "there", team=Team(device=CARD), **options)
        save_model(model, tmp_path / "m.safetensors", tmp_path / "m.json")
    found = load_model(tmp_path / "m.safetensors", tmp_path / "m.json")
    some = tiny.examples([5, 3, 9, 12])
    np.testing.assert_allclose(logits(found, some), logits(expected, some), rtol=1e-3, atol=1e-4)
