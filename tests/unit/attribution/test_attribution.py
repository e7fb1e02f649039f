"""Attribution methods against closed forms, exact values and the published packages."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tiny

from vitrine.attribution.methods.lime import LimeOptions, LimeSettings
from vitrine.attribution.methods.lime.lime import lime
from vitrine.attribution.methods.occlusion.occlusion import occlusion
from vitrine.attribution.methods.shap import ShapSettings
from vitrine.attribution.methods.shap.shapley import shapley
from vitrine.attribution.registry import METHODS, strategies
from vitrine.attribution.task import Task
from vitrine.config.explanation import ExplanationSettings
from vitrine.data.domains.registry import DOMAINS
from vitrine.explaining.selection import choose_instances
from vitrine.games.evaluator import Evaluator
from vitrine.games.game import play, play_one
from vitrine.games.model_games import ModelGames


@pytest.mark.parametrize(
    "method",
    [
        lambda n: shapley(n, np.random.default_rng(0), evaluations=100),
        lambda n: lime(
            n, LimeOptions(samples=50), DOMAINS["text"].neighbourhood, np.random.default_rng(0)
        ),
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


SETTINGS = {
    name: item.limited(item.settings() if item.settings else None, 64)
    for name, item in METHODS.items()
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [tiny.architecture(), tiny.recommender()], ids=["words", "films"])
def test_every_method_explains_every_instance_and_is_deterministic(method, shape):
    model = tiny.model(shape)
    examples = tiny.examples([5, 8, 1])
    targets = np.array([1, 2, 0])
    settings = SETTINGS[method]

    def run():
        games = ModelGames(model, examples, targets)
        task = Task(model, examples, targets, "text", settings, 3, games.kind)
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
    settings = METHODS[method].limited(SETTINGS[method], 16 * 16)
    games = ModelGames(model, examples, targets)
    task = Task(model, examples, targets, "text", settings, 3, games.kind)
    for length, one in zip(lengths, play(strategies(method, task), Evaluator(games)), strict=True):
        assert one.values.shape == one.std_error.shape == (length,)
        assert np.isfinite(one.values).all()
        if length == 1 and method in ("shap", "lime", "occlusion", "integrated_gradients"):
            assert one.values[0] == pytest.approx(one.full_value - one.base_value, abs=1e-5)


def test_an_instance_is_explained_alike_in_any_company():
    model = tiny.model(tiny.architecture())
    examples, targets = tiny.examples([9, 8]), np.array([1, 2])
    both = Task(model, examples, targets, "text", ShapSettings(evaluations=40), 3)
    alone = Task(
        model, examples.take(np.array([1])), targets[1:], "text", ShapSettings(evaluations=40), 3
    )
    results = [
        play(strategies("shap", task), Evaluator(ModelGames(model, task.examples, task.targets)))[
            -1
        ]
        for task in (both, alone)
    ]
    np.testing.assert_allclose(results[0].values, results[1].values, atol=1e-4)


def test_the_configuration_has_the_registered_methods_and_a_section_for_those_with_settings():
    explanation = ExplanationSettings()
    assert explanation.methods == list(METHODS)
    for name, item in METHODS.items():
        if item.settings is None:
            assert explanation.of_method(name) is None
            assert not hasattr(explanation, name)
        else:
            assert explanation.of_method(name) == item.settings()


def test_what_is_stated_of_methods_holds():
    """Sampled methods depend on the seed, additive ones add up, unsigned ones are not negative."""
    model = tiny.model(tiny.architecture())
    examples, targets = tiny.examples([7, 9]), np.array([1, 2])
    for name, item in METHODS.items():
        by_seed = []
        for seed in (3, 4):
            games = ModelGames(model, examples, targets)
            settings = item.limited(item.settings() if item.settings else None, 32 * 16)
            if name in ("shap", "lime"):
                settings = item.limited(settings, 20)
            task = Task(model, examples, targets, "text", settings, seed, games.kind)
            by_seed.append(play(strategies(name, task), Evaluator(games)))
        drawn = [np.concatenate([one.values for one in each]) for each in by_seed]
        assert item.sampled == (drawn[0].tolist() != drawn[1].tolist()), name
        assert item.signed == bool((drawn[0] < 0).any()), name
        gaps = [one.values.sum() - one.full_value + one.base_value for one in by_seed[0]]
        assert item.additive == (np.max(np.abs(gaps)) < 1e-3), name


def test_the_settings_of_a_run_come_from_configuration_choice_and_checks():
    lime = METHODS["lime"]
    chosen = lime.resolved(LimeSettings(samples=64), {"kernel_width": 2.0, "samples": 8})
    assert chosen == LimeOptions(samples=8, kernel_width=2.0)
    assert lime.repeated(chosen) == LimeOptions(samples=8, kernel_width=2.0, replicates=0)
    assert lime.limited(chosen, 100).samples == 100
    assert lime.tuned_on_validation
    gradients = METHODS["integrated_gradients"]
    assert gradients.limited(gradients.settings(), 128).steps == 8
    assert gradients.limited(gradients.settings(), 1).steps == 2
    occlusion = METHODS["occlusion"]
    assert occlusion.resolved(None, {}) is occlusion.repeated(None) is occlusion.limited(None, 9)
    with pytest.raises(ValueError, match="occlusion is not tuned"):
        occlusion.resolved(None, {"samples": 3})
    with pytest.raises(TypeError, match="the task needs ShapSettings"):
        strategies("shap", Task(None, None, np.zeros(0), "text", LimeSettings(), 0))


def test_descriptors_need_no_numerical_library():
    heavy = "('numpy', 'torch', 'pandas', 'scipy', 'sklearn', 'statsmodels')"
    code = (
        "import sys, vitrine.attribution.registry, vitrine.config.root\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    path = str(Path(__file__).parents[3] / "workflow")
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == "[]"


def test_an_unknown_method_names_the_nearest_and_all():
    with pytest.raises(
        KeyError, match=r"unknown method 'sharp'. Did you mean `shap`\? There are shap"
    ):
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
