"""LIME against the lime package, and what it says of itself against repeated draws."""

import numpy as np
import pytest
import tiny

from vitrine.attribution.methods.lime import LimeOptions
from vitrine.attribution.methods.lime.lime import draw, kernel, lime
from vitrine.attribution.methods.lime.stability import (
    agreement,
    swap_probability,
    swap_score,
)
from vitrine.attribution.methods.lime.surrogate import Moments, select
from vitrine.data.domains.registry import DOMAINS
from vitrine.games.game import play_one
from vitrine.games.leading import jaccard, leading_players

TEXT = DOMAINS["text"].neighbourhood


def explained(value, players, options, neighbourhood=TEXT, seed=1):
    return play_one(lime(players, options, neighbourhood, np.random.default_rng(seed)), value)


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("features", [3, 6, 10, 20])
@pytest.mark.parametrize("selection", ["none", "auto", "forward", "highest", "lasso"])
def test_the_surrogate_is_that_of_the_lime_package(domain, features, selection):
    base = pytest.importorskip("lime.lime_base")
    players = 12
    neighbourhood = DOMAINS[domain].neighbourhood
    rng = np.random.default_rng(1)
    masks = draw(players, 300, neighbourhood, rng)
    masks[0] = True
    value = tiny.random_game(players)
    weights = kernel(masks, neighbourhood)
    # The package calls its kernel with distances; here distances are what gives our weights.
    peer = base.LimeBase(kernel_fn=lambda distances: distances, random_state=0)
    name = {"highest": "highest_weights", "lasso": "lasso_path", "forward": "forward_selection"}
    intercept, pairs, r2, predicted = peer.explain_instance_with_data(
        masks.astype(float),
        value(masks)[:, None],
        weights,
        0,
        features,
        feature_selection=name.get(selection, selection),
    )
    theirs = np.zeros(players)
    for player, coefficient in pairs:
        theirs[player] = coefficient
    ours = explained(
        value,
        players,
        LimeOptions(samples=300, tolerance=0.0, selection=selection, features=features),
        neighbourhood,
    )
    np.testing.assert_allclose(ours.values, theirs, atol=1e-6)
    assert ours.diagnostics["local_r2"] == pytest.approx(r2, abs=1e-6)
    assert ours.diagnostics["surrogate_value"] == pytest.approx(predicted[0], abs=1e-6)
    moments = Moments.of(masks.astype(float), value(masks), weights)
    assert moments.ridge(select(moments, 300, selection, features))[1] == pytest.approx(intercept)


def test_an_unknown_selection_names_the_known():
    with pytest.raises(ValueError, match="unknown selection 'best'; there are none, auto"):
        select(Moments(np.zeros(5), 0.0, np.eye(5), np.ones(5)), 50, "best", 3)


@pytest.mark.parametrize("selection", ["auto", "forward", "highest", "lasso"])
@pytest.mark.parametrize("features", [1, 4, 9])
def test_a_selection_keeps_no_more_than_asked(selection, features):
    ours = explained(
        tiny.random_game(9),
        9,
        LimeOptions(samples=200, tolerance=0.0, selection=selection, features=features),
    )
    assert 1 <= np.count_nonzero(ours.values) <= features
    assert np.isnan(ours.std_error).all()


@pytest.mark.parametrize("selection", ["none", "forward", "highest", "lasso"])
def test_constant_games_and_players_that_never_leave_are_no_trouble(selection):
    options = LimeOptions(samples=100, tolerance=0.0, selection=selection, features=3)
    nothing = explained(lambda masks: np.full(len(masks), 7.0), 4, options)
    np.testing.assert_allclose(nothing.values, 0, atol=1e-12)
    assert nothing.diagnostics["local_r2"] == 1.0
    masks = draw(5, 60, TEXT, np.random.default_rng(0)).astype(float)
    masks[:, 2] = 1.0
    masks[:, 3] = masks[:, 4]
    moments = Moments.of(masks, masks @ np.arange(5.0), np.ones(60))
    chosen = select(moments, 60, selection, 3)
    assert np.isfinite(moments.ridge(chosen)[0]).all()
    assert moments.ridge(chosen)[0][2] == pytest.approx(0, abs=1e-9)


