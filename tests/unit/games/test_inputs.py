"""Games of functions of masks and of inputs, and of the baselines of all four kinds of data."""

import numpy as np
import pandas as pd
import pytest
from small_studies import images, make_study, rows, texts

from vitrine.attribution.linear import linear_shapley
from vitrine.attribution.methods.shap.shapley import shapley
from vitrine.data.domains.image import DOMAIN as image
from vitrine.data.domains.table import DOMAIN as table
from vitrine.data.domains.text import DOMAIN as text
from vitrine.data.encoding import load_encoding
from vitrine.evaluation.baseline_games import baseline_game
from vitrine.evaluation.baselines.baseline import Candidate
from vitrine.evaluation.fit_baselines import fit_baseline
from vitrine.evaluation.markov import MarkovChain
from vitrine.games.evaluator import Evaluator
from vitrine.games.game import play, play_one
from vitrine.games.inputs import (
    FunctionGames,
    history_game,
    image_game,
    table_game,
    text_game,
)
from vitrine.games.sampling import all_coalitions

RNG = np.random.default_rng


def exact(value, players):
    return play_one(shapley(players, evaluations=2**players, rng=RNG(0)), value)


def test_functions_of_masks_play_through_the_evaluator():
    calls = []

    def sums(weights):
        def value(masks):
            calls.append(len(masks))
            return masks @ weights

        return value

    games = FunctionGames([sums(np.array([1.0, 2.0])), sums(np.arange(5.0))], [2, 5])
    evaluator = Evaluator(games)
    found = play([shapley(n, evaluations=64, rng=RNG(0)) for n in (2, 5)], evaluator)
    np.testing.assert_allclose(found[0].values, [1, 2])
    np.testing.assert_allclose(found[1].values, np.arange(5))
    assert evaluator.evaluations.tolist() == [4, 32]
    assert sum(calls) == 36


def test_large_requests_reach_a_function_in_parts(monkeypatch):
    monkeypatch.setattr("vitrine.games.inputs.AT_ONCE", 10)
    sizes = []

    def value(masks):
        sizes.append(len(masks))
        return masks.sum(axis=1)

    masks = all_coalitions(6)
    found = Evaluator(FunctionGames([value], [6]))([(0, masks)])[0]
    np.testing.assert_array_equal(found, masks.sum(axis=1))
    assert max(sizes) == 10


def test_functions_that_answer_wrongly_are_told():
    with pytest.raises(ValueError, match=r"4 masks .* one number for each, .* shape \(4, 2\)"):
        Evaluator(FunctionGames([lambda masks: masks * 1.0], [2]))([(0, all_coalitions(2))])
    with pytest.raises(ValueError, match="1 functions, 2 numbers of players"):
        FunctionGames([len], [1, 2])
    broken = FunctionGames([lambda masks: np.full(len(masks), np.inf)], [2], ["the loan of Ann"])
    with pytest.raises(FloatingPointError, match=r"the loan of Ann: .*inf.* players \[\]"):
        Evaluator(broken)([(0, all_coalitions(2))])


def test_words_are_left_out_and_equal_words_are_players_of_their_own():
    value = text_game(lambda found: [len(t.split()) + t.count("very") for t in found], ["very"] * 3)
    np.testing.assert_array_equal(value(all_coalitions(3)), 2 * all_coalitions(3).sum(axis=1))
    np.testing.assert_allclose(exact(value, 3).values, 2)
    empty = text_game(lambda found: [7.0 for _ in found], [])
    np.testing.assert_array_equal(empty(np.zeros((2, 0), dtype=bool)), 7)
    assert exact(empty, 0).values.shape == (0,)


def test_items_are_left_out_in_order():
    value = history_game(lambda found: [h[-1] if len(h) else -1 for h in found], np.array([4, 2]))
    np.testing.assert_array_equal(value(all_coalitions(2)), [-1, 4, 2, 2])


def test_pixels_of_removed_patches_become_the_background():
    value = image_game(
        lambda found: found.sum(axis=1), np.array([1.0, 2, 4]), np.array([0, 1, 0]), 100.0
    )
    np.testing.assert_array_equal(value(all_coalitions(2)), [300, 105, 202, 7])


