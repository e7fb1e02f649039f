"""Settings are chosen on validation: the best, or the cheapest of those that are hardly worse."""

from dataclasses import replace

import numpy as np
import pytest
import tiny

from vitrine.attribution.methods.lime import LimeOptions, LimeSettings
from vitrine.attribution.methods.lime.lime import candidates, strategies
from vitrine.attribution.task import Task
from vitrine.evaluation.predict import probabilities
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.explaining.method_settings import resolve_method
from vitrine.explaining.settings import RemovalSettings
from vitrine.files import write_json
from vitrine.games.evaluator import Evaluator
from vitrine.games.game import play, play_one
from vitrine.games.model_games import ModelGames
from vitrine.games.removal import Omission, Replacement
from vitrine.models.inference import logits
from vitrine.report.pages.study.choice import choice_sentences
from vitrine.validation.calibration.in_distribution import log_losses
from vitrine.validation.choice import choose, means_with_intervals
from vitrine.validation.faithfulness.settings import FaithfulnessSettings
from vitrine.validation.faithfulness.tuning import scores

SETTINGS = FaithfulnessSettings(
    fractions=[0.1, 0.2, 0.5],
    random_rankings=10,
    ceiling_evaluations=400,
    subsets=8,
    subset_share=0.2,
)
LIME = {"samples": 64, "tolerance": 0, "selection": "none", "features": 10}


def test_the_cheapest_of_those_within_the_margin_is_chosen():
    means = np.array([0.70, 0.705, 0.60])
    assert choose(means, [2, 1, 0], 0.0, higher_is_better=True) == 1
    assert choose(means, [1, 2, 0], 0.01, higher_is_better=True) == 0
    assert choose(means, [2, 1, 0], 0.2, higher_is_better=True) == 2
    assert choose(means, [2, 1, 0], 0.0, higher_is_better=False) == 2


@pytest.mark.parametrize("scale", [None, np.tanh])
def test_the_true_ranking_of_an_additive_game_scores_one_and_chance_nothing(scale):
    weights = np.random.default_rng(0).random(10)
    chance = np.random.default_rng(1)
    found = play_one(
        scores([weights, -weights, 3 * weights], SETTINGS, scale, chance),
        lambda masks: masks @ weights,
    )
    assert found[0] == found[2] == pytest.approx(1)
    assert found[1] < 0


def test_log_loss_without_removal_is_the_models_own_and_of_nothing_left_that_of_its_prior():
    examples = tiny.examples([6, 8, 3, 7])
    model = tiny.model(tiny.architecture())
    own = probabilities(logits(model, examples))[np.arange(4), examples.labels]
    rng = np.random.default_rng(0)
    np.testing.assert_allclose(log_losses(model, Omission(examples), [0.0], rng), -np.log(own))
    none = log_losses(model, Omission(examples), [1.0], rng)
    for label in set(examples.labels.tolist()):
        assert np.ptp(none[examples.labels == label]) < 1e-6
    halves = log_losses(model, Omission(examples), [0.0, 1.0], rng)
    np.testing.assert_allclose(halves, (none - np.log(own)) / 2)


def test_substitutes_stand_where_players_were_removed():
    examples = tiny.examples([6, 8])
    total = len(examples.ids)
    same = Replacement(
        examples, examples.ids, examples.features, examples.positions, np.arange(total)[None]
    )
    model = tiny.model(tiny.architecture())
    rng = np.random.default_rng(0)
    whole = log_losses(model, Omission(examples), [0.0], rng)
    # Whoever is replaced by the same word has not gone.
    np.testing.assert_allclose(log_losses(model, same, [0.0, 0.5, 1.0], rng), whole, rtol=1e-6)


def test_candidates_of_lime_are_its_attributions_with_these_settings():
    examples = tiny.examples([5, 1, 8])
    model, targets = tiny.model(tiny.architecture()), np.array([0, 1, 2])
    evaluator = Evaluator(ModelGames(model, examples, targets))
    task = Task(model, examples, targets, "text", LimeSettings(**LIME), 3)
    found = play(candidates(task, [0.5, 2.0], [0.5, 1.0]), evaluator)
    asked = evaluator.evaluations.copy()
    assert list(found[0]) == [(0.5, 32), (0.5, 64), (2.0, 32), (2.0, 64)]
    assert all(one.tolist() == [0] for one in found[1].values())
    for width, samples in found[0]:
        settings = LimeOptions(**LIME | {"samples": samples, "kernel_width": width})
        for i, one in enumerate(play(strategies(replace(task, settings=settings)), evaluator)):
            if i != 1:
                np.testing.assert_allclose(one.values, found[i][width, samples], atol=1e-9)
    # Beyond what the candidates saw only the empty coalition is new.
    assert (evaluator.evaluations[[0, 2]] - asked[[0, 2]] <= 1).all()


def test_what_was_chosen_takes_the_place_of_what_is_configured(tmp_path):
    statistics = StatisticsSettings(bootstrap=100, confidence=0.9)
    rows = means_with_intervals(np.array([[0.2, 0.4], [0.4, 0.6]]), statistics, 0)
    assert [row["mean"] for row in rows] == pytest.approx([0.3, 0.5])
    assert all(row["low"] <= row["mean"] <= row["high"] for row in rows)
    removal = {"chosen": "mask", "measure": "log_loss", "n": 2}
    tried = [{"removal": kind} | row for kind, row in zip(["mask", "absent"], rows, strict=True)]
    write_json(tmp_path / "removal.json", removal | {"candidates": tried})
    (sentence,) = choice_sentences(tmp_path)
    assert "masking with an unknown value, selected on 2 validation instances" in sentence
    write_json(tmp_path / "removal.json", removal | {"candidates": tried[:1]})
    (sentence,) = choice_sentences(tmp_path)
    assert sentence == "Feature removal: masking with an unknown value, as configured."
    chosen = {"kernel_width": 2.0, "samples": 32}
    write_json(tmp_path / "lime.json", {"chosen": chosen, "candidates": [chosen | rows[0]], "n": 2})
    assert resolve_method("lime", LIME, tmp_path / "lime.json") == LimeOptions(**LIME | chosen)
    assert resolve_method("lime", LIME) == LimeOptions(**LIME)
    assert choice_sentences(tmp_path)[1].endswith("times the default, as configured.")


def test_a_method_that_is_not_tuned_accepts_no_choice(tmp_path):
    write_json(tmp_path / "choice.json", {"chosen": {"evaluations": 8}})
    with pytest.raises(ValueError, match="shap is not tuned"):
        resolve_method("shap", {"evaluations": 64}, tmp_path / "choice.json")


def test_a_removal_that_was_chosen_is_that_of_the_game():
    game = RemovalSettings("auto", 10, 0, 100).game("log_odds")
    assert game.resolve("mask") == RemovalSettings("mask", 10, 0, 100).game("log_odds")