def sentiment(texts):
    """Class probabilities of a small text classifier: words have weights, two of them interact."""
    weights = {"superb": 3.0, "fresh": 1.5, "stale": -2.0, "late": -0.8, "box": 0.3}
    scores = []
    for text in texts:
        words = text.split()
        score = sum(weights.get(word, 0.0) for word in words)
        scores.append(score + (1.0 if {"not", "stale"} <= set(words) else 0.0))
    positive = 1 / (1 + np.exp(-np.array(scores)))
    return np.column_stack([1 - positive, positive])


def test_the_same_words_lead_as_in_lime_text():
    package = pytest.importorskip("lime.lime_text")
    text = "this superb tea came late in a box not stale but fresh and dry"
    words = text.split()

    def value(masks):
        texts = [" ".join(w for w, m in zip(words, mask, strict=True) if m) for mask in masks]
        return sentiment(texts)[:, 1]

    ours, theirs = [], []
    for seed in range(6):
        explainer = package.LimeTextExplainer(random_state=seed)
        pairs = explainer.explain_instance(
            text, sentiment, num_features=len(words), num_samples=1000
        ).as_list()
        weights = dict(pairs)
        theirs.append(np.array([weights[word] for word in words]))
        ours.append(explained(value, len(words), LimeOptions(samples=1000), seed=seed).values)
    within, _ = agreement(theirs)
    across = np.mean(
        [jaccard(leading_players(one), leading_players(other)) for one in ours for other in theirs]
    )
    assert across >= within - 0.05
    noise = np.sqrt(np.var(theirs, axis=0, ddof=1).mean())
    difference = np.abs(np.mean(ours, axis=0) - np.mean(theirs, axis=0))
    assert (difference <= 5 * noise * np.sqrt(2 / 6)).all()


def test_the_same_fields_lead_as_in_lime_tabular():
    package = pytest.importorskip("lime.lime_tabular")
    from vitrine.games.inputs import table_game

    rng = np.random.default_rng(0)
    training = rng.standard_normal((400, 6))
    weights = np.array([2.0, -1.2, 0.7, 0.35, 0.0, 0.0])
    row = np.array([1.5, 1.4, 1.6, 1.5, -1.5, 1.5])

    def score(rows):
        return np.asarray(rows) @ weights

    value = table_game(score, row, training[:64])
    for seed in range(4):
        explainer = package.LimeTabularExplainer(
            training, mode="regression", random_state=seed, discretize_continuous=True
        )
        pairs = explainer.explain_instance(row, score, num_features=6, num_samples=2000)
        theirs = np.zeros(6)
        for player, coefficient in pairs.as_map()[1]:
            theirs[player] = coefficient
        ours = explained(value, 6, LimeOptions(samples=1000), DOMAINS["table"].neighbourhood, seed)
        np.testing.assert_array_equal(leading_players(ours.values, 4), leading_players(theirs, 4))
        np.testing.assert_array_equal(np.sign(ours.values[:4]), np.sign(theirs[:4]))


def test_standard_errors_are_the_spread_over_draws():
    value = tiny.random_game(10)
    draws = [explained(value, 10, LimeOptions(samples=200), seed=seed) for seed in range(300)]
    spread = np.std([one.values for one in draws], axis=0)
    stated = np.sqrt(np.mean([one.std_error**2 for one in draws], axis=0))
    np.testing.assert_allclose(stated, spread, rtol=0.2)


def test_stability_is_the_agreement_of_repeated_draws():
    for seed in range(4):
        value = tiny.random_game(15, seed)
        draws = [explained(value, 15, LimeOptions(samples=120), seed=s) for s in range(30)]
        top, ranks = agreement([one.values for one in draws])
        stated = [
            np.mean([one.diagnostics[name] for one in draws])
            for name in ("stability_top5", "stability_spearman")
        ]
        np.testing.assert_allclose(stated, [top, ranks], atol=0.1)


