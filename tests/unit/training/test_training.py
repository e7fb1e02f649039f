"""Training: dropping, batches, checkpoints, early stopping, determinism."""

import logging
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import tiny
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from trainings import changed, learnable, run

from vitrine.models.packing import Tokens
from vitrine.seeds import derive
from vitrine.training.batches import (
    classifier_batches,
    compact_batches,
    earlier_items,
    history_batches,
    reorder_ties,
    shuffled,
)
from vitrine.training.dropping import drop_tokens
from vitrine.training.initial import LENGTH, cooccurrence, svd_vectors


def test_a_model_learns_what_can_be_learned(tmp_path):
    settings = changed(epochs=30, dropout=0.0, token_dropping=0.0)
    model, history = run(tmp_path, settings=settings)
    final = history[history.metric == "accuracy"]["value"]
    assert final.max() > 0.9
    assert list(history.columns) == ["split", "metric", "epoch", "value"]
    assert not model.training


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path):
    states = [
        run(tmp_path / str(place), seed=seed)[0].state_dict()
        for place, seed in enumerate([0, 0, 1])
    ]
    for name, tensor in states[0].items():
        assert torch.equal(tensor, states[1][name])
    assert any(not torch.equal(tensor, states[2][name]) for name, tensor in states[0].items())


def test_a_killed_run_resumes_and_ends_with_the_same_weights(tmp_path, caplog):
    whole, whole_history = run(tmp_path / "whole")

    class Killed(Exception):
        pass

    def dies(_metrics, epoch):
        if epoch == 3:
            raise Killed

    with pytest.raises(Killed):
        run(tmp_path / "torn", report=dies)
    seen = []
    with caplog.at_level(logging.INFO):
        resumed, history = run(tmp_path / "torn", epochs_seen=seen)
    assert "resuming after epoch 3" in caplog.text
    assert [epoch for epoch, _ in seen] == [4, 5, 6]
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name])
    assert history.equals(whole_history)


@pytest.mark.parametrize("what", ["settings", "data and code", "broken file", "one changed byte"])
def test_a_checkpoint_that_does_not_fit_is_not_resumed(tmp_path, what):
    first = run(tmp_path, settings=changed(epochs=2))
    checkpoint = tmp_path / "checkpoint.safetensors"
    assert checkpoint.exists()
    seen = []
    changes = {}
    if what == "settings":
        changes["settings"] = changed(epochs=3)
    elif what == "data and code":
        changes = {"settings": changed(epochs=2), "fingerprint": "other"}
    else:
        content = checkpoint.read_bytes()
        checkpoint.write_bytes(
            content[:1000] if what == "broken file" else content[:-1] + bytes([content[-1] ^ 1])
        )
        changes["settings"] = changed(epochs=2)
    run(tmp_path, epochs_seen=seen, **changes)
    assert seen[0][0] == 1
    assert first is not None


def test_training_stops_after_some_epochs_without_a_better_metric_and_keeps_the_best(tmp_path):
    scores = iter([0.5, 0.9, 0.6, 0.6, 0.6, 0.6])
    seen = []
    kept = []

    def score(model):
        kept.append({name: tensor.clone() for name, tensor in model.state_dict().items()})
        return {"accuracy": next(scores)}

    model, _ = run(tmp_path, settings=changed(patience=3), score=score, epochs_seen=seen)
    assert len(seen) == 5
    for name, tensor in kept[1].items():
        assert torch.equal(tensor, model.state_dict()[name])


def test_a_metric_where_lower_is_better_is_minimised(tmp_path):
    losses = iter([0.5, 0.2, 0.4, 0.4, 0.4, 0.4])
    kept = []

    def score(model):
        kept.append(model.embedding.ids.detach().clone())
        return {"log_loss": next(losses)}

    model, _ = run(tmp_path, score=score, metric="log_loss")
    assert torch.equal(kept[1], model.embedding.ids)


def test_of_epochs_that_are_level_the_surest_is_kept(tmp_path):
    losses = iter([0.5, 0.2, 0.4, 0.4, 0.1, 0.4])
    scores = iter([0.5, 1.0, 1.0, 0.9, 0.9, 1.0])
    kept = []

    def score(model):
        kept.append(model.embedding.ids.detach().clone())
        return {"accuracy": next(scores), "log_loss": next(losses)}

    model, _ = run(tmp_path, score=score)
    assert torch.equal(kept[1], model.embedding.ids)

    losses, scores = iter([0.5, 0.2, 0.1, 0.4, 0.0, 0.4]), iter([0.5, 1.0, 1.0, 0.9, 0.9, 1.0])
    kept.clear()
    (tmp_path / "again").mkdir()
    model, _ = run(tmp_path / "again", score=score)
    assert torch.equal(kept[2], model.embedding.ids)


