"""Value functions and removal kinds, for models with and without torch."""

import math

import numpy as np
import pytest
import tiny
import torch

from vitrine.data.encoding import Encoding
from vitrine.games.evaluator import Evaluator
from vitrine.games.model_games import ModelGames
from vitrine.games.removal import feature_removal, interventional, masked
from vitrine.games.sampling import all_coalitions
from vitrine.games.values import kind_for, of_probabilities, target_value
from vitrine.models.packing import pack

LOGITS = torch.tensor([[800.0, 0.0, -3.0], [0.3, 0.1, -0.2]])
TARGETS = torch.tensor([0, 2])


def encoding(domain, **details):
    entries = ["<unknown>", "a", "a is missing", "b", "b is missing"]
    return Encoding("s", domain, "classification", [], entries, 4, 4, 2, 1, details)


def test_the_value_functions_of_a_class():
    share = math.exp(-0.2) / np.exp([0.3, 0.1, -0.2]).sum()
    values = {
        kind: target_value(LOGITS, TARGETS, kind).numpy()
        for kind in ("log_odds", "probability", "logit", "score")
    }
    np.testing.assert_allclose(values["probability"], [1.0, share], atol=1e-7)
    np.testing.assert_allclose(
        values["log_odds"], [800 - math.log(1 + math.exp(-3)), math.log(share / (1 - share))]
    )
    np.testing.assert_allclose(values["logit"], [800, -0.2], atol=1e-7)
    np.testing.assert_array_equal(values["score"], values["logit"])
    assert target_value(-LOGITS, TARGETS, "probability")[0] == 0.0


def test_a_film_is_valued_by_its_score_whatever_is_chosen():
    assert [kind_for(kind, ranking=True) for kind in ("log_odds", "probability", "logit")] == [
        "score"
    ] * 3
    with pytest.raises(ValueError, match="unknown value function 'odds'; there are log_odds"):
        kind_for("odds", ranking=False)


def test_values_of_probabilities():
    probabilities = np.array([[0.25, 0.75], [1e-6, 1 - 1e-6], [1e-20, 1.0], [0.0, 1.0]])
    odds = of_probabilities(probabilities, 1, "log_odds")
    bound = math.log(1e7)
    np.testing.assert_allclose(odds, [math.log(3), math.log(1e6 - 1), bound, bound])
    np.testing.assert_allclose(of_probabilities(probabilities, 0, "log_odds"), -odds)
    np.testing.assert_array_equal(
        of_probabilities(probabilities, 1, "probability"), probabilities[:, 1]
    )
    np.testing.assert_allclose(of_probabilities(probabilities, 0, "logit")[3], -bound)
    np.testing.assert_allclose(of_probabilities(probabilities, 0, "logit")[0], math.log(0.25))


@pytest.mark.parametrize("kind", ["log_odds", "probability", "logit"])
def test_a_models_games_play_the_chosen_value(kind):
    model, examples = tiny.model(tiny.architecture()), tiny.examples([5])
    masks = all_coalitions(5)[1:]
    games = ModelGames(model, examples, np.array([2]), value=kind)
    values = Evaluator(games)([(0, masks)])[0]
    for mask, value in zip(masks[:7], values, strict=False):
        with torch.no_grad():
            logits = model(pack(examples, np.flatnonzero(mask), np.array([mask.sum()])))
        expected = target_value(logits, torch.tensor([2]), kind).item()
        assert value == pytest.approx(expected, abs=1e-5)


def reference(model, tokens, mask, substitutes):
    """The mean value over substitutes (ids, features) that take the absent players' places."""
    values = []
    for ids, features in substitutes:
        gone = ~torch.from_numpy(mask)
        swapped = type(tokens)(
            torch.where(gone, torch.from_numpy(ids), tokens.ids[0])[None],
            torch.where(gone[:, None], torch.from_numpy(features), tokens.features[0])[None],
            tokens.positions,
            None,
        )
        with torch.no_grad():
            values.append(target_value(model(swapped), torch.tensor([1]), "log_odds").item())
    return np.mean(values)


@pytest.mark.parametrize(
    ("domain", "ids"), [("text", [0] * 4), ("sequence", [0] * 4), ("image", None)]
)
def test_masked_players_become_the_unknown_and_keep_their_places(domain, ids):
    model, examples = tiny.model(tiny.architecture()), tiny.examples([4, 4])
    games = ModelGames(
        model, examples, np.array([0, 1]), removal=masked(examples, encoding(domain))
    )
    masks = all_coalitions(4)
    values = Evaluator(games)([(1, masks), (0, masks)])[0]
    second = examples.take(np.array([1]))
    tokens = pack(second, np.arange(4), np.array([4]))
    unknown = second.ids if ids is None else np.array(ids)
    for mask, value in zip(masks, values, strict=True):
        expected = reference(model, tokens, mask, [(unknown, np.zeros((4, 2), np.float32))])
        assert value == pytest.approx(expected, abs=1e-5)


def test_a_masked_field_is_marked_as_missing():
    examples = tiny.examples([2, 2])
    fields = {"fields": [{"kind": "numeric", "first": first} for first in (1, 3)]}
    contents = masked(examples, encoding("table", **fields)).examples
    np.testing.assert_array_equal(contents.ids[4:], [2, 4, 2, 4])
    np.testing.assert_array_equal(contents.features[4:], 0)


def test_background_removal_is_the_mean_over_the_background():
    model, examples = tiny.model(tiny.architecture()), tiny.examples([4, 4])
    background = tiny.examples([4] * 3, seed=9)
    games = ModelGames(
        model,
        examples,
        np.array([0, 1]),
        removal=interventional(examples, background, 32, np.random.default_rng(0)),
    )
    masks = all_coalitions(4)
    evaluator = Evaluator(games)
    values = evaluator([(1, masks), (0, masks[:3])])[0]
    assert evaluator.evaluations.tolist() == [3, 16]
    second = examples.take(np.array([1]))
    tokens = pack(second, np.arange(4), np.array([4]))
    rows = [
        (background.ids[background.rows(b)], background.features[background.rows(b)])
        for b in range(3)
    ]
    for mask, value in zip(masks, values, strict=True):
        assert value == pytest.approx(reference(model, tokens, mask, rows), abs=1e-5)


def test_a_background_is_for_tables_and_for_the_same_fields():
    examples = tiny.examples([4, 4])
    with pytest.raises(ValueError, match=r"not for the study s \(text\); use the removal absent"):
        feature_removal(
            "background", examples, encoding("text"), examples, 3, np.random.default_rng(0)
        )
    with pytest.raises(ValueError, match="the same fields"):
        interventional(examples, tiny.examples([3]), 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match="unknown removal 'gone'; there are absent"):
        feature_removal("gone", examples, encoding("text"))
