"""Accuracy and confidence under removal, on a model whose answers are known."""

import numpy as np
import pytest
import tiny

from vitrine.evaluation.predict import Split, probabilities
from vitrine.evaluation.settings import StatisticsSettings
from vitrine.games.removal import Omission
from vitrine.models.inference import logits
from vitrine.validation.calibration.in_distribution import under_removal, without

STATISTICS = StatisticsSettings(bootstrap=200, confidence=0.95)


def test_a_share_of_every_instance_goes_and_the_others_stay_at_their_places():
    examples = tiny.examples([10, 4, 0, 5])
    order = np.random.default_rng(0).random(19)
    left = without(Omission(examples), 0.4, order)
    assert left.lengths.tolist() == [6, 2, 0, 3]
    for i in range(4):
        own = examples.ids[examples.rows(i)]
        np.testing.assert_array_equal(left.ids[left.rows(i)], own[left.positions[left.rows(i)]])
    assert set(without(Omission(examples), 0.8, order).positions[:2]) <= set(left.positions[:6])
    assert len(without(Omission(examples), 1.0, order).ids) == 0
    np.testing.assert_array_equal(without(Omission(examples), 0.0, order).ids, examples.ids)


@pytest.mark.parametrize("shape", [tiny.architecture(), tiny.recommender()], ids=["words", "films"])
def test_without_removal_it_is_the_models_own_accuracy_and_confidence(shape):
    model = tiny.model(shape)
    examples = tiny.examples([6, 8, 3, 7, 9, 5])
    histories = [examples.ids[examples.rows(i)] for i in range(6)] if shape.causal else []
    split = Split("test", examples, histories)
    table = under_removal(
        model, split, Omission(examples), [0.0, 1.0], STATISTICS, np.random.default_rng(0)
    )
    first = table.iloc[0]
    scores = logits(model, examples)
    if shape.causal:
        first_ten, hits, counted = [], [], 0
        for i, label in enumerate(examples.labels):
            if label == 0:
                continue
            counted += 1
            allowed = np.setdiff1d(np.arange(1, 30), histories[i])
            shares = probabilities(scores[i, allowed])
            best = allowed[np.argsort(-shares)][:10]
            hits.append(label in best)
            first_ten.append(np.sort(shares)[-10:].sum())
        expected = np.mean(hits), np.mean(first_ten)
    else:
        shares, counted = probabilities(scores), 6
        expected = np.mean(shares.argmax(axis=1) == examples.labels), shares.max(axis=1).mean()
    assert first["n"] == counted
    assert (first["accuracy"], first["confidence"]) == pytest.approx(expected, abs=1e-6)
    np.testing.assert_allclose(table["gap"], table["confidence"] - table["accuracy"], atol=1e-12)
    for name in ("accuracy", "confidence", "gap"):
        assert (table[f"{name}_low"] <= table[name] + 1e-12).all()
        assert (table[name] <= table[f"{name}_high"] + 1e-12).all()
    if not shape.causal:
        # With everybody gone all instances look alike.
        assert table.iloc[1]["confidence_low"] == pytest.approx(table.iloc[1]["confidence_high"])