def test_a_loss_that_is_not_finite_names_the_settings_to_change(tmp_path):
    settings = changed(learning_rate=1e30, gradient_clip=1e30)
    with pytest.raises(FloatingPointError, match=r"training\.learning_rate \(now 1e\+30\)"):
        run(tmp_path, settings=settings)


@given(st.lists(st.integers(0, 12), min_size=1, max_size=50), st.floats(0, 1), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_dropping_leaves_a_subset(lengths, share, seed):
    lengths = np.array(lengths)
    kept = drop_tokens(lengths, share, np.random.default_rng(seed))
    assert kept.shape == (lengths.sum(),)
    if share == 0:
        assert kept.all()


def test_dropping_meets_every_size_and_player_equally_often():
    lengths = np.full(20_000, 4)
    kept = drop_tokens(lengths, 1.0, np.random.default_rng(0)).reshape(-1, 4)
    sizes = np.bincount(kept.sum(axis=1), minlength=5) / len(kept)
    np.testing.assert_allclose(sizes, 0.2, atol=0.02)
    np.testing.assert_allclose(kept.mean(axis=0), 0.5, atol=0.02)


def test_batches_hold_every_row_once():
    lengths = np.random.default_rng(0).integers(0, 30, 333)
    batches = list(shuffled(lengths, 10, np.random.default_rng(1)))
    assert sorted(np.concatenate(batches)) == list(range(333))
    assert max(map(len, batches)) == 10


@pytest.mark.parametrize("batches", [classifier_batches, compact_batches])
def test_classifier_batches_keep_labels_with_their_players(batches):
    examples = learnable(50)
    for tokens, labels in batches(examples, 8, 0.0, np.random.default_rng(0)):
        present = np.ones(tokens.ids.shape, bool) if tokens.present is None else tokens.present
        has = ((tokens.ids == 1).numpy() & np.asarray(present)).any(axis=1)
        np.testing.assert_array_equal(has, labels.numpy() == 1)


def test_compact_batches_are_hardly_padded_though_players_were_dropped():
    examples = tiny.examples([20] * 256 + [0])
    examples = replace(examples, labels=np.arange(257))
    found, shares = [], []
    for tokens, labels in compact_batches(examples, 8, 1.0, np.random.default_rng(0)):
        found += labels.tolist()
        if tokens.present is not None and tokens.ids.shape[1]:
            shares.append(float(tokens.present.float().mean()))
    assert sorted(found) == list(range(257))
    assert np.mean(shares) > 0.8


@pytest.mark.parametrize("dropping", [0.0, 1.0])
def test_history_batches_ask_for_the_item_that_follows(dropping):
    lengths = [3, 40, 7, 1]
    examples = tiny.examples(lengths)
    # Each item says where it stands: id = place in its history + 1.
    examples = replace(examples, ids=examples.positions % 29 + 1)
    seen = 0
    for tokens, targets in history_batches(examples, 3, 10, dropping, np.random.default_rng(0)):
        assert tokens.ids.shape[1] <= 10
        assert targets.shape == (len(tokens.ids), 1 + tokens.ids.shape[1])
        for row in range(len(targets)):
            count = (
                tokens.ids.shape[1] if tokens.present is None else int(tokens.present[row].sum())
            )
            np.testing.assert_array_equal(
                targets[row, 1 : 1 + count], tokens.ids[row, :count] % 29 + 1
            )
            assert (targets[row, 1 + count :] == -1).all()
            assert targets[row, 0] > 0
            seen += count
    assert seen > 20


def test_what_a_window_holds_before_a_target_is_no_candidate():
    ids = torch.tensor([[5, 6, 7], [8, 5, 9]])
    tokens = Tokens(ids, torch.zeros(2, 3, 0), torch.arange(3).expand(2, 3), None)
    # The start token's target is the first item; -1 is padding; 8 is met a second time.
    targets = torch.tensor([[5, 6, 7, 4], [8, 5, 8, -1]])
    seen = earlier_items(tokens, targets, targets >= 0)
    expected = [[], [5], [5, 6], [5, 6, 7], [], [8], [5]]
    assert [sorted(set(row) - {0}) for row in seen.tolist()] == expected


def test_items_of_one_second_change_their_order_and_no_others():
    examples = tiny.examples([5, 3])
    examples = replace(
        examples, ids=np.arange(1, 9), times=np.array([10, 20, 20, 20, 30, 10, 10, 40])
    )
    rng = np.random.default_rng(0)
    orders = {tuple(reorder_ties(examples, rng).ids.tolist()) for _ in range(200)}
    assert len(orders) == 6 * 2
    for order in orders:
        assert (order[0], order[4], order[7]) == (1, 5, 8)
        assert sorted(order[1:4]) == [2, 3, 4]
        assert sorted(order[5:7]) == [6, 7]
    again = reorder_ties(examples, rng)
    assert {*zip(again.ids.tolist(), again.features[:, 0].tolist(), strict=True)} == {
        *zip(examples.ids.tolist(), examples.features[:, 0].tolist(), strict=True)
    }


def test_items_outside_the_vocabulary_are_not_learned():
    examples = replace(tiny.examples([6]), ids=np.array([1, 0, 2, 0, 3, 4]))
    ((_, targets),) = history_batches(examples, 4, 10, 0.0, np.random.default_rng(0))
    assert targets.tolist() == [[1, -1, 2, -1, 3, 4]]


@pytest.mark.parametrize("kind", ["neighbours", "documents"])
def test_svd_gives_ids_with_the_same_context_similar_vectors(kind):
    rng = np.random.default_rng(0)
    # 1 and 2 stand among 10..14, 3 and 4 among 20..24.
    rows = []
    for _ in range(200):
        side = rng.integers(2)
        row = rng.integers(10, 15, 7) + 10 * side
        row[3] = 1 + 2 * side + rng.integers(2)
        rows.append(row)
    examples = replace(tiny.examples([7] * 200), ids=np.concatenate(rows))
    vectors = svd_vectors(examples, 30, 2, kind, seed=0)
    assert vectors.shape == (30, 2)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(
        np.linalg.norm(vectors[[1, 2, 3, 4]], axis=1), LENGTH[kind], atol=1e-5
    )
    vectors /= LENGTH[kind]
    assert (vectors[25:] == 0).all()
    assert vectors[1] @ vectors[2] > 0.9
    assert vectors[3] @ vectors[4] > 0.9
    assert abs(vectors[1] @ vectors[3]) < 0.1
    again = svd_vectors(examples, 30, 2, kind, seed=0) / LENGTH[kind]
    np.testing.assert_array_equal(vectors, again)


def test_cooccurrence_counts_neighbours_by_nearness():
    examples = replace(tiny.examples([3, 2]), ids=np.array([1, 2, 3, 3, 1]))
    counts = cooccurrence(examples, 5).toarray()
    expected = np.zeros((5, 5))
    expected[1, 2] = expected[2, 1] = expected[2, 3] = expected[3, 2] = 1
    expected[1, 3] = expected[3, 1] = 0.5 + 1
    np.testing.assert_array_equal(counts, expected)


def test_a_model_can_start_from_svd_vectors(tmp_path):
    settings = changed(epochs=1, start="documents", learning_rate=1e-12)
    model, _ = run(tmp_path, settings=settings)
    expected = svd_vectors(learnable(96), 30, 16, "documents", derive(0, "svd"))
    np.testing.assert_allclose(model.embedding.ids.detach().numpy(), expected, atol=1e-6)


def test_adamw_is_torchs_own_and_leaves_the_compiler_alone():
    code = """
import copy, sys, torch
from vitrine.training.optimizer import AdamW

def steps(make):
    torch.manual_seed(0)
    model, x = torch.nn.Linear(5, 3), torch.randn(8, 5)
    groups = [{"params": [model.weight], "weight_decay": 0.1}, {"params": [model.bias]}]
    optimizer = make(groups)
    for step in range(6):
        if step == 3:
            state = copy.deepcopy(optimizer.state_dict())
            optimizer = make(groups)
            optimizer.load_state_dict(state)
        optimizer.zero_grad()
        model(x).square().sum().backward()
        optimizer.step()
    return model.weight

ours = steps(lambda groups: AdamW(groups, 0.01, 0.02))
assert "torch._dynamo" not in sys.modules
theirs = steps(lambda groups: torch.optim.AdamW(groups, 0.01, weight_decay=0.02, fused=True))
assert torch.equal(ours, theirs)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
