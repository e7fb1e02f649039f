"""Attention maps, rollout and summaries."""

import numpy as np
import pytest
import tiny

from vitrine.attention.maps import attention_maps, recorded, rollout, rollout_attribution
from vitrine.attention.summary import summarise
from vitrine.models.inference import logits


def uniform(layers=2, heads=2, size=4):
    return np.full((layers, heads, size, size), 1 / size, dtype=np.float32)


@pytest.mark.parametrize("shape", [tiny.architecture(), tiny.recommender()], ids=["words", "films"])
def test_maps_have_the_shape_of_each_instance_and_rows_that_sum_to_one(shape):
    model = tiny.model(shape)
    examples = tiny.examples([3, 0, 8])
    for (maps, readout), players in zip(attention_maps(model, examples), [3, 0, 8], strict=True):
        assert maps.shape == (2, 2, 1 + players, 1 + players)
        assert maps.dtype == np.float32
        np.testing.assert_allclose(maps.sum(axis=-1), 1, atol=1e-5)
        assert readout.sum() == pytest.approx(1, abs=1e-6)
        if shape.causal:
            np.testing.assert_array_equal(np.triu(maps, 1), 0)
            assert readout[-1] == 1


def test_maps_do_not_depend_on_the_company():
    model = tiny.model(tiny.architecture())
    examples = tiny.examples([3, 8])
    together = attention_maps(model, examples)[0][0]
    alone = attention_maps(model, examples.take(np.array([0])))[0][0]
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_recording_leaves_no_trace_and_an_unknown_hook_says_so():
    model = tiny.model(tiny.architecture())
    examples = tiny.examples([3])
    with recorded(model, "hook_z") as seen:
        logits(model, examples)
    assert [tensor.shape for tensor in seen] == [(1, 2, 4, 8)] * 2
    logits(model, examples)
    assert len(seen) == 2
    with pytest.raises(KeyError, match="no hook point 'hook_q'"), recorded(model, "hook_q"):
        pass


def test_rollout_of_attention_to_itself_is_the_identity_and_of_uniform_attention_known():
    identity = np.broadcast_to(np.eye(4, dtype=np.float32), (3, 2, 4, 4))
    np.testing.assert_allclose(rollout(identity), np.eye(4))
    # Each layer maps x to x / 2 + mean / 2; after two layers x / 4 + 3 / 4 mean.
    expected = 0.25 * np.eye(4) + 0.75 / 4
    np.testing.assert_allclose(rollout(uniform()), expected, atol=1e-6)
    np.testing.assert_allclose(
        rollout_attribution(uniform(), np.array([0, 1, 0, 0])), expected[1, 1:], atol=1e-6
    )


def test_summaries_of_known_maps():
    table = summarise(uniform(size=4))
    assert len(table) == 4
    np.testing.assert_allclose(table.entropy, np.log(4), atol=1e-6)
    np.testing.assert_allclose(table.self_weight, 0.25)
    np.testing.assert_allclose(table.start_weight, 0.25)
    np.testing.assert_allclose(table.distance, 1.25)
    sharp = summarise(np.eye(3, dtype=np.float32)[None, None])
    assert sharp[["entropy", "self_weight", "distance"]].to_numpy().tolist() == [[0, 1, 0]]