def test_fields_take_background_values_as_in_the_closed_form():
    rng = RNG(0)
    weights, row, background = rng.standard_normal(5), rng.standard_normal(5), rng.random((9, 5))
    value = table_game(lambda found: found @ weights, row, background)
    np.testing.assert_allclose(
        exact(value, 5).values, linear_shapley(weights, row[None], background)[0], atol=1e-12
    )
    with pytest.raises(ValueError, match="the background has no rows"):
        table_game(len, row, background[:0])


def test_fields_of_a_frame_keep_their_types():
    frame = pd.DataFrame({"home": ["own", "rent", "rent"], "years": [1, 2, 3]}).astype(
        {"home": "category"}
    )
    seen = []

    def score(found):
        seen.append(found.dtypes)
        return (found["home"] == "own") * 10 + found["years"]

    value = table_game(score, frame.iloc[:1], frame.iloc[1:])
    np.testing.assert_allclose(value(all_coalitions(2)), [2.5, 12.5, 1, 11])
    assert seen[0].equals(frame.dtypes)


@pytest.mark.parametrize(
    ("domain", "draw", "name"),
    [
        (text, texts, "tfidf_logistic"),
        (image, images, "logistic"),
        (table, rows, "logistic"),
        (table, rows, "boosted_trees"),
    ],
)
def test_the_baselines_of_a_study_can_be_explained(domain, draw, name, tmp_path):
    make_study(tmp_path, domain, draw)
    encoding = load_encoding(tmp_path)
    baseline = fit_baseline(tmp_path, name, "auc", 0)
    test = pd.read_parquet(tmp_path / "test.parquet")
    train = pd.read_parquet(tmp_path / "train.parquet")
    row = test.iloc[:1]
    value, players = baseline_game(baseline, encoding, row, 1, "probability", train.head(20))
    found = exact(value, players)
    whole = baseline.predict("test")["probability_good"].iloc[0]
    assert found.full_value == pytest.approx(whole)
    assert found.values.sum() == pytest.approx(found.full_value - found.base_value)
    if domain is text:
        words = row["text"].iloc[0].split()
        assert words[int(np.abs(found.values).argmax())] in ("tasty", "stale")
    odds, _ = baseline_game(baseline, encoding, row, 1, background=train.head(20))
    assert odds(np.ones((1, players), dtype=bool))[0] == pytest.approx(np.log(whole / (1 - whole)))


def test_the_log_odds_of_a_logistic_regression_have_the_closed_form(tmp_path):
    make_study(tmp_path, table, rows)
    from sklearn.linear_model import LogisticRegression

    from vitrine.evaluation.baselines.table import one_hot

    encoding = load_encoding(tmp_path)
    train = pd.read_parquet(tmp_path / "train.parquet")
    encode = one_hot(train, encoding)
    model = LogisticRegression().fit(encode(train), train["label"])
    baseline = Candidate({}, None, lambda found: model.predict_proba(encode(found)))
    row, background = train.iloc[3:4], train.head(25)
    value, players = baseline_game(baseline, encoding, row, 1, background=background)
    by_column = linear_shapley(model.coef_[0], encode(row), encode(background))[0]
    # Home: two categories and a mark for missing; Income: a number and a mark.
    fields = [by_column[:3].sum(), by_column[3:].sum()]
    np.testing.assert_allclose(exact(value, players).values, fields, atol=1e-8)


def test_a_table_needs_a_background(tmp_path):
    make_study(tmp_path, table, rows)
    row = pd.read_parquet(tmp_path / "test.parquet").iloc[:1]
    with pytest.raises(ValueError, match="needs background rows"):
        baseline_game(Candidate({}, None, None), load_encoding(tmp_path), row, 0)


def test_recommendations_of_a_markov_chain_can_be_explained():
    from vitrine.data.encoding import Encoding

    chain = MarkovChain([np.array([1, 2, 3])] * 5, 4, 1, 0.0, 1, prior=1.0)
    encoding = Encoding(
        "m", "sequence", "ranking", [], ["<unknown>", "7", "8", "9"], 4, 4, 1, 1, {}
    )
    row = pd.DataFrame({"films": [np.array([9, 7, 8])]})
    value, players = baseline_game(Candidate({}, None, chain.scores), encoding, row, 3)
    found = exact(value, players)
    # Film 9 (id 3) follows film 8 (id 2), which is last.
    assert found.values.argmax() == 2
    assert found.full_value == pytest.approx(chain.scores([np.array([3, 1, 2])])[0, 3])
