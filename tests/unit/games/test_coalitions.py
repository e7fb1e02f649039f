"""Coalitions run with shared work have the states that the plain model gives them."""

import numpy as np
import pytest
import tiny
import torch

from vitrine.models.coalitions import MOST_SHARED, WIDEST, TransformerCoalitions
from vitrine.models.packing import pack

SHAPES = {
    "words": tiny.architecture(),
    "one layer": tiny.architecture(layers=1),
    "fields": tiny.architecture(feature_groups=12, features=3),
    "start token": tiny.architecture(readout="start"),
    "one layer, start token": tiny.architecture(layers=1, readout="start"),
    "last": tiny.architecture(readout="last"),
    "causal, start token": tiny.architecture(causal=True, readout="start"),
    "causal, mean": tiny.architecture(causal=True),
    "distances": tiny.architecture(positions=0, relative=4, layers=3),
    "films": tiny.recommender(),
    "attention alone": tiny.architecture(mlp=False, layers=3),
    "without norms": tiny.architecture(norm=False, causal=True),
    "one layer, films": tiny.architecture(
        layers=1, positions=0, relative=3, outputs=0, causal=True, readout="last"
    ),
}


def plainly(model, examples, members, lengths):
    """The state that is classified, by the model's own forward pass."""
    tokens = pack(examples, members, lengths)
    with torch.no_grad():
        return model.read(model.states(tokens), tokens).numpy()


def drawn(examples, game, count, seed=0):
    """Coalitions of an instance by rising size, the empty and the full one among them."""
    start, stop = examples.offsets[game : game + 2]
    masks = np.random.default_rng(seed).random((count, stop - start)) < 0.5
    masks[0], masks[-1] = False, True
    masks = masks[np.argsort(masks.sum(axis=1), kind="stable")]
    return start + np.nonzero(masks)[1], masks.sum(axis=1)


@pytest.mark.parametrize("name", SHAPES)
def test_states_are_those_of_the_plain_model(name):
    shape = SHAPES[name]
    model = tiny.model(shape)
    examples = tiny.examples([5, 12, 1, 7], features=shape.features)
    coalitions = TransformerCoalitions(model, examples)
    for game in range(len(examples)):
        members, lengths = drawn(examples, game, 40)
        expected = plainly(model, examples, members, lengths)
        shared = coalitions.shared_attention(slice(*map(int, examples.offsets[game : game + 2])))
        assert shared is not None
        for first in (shared, None):
            found = coalitions.read(members, lengths, first).numpy()
            np.testing.assert_allclose(found, expected, atol=3e-6)
            few = int(lengths[:9].sum())
            part = coalitions.read(members[:few], lengths[:9], first).numpy()
            np.testing.assert_allclose(part, found[:9], atol=1e-6)


@pytest.mark.parametrize("name", ["words", "films"])
def test_rows_of_several_instances_run_together(name):
    model, examples = tiny.model(SHAPES[name]), tiny.examples([6, 9, 3])
    parts = [drawn(examples, game, 10) for game in range(3)]
    rows = [row for members, lengths in parts for row in np.split(members, np.cumsum(lengths)[:-1])]
    rows.sort(key=len)
    members, lengths = np.concatenate(rows), np.array([len(row) for row in rows])
    found = TransformerCoalitions(model, examples).read(members, lengths, None).numpy()
    np.testing.assert_allclose(found, plainly(model, examples, members, lengths), atol=3e-6)


def test_what_cannot_be_shared_is_not():
    examples = tiny.examples([6, 0])
    assert (
        TransformerCoalitions(tiny.model(tiny.architecture()), examples).shared_attention(
            slice(6, 6)
        )
        is None
    )
    long = tiny.examples([MOST_SHARED + 1])
    model = tiny.model(tiny.architecture(positions=MOST_SHARED + 1))
    assert TransformerCoalitions(model, long).shared_attention(slice(0, MOST_SHARED + 1)) is None


def test_linear_attention_is_refused():
    with pytest.raises(ValueError, match="not linear attention"):
        TransformerCoalitions(tiny.model(tiny.architecture(linear=True)), tiny.examples([3]))


@pytest.mark.parametrize("shape", [tiny.architecture(), tiny.recommender()], ids=["words", "films"])
def test_scores_that_lie_far_apart_lose_nothing(shape):
    model, examples = tiny.model(shape), tiny.examples([8])
    with torch.no_grad():
        model.blocks[0].attention.qkv.weight *= 12
    coalitions = TransformerCoalitions(model, examples)
    assert coalitions.shared_attention(slice(0, 8)) is None
    members, lengths = drawn(examples, 0, 30)
    found = coalitions.read(members, lengths, None).numpy()
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, plainly(model, examples, members, lengths), atol=1e-5)
    # Single precision holds the exponentials of the widest scores that are shared.
    assert np.exp(np.float32(-WIDEST)) > 1e6 * np.finfo(np.float32).tiny
