"""Planted reasons: the data, the measures, and that explanations find what a model learned."""

import numpy as np
import pandas as pd
import pytest
import tiny
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from vitrine.attribution.methods.shap import ShapSettings
from vitrine.attribution.registry import strategies
from vitrine.attribution.task import Task
from vitrine.data.domains.text.words import words_of
from vitrine.data.examples import Examples
from vitrine.data.readers.planted import DECIDING, MARKS, planted_texts
from vitrine.games.evaluator import Evaluator
from vitrine.games.game import play
from vitrine.games.model_games import ModelGames
from vitrine.models.packing import pack
from vitrine.validation.localisation.ground_truth import localise
from vitrine.validation.localisation.measures.auprc import auprc
from vitrine.validation.localisation.measures.pointing_game import pointing_game


def test_the_words_at_the_reasons_decide_the_label_and_no_others_are_planted():
    table = planted_texts()
    side = {word: label for label, words in DECIDING.items() for word in words}
    marks = {word: label for label, word in MARKS.items()}
    for row in table.itertuples():
        words = words_of(row.text)
        at = [words[place] for place in row.reasons]
        planted = [word for word in words if word in side or word in marks]
        assert planted == at
        votes = [(marks if row.kind == "shortcut" else side)[word] for word in at]
        assert len(votes) in ((1,) if row.kind == "shortcut" else (1, 3))
        assert max(set(votes), key=votes.count) == row.label
    assert 0.25 < (table["kind"] == "shortcut").mean() < 0.35
    assert 0.45 < (table["label"] == "positive").mean() < 0.55
    pd.testing.assert_frame_equal(table, planted_texts())


@given(
    st.lists(st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0, 3.0]), min_size=1, max_size=20), st.data()
)
@settings(max_examples=60, deadline=None)
def test_auprc_is_the_average_precision_of_scikit_learn(values, data):
    values = np.array(values)
    reasons = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    )
    reasons[0] = True
    expected = average_precision_score(reasons, np.abs(values))
    assert auprc(values, reasons) == pytest.approx(expected)


def test_finding_by_hand():
    reasons = np.array([False, True, False, True])
    assert auprc(np.array([0.1, -5, 0.2, 3]), reasons) == 1
    assert auprc(np.array([9.0, 5, 0.2, 3]), reasons) == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert pointing_game(np.array([0.1, -5, 0.2, 3]), reasons) == 1
    assert pointing_game(np.array([9.0, -5, 0.2, 3]), reasons) == 0


def test_methods_are_held_against_the_reasons_of_each_instance():
    data = pd.DataFrame(
        {"instance": [5, 8], "kind": ["rule", "shortcut"], "reasons": [[0, 1], [2]]}
    )
    table = pd.DataFrame(
        [
            {"instance": instance, "method": method, "player": player, "value": value}
            for method, values in {
                "good": ([2, 1, 0], [0, 0, 1]),
                "bad": ([0, 0, 1], [1, 0, 0]),
            }.items()
            for instance, own in zip((5, 8), values, strict=True)
            for player, value in enumerate(own)
        ]
    )
    found = localise(table, data, "test").set_index(["method", "measure", "instance"])["value"]
    assert found["good", "auprc", 5] == 1
    assert found["good", "shortcut_exposed", 8] == 1
    assert found["bad", "shortcut_exposed", 8] == 0
    assert found["bad", "pointing_game", 5] == 0
    assert ("good", "shortcut_exposed", 5) not in found.index


RULE, SHORTCUT = (1, 2), (3, 4)


def texts(n, rng, with_shortcut):
    """Ten words: one of the rule's decides; the shortcut's goes with the label or with chance."""
    labels = rng.integers(0, 2, n)
    ids = rng.integers(5, 30, (n, 10))
    places = np.array([rng.choice(10, 2, replace=False) for _ in range(n)])
    rows = np.arange(n)
    ids[rows, places[:, 0]] = np.array(RULE)[labels]
    shown = labels if with_shortcut else rng.integers(0, 2, n)
    ids[rows, places[:, 1]] = np.array(SHORTCUT)[shown]
    if with_shortcut:
        # Only every other text has the deciding word, so the shortcut is the better bet.
        hidden = rng.random(n) < 0.5
        ids[rows[hidden], places[hidden, 0]] = 7
    examples = Examples(
        instance=rows,
        ids=ids.ravel(),
        features=np.zeros((10 * n, 0), dtype=np.float32),
        positions=np.tile(np.arange(10), n),
        offsets=np.arange(n + 1) * 10,
        labels=labels,
    )
    return examples, places


def trained(examples):
    model = tiny.model(tiny.architecture(features=0, outputs=2, layers=1)).train()
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    rng = np.random.default_rng(0)
    for _ in range(150):
        batch = examples.take(rng.integers(0, len(examples), 64))
        kept = rng.random(len(batch.ids)) < rng.choice([1.0, 0.7])
        lengths = np.add.reduceat(kept, batch.offsets[:-1])
        scores = model(pack(batch, np.flatnonzero(kept), lengths))
        loss = torch.nn.functional.cross_entropy(scores, torch.from_numpy(batch.labels))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


@pytest.mark.parametrize("with_shortcut", [False, True], ids=["rule", "shortcut"])
def test_shap_finds_the_rule_and_exposes_a_model_that_learned_a_shortcut(with_shortcut):
    rng = np.random.default_rng(1)
    model = trained(texts(1000, rng, with_shortcut)[0])
    examples, places = texts(40, rng, with_shortcut)
    evaluator = Evaluator(ModelGames(model, examples, examples.labels))
    task = Task(model, examples, examples.labels, "text", ShapSettings(evaluations=256), 0)
    found = play(strategies("shap", task), evaluator)
    deciding = places[:, 1 if with_shortcut else 0]
    scores = []
    for explanation, place in zip(found, deciding, strict=True):
        scores.append(auprc(explanation.values, np.arange(10) == place))
    assert np.mean(scores) >= 0.95
