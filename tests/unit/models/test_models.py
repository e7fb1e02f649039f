"""The transformer: absence is absence, batches do not matter, hooks and files tell the truth."""

import dataclasses

import numpy as np
import pytest
import tiny
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.models.dropout import Dropout
from vitrine.models.inference import logits, run
from vitrine.models.packing import batches_by_length, pack
from vitrine.models.storage import load_model, save_model

SHAPES = {
    "classifier": tiny.architecture(),
    "start token": tiny.architecture(readout="start"),
    "fields": tiny.architecture(feature_groups=12),
    "recommender": tiny.recommender(),
    "linear attention": tiny.architecture(linear=True),
    "causal linear attention": tiny.architecture(linear=True, causal=True, readout="last"),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_padded_batch_gives_what_single_instances_give(shape):
    model = tiny.model(shape)
    examples = tiny.examples([5, 0, 9, 1, 12])
    together = logits(model, examples)
    for i in range(len(examples)):
        alone = logits(model, examples.take(np.array([i])))
        np.testing.assert_allclose(together[i], alone[0], atol=1e-5)


def applied(model):
    """What `run` does with a batch here: the model's logits."""
    return lambda tokens, _: model(tokens).numpy()


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_the_score_of_one_output_is_its_logit(shape):
    model = tiny.model(shape)
    examples = tiny.examples([5, 3])
    tokens = pack(examples, np.arange(8), examples.lengths)
    outputs = torch.tensor([2, 1])
    with torch.no_grad():
        state = model.read(model.states(tokens), tokens)
        np.testing.assert_allclose(
            model.score(state, outputs), model(tokens)[[0, 1], outputs], atol=1e-5
        )


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_an_absent_player_has_no_influence_at_all(shape):
    model = tiny.model(shape)
    examples = tiny.examples([6])
    kept = np.array([0, 2, 5])
    apply = applied(model)
    before = run(model, examples, kept, np.array([3]), apply, players=100)
    changed = dataclasses.replace(examples, ids=examples.ids.copy())
    changed.ids[[1, 3, 4]] = 7
    after = run(model, changed, kept, np.array([3]), apply, players=100)
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("shape", [s for s in SHAPES.values() if s.linear], ids=["all", "causal"])
def test_linear_attention_counts_players_as_much_as_they_are_there(shape):
    model, examples = tiny.model(shape), tiny.examples([6])
    presence = torch.tensor([[1.0, 0.0, 1.0, 0.0, 0.0, 1.0]])
    with torch.no_grad():
        faint = model(pack(examples, np.arange(6), np.array([6])), presence=presence)
        absent = model(pack(examples, np.array([0, 2, 5]), np.array([3])))
        full = model(pack(examples, np.arange(6), np.array([6])))
    torch.testing.assert_close(faint, absent, atol=1e-6, rtol=0)
    assert not torch.allclose(faint, full, atol=1e-3)


def test_those_who_stay_keep_their_positions():
    model = tiny.model(tiny.architecture())
    examples = tiny.examples([6])
    apply = applied(model)
    last_two = run(model, examples, np.array([4, 5]), np.array([2]), apply, players=100)
    moved = dataclasses.replace(examples, positions=examples.positions - 4)
    as_if_first = run(model, moved, np.array([4, 5]), np.array([2]), apply, players=100)
    assert np.abs(last_two - as_if_first).max() > 1e-3


def test_a_recommender_sees_only_the_past():
    model = tiny.model(tiny.recommender())
    examples = tiny.examples([8])
    changed = dataclasses.replace(examples, ids=examples.ids.copy())
    changed.ids[5:] = 3
    with torch.no_grad():
        one, other = (
            model.states(pack(instance, np.arange(8), np.array([8])))
            for instance in (examples, changed)
        )
    np.testing.assert_allclose(one[:, :6], other[:, :6], atol=1e-6)
    assert not torch.allclose(one[:, 6:], other[:, 6:])


def test_a_recommender_knows_places_by_distance_only():
    model = tiny.model(tiny.recommender())
    examples = tiny.examples([4])
    shifted = dataclasses.replace(examples, positions=examples.positions + 100)
    with torch.no_grad():
        # The start token's distance is clipped alike once it is far away.
        far = dataclasses.replace(examples, positions=examples.positions + 50)
        a, b = (model(pack(e, np.arange(4), np.array([4]))) for e in (far, shifted))
    np.testing.assert_allclose(a, b, atol=1e-6)


def test_files_rebuild_the_same_model(tmp_path):
    model = tiny.model(tiny.recommender())
    save_model(model, tmp_path / "model.safetensors", tmp_path / "architecture.json")
    again = load_model(tmp_path / "model.safetensors", tmp_path / "architecture.json")
    assert again.shape == model.shape
    examples = tiny.examples([3, 7])
    np.testing.assert_array_equal(logits(model, examples), logits(again, examples))


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=60), st.integers(1, 20), st.integers(1, 200)
)
@settings(max_examples=60, deadline=None)
def test_batches_hold_every_row_once_and_respect_the_budget(lengths, largest, players):
    lengths = np.array(lengths)
    batches = list(batches_by_length(lengths, largest, players))
    assert sorted(np.concatenate(batches)) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) <= largest
        assert len(batch) == 1 or len(batch) * (lengths[batch].max() + 1) <= players


def test_running_out_of_memory_halves_the_batch():
    model = tiny.model(tiny.architecture())
    examples = tiny.examples([4] * 16)
    whole = np.arange(len(examples.ids))
    sizes = []

    def apply(tokens, rows):
        sizes.append(len(rows))
        if len(rows) > 4:
            raise torch.OutOfMemoryError("no room")
        return model(tokens).numpy()

    result = run(model, examples, whole, examples.lengths, apply, players=1000)
    np.testing.assert_allclose(result, logits(model, examples), atol=1e-6)
    assert max(sizes) == 16
    assert sizes.count(4) == 4


def test_one_row_that_does_not_fit_says_so():
    model = tiny.model(tiny.architecture())
    examples = tiny.examples([4, 4])

    def apply(_tokens, _rows):
        raise torch.OutOfMemoryError("no room")

    with pytest.raises(torch.OutOfMemoryError):
        run(model, examples, np.arange(8), examples.lengths, apply, players=1000)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.999])
def test_dropout_keeps_the_mean_and_drops_the_share(share):
    dropout = Dropout(share)
    torch.manual_seed(0)
    x = torch.ones(400, 501, requires_grad=True)
    y = dropout(x)
    gone = (y == 0).double().mean().item()
    assert gone == pytest.approx(share, abs=1 / 256)
    assert y.mean().item() == pytest.approx(1, abs=0.05)
    y.sum().backward()
    assert torch.equal(x.grad == 0, y == 0)
    assert torch.equal(dropout.eval()(x), x)


def test_dropout_follows_the_seed():
    draws = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        draws.append(Dropout(0.5)(torch.ones(99)))
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])