def test_a_tolerance_stops_early_on_a_clear_ranking():
    weights = np.array([8.0, -6.0, 4.5, 3.0, -2.0, 1.0, 0.0, 0.0])

    def clear(masks):
        return masks @ weights + 0.1 * masks[:, 0] * masks[:, 6]

    ours = explained(clear, 8, LimeOptions(samples=4000, tolerance=0.01))
    assert ours.diagnostics["samples"] < 1000
    assert ours.diagnostics["swap_probability"] <= 0.01
    np.testing.assert_array_equal(leading_players(ours.values), [0, 1, 2, 3, 4])


def test_a_tolerance_never_draws_more_than_the_limit():
    asked = []

    def twins(masks):
        asked.append(len(masks))
        return np.tanh(masks.sum(axis=1) / 3.0)

    ours = explained(twins, 8, LimeOptions(samples=500, tolerance=0.01))
    assert sum(asked) == 501
    assert ours.diagnostics["samples"] == 500
    assert ours.diagnostics["swap_probability"] > 0.01


@pytest.mark.parametrize("game", [1, 2, 4])
def test_a_ranking_within_the_tolerance_is_met_again_by_fresh_draws(game):
    value = tiny.random_game(7, game)
    swapped = 0
    for seed in range(30):
        one = explained(value, 7, LimeOptions(samples=6000, tolerance=0.05), seed=seed)
        samples = int(one.diagnostics["samples"])
        other = explained(value, 7, LimeOptions(samples=samples), seed=1000 + seed)
        again = np.abs(other.values[leading_players(one.values, 6)])
        assert one.diagnostics["swap_probability"] <= 0.05
        swapped += (np.diff(again) > 0).any()
    # The least clear of five gaps has a chance of at most 0.05, the others less.
    assert swapped <= 5


def test_the_swap_score_is_the_least_clear_of_the_leading_gaps():
    values = np.array([5.0, -4.0, 3.0, 2.0, 1.0, 0.5, 0.45])
    covariance = np.diag(np.full(7, 0.02))
    assert swap_score(values, covariance) == pytest.approx(0.5 / 0.2)
    linked = covariance.copy()
    linked[0, 1] = linked[1, 0] = -0.0199
    # The second value is negative: their absolute values rise and fall together.
    assert swap_score(np.array([5.0, -4.9, 0, 0, 0, 0, 0]), linked) == 0.0
    assert swap_probability(1.96) == pytest.approx(0.025, abs=1e-4)
    assert swap_score(values, np.full((7, 7), np.nan)) == -np.inf
    assert swap_score(values[:1], covariance[:1, :1]) == np.inf


def test_rank_correlation_agrees_with_scipy():
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(0)
    for _ in range(20):
        one, other = rng.integers(0, 5, 9).astype(float), rng.integers(0, 5, 9).astype(float)
        assert agreement([one, other])[1] == pytest.approx(stats.spearmanr(one, other).statistic)
    assert agreement([np.zeros(3), np.zeros(3)])[1] == 1.0
    assert agreement([np.zeros(3), np.arange(3.0)])[1] == 0.0


def test_too_few_samples_say_what_to_set():
    with pytest.raises(ValueError, match=r"explanation\.lime\.samples to 16"):
        explained(tiny.random_game(5), 5, LimeOptions(samples=1))
    few = explained(tiny.random_game(20), 20, LimeOptions(samples=16))
    assert np.isfinite(few.values).all()
    assert np.isnan(few.std_error).all()
    assert few.diagnostics["swap_probability"] == 1.0


@pytest.mark.parametrize("domain", DOMAINS)
def test_lime_weighs_as_the_lime_package_does(domain):
    pairwise = pytest.importorskip("sklearn.metrics").pairwise_distances
    neighbourhood = DOMAINS[domain].neighbourhood
    masks = draw(10, 200, neighbourhood, np.random.default_rng(0)).astype(float)
    masks[0] = 1.0
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
        lime(
            4, LimeOptions(samples=5000), DOMAINS["table"].neighbourhood, np.random.default_rng(0)
        ),
        lambda masks: masks @ weights,
    )
    np.testing.assert_allclose(ours.values, weights, atol=0.02)
    assert ours.diagnostics["local_r2"] > 0.999
    assert 1 < ours.diagnostics["effective_samples"] <= 5000
