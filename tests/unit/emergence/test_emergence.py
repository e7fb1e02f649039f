"""Analysis of emergence on curves that are known, and the tasks of the abilities."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from ability_sizes import default_size

from vitrine.emergence.abilities.grokking.task import embedding_share
from vitrine.emergence.abilities.modular.task import unit_share
from vitrine.emergence.ablation import ablations
from vitrine.emergence.analysis import emergence, lags
from vitrine.emergence.checkpoints import moments
from vitrine.emergence.discrete import metrics
from vitrine.emergence.induction import successors
from vitrine.emergence.probes import labels_of_mixtures, labels_of_types, probe
from vitrine.emergence.registry import task
from vitrine.evaluation.progress import Anchors
from vitrine.evaluation.settings import StatisticsSettings

STATISTICS = StatisticsSettings(bootstrap=200, confidence=0.95)


def curve(metric, values):
    return pd.DataFrame(
        {"seed": 0, "step": 10 * np.arange(len(values)), "metric": metric, "value": values}
    )


def test_lag_is_positive_where_the_mechanism_leads():
    anchors = Anchors("accuracy", 0.0, 1.0, {})
    ability = curve("accuracy", [0, 0, 0, 0, 0, 0.5, 1.0])
    mechanism = curve("induction", [0, 0, 0.2, 0.4, 0.4, 0.4, 0.4])
    found = lags(pd.concat([ability, mechanism]), anchors, STATISTICS)
    assert found["induction"]["mean"] == pytest.approx(50 - 20)


def test_one_size_is_summed_up():
    anchors = Anchors("kl", 1.0, 0.0, {})
    curves = pd.concat([curve("kl", [1, 1, 0.5, 0.0]), curve("kl", [1, 1, 1, 0.9]).assign(seed=1)])
    ends = curves[curves.step == 30].assign(checkpoint="end")
    found = emergence(curves, ends, anchors, success=0.8, statistics=STATISTICS)
    assert found["successful"] == [True, False]
    assert found["successes"] == 1
    assert found["trainings"] == 2
    assert found["breakpoint"]["n"] == 1
    assert found["breakpoint"]["mean"] == pytest.approx(20)
    assert found["early"] == 0
    assert found["progress"]["mean"] == pytest.approx(0.55)


def test_a_training_that_is_half_way_at_once_is_counted_apart():
    curves = curve("kl", [1, 0.4, 0.2, 0.0])
    ends = curves[curves.step == 30].assign(checkpoint="end")
    anchors = Anchors("kl", 1.0, 0.0, {})
    found = emergence(curves, ends, anchors, success=0.8, statistics=STATISTICS)
    assert (found["early"], found["breakpoint"]["n"]) == (1, 0)


def test_saved_moments_are_in_order():
    anchors = Anchors("accuracy", 0.0, 1.0, {})
    found = moments(curve("accuracy", [0, 0.05, 0.3, 0.6, 0.95, 0.97]), anchors)
    assert found == {"start": 0, "before": 10, "middle": 30, "after": 40, "end": 50}
    assert moments(curve("accuracy", [0, 0.1]), anchors) == {"start": 0, "end": 10}


def test_metrics_of_symbols_by_hand():
    # Two items of two positions; the second symbol of the second item is wrong.
    logits = torch.tensor([[[9.0, 0.0], [0.0, 9.0]], [[9.0, 0.0], [0.0, 9.0]]])
    targets = torch.tensor([[0, 1], [0, 0]])
    found = metrics(logits, targets, torch.ones(2, 2, dtype=torch.bool))
    p = 1 / (1 + math.exp(-9))
    assert found["exact_match"] == 0.5
    assert found["product"] == 0.5
    assert found["accuracy"] == 0.75
    assert found["nll"] == pytest.approx(-(3 * math.log(p) + math.log(1 - p)) / 4, rel=1e-5)
    assert found["brier"] == pytest.approx((3 * 2 * (1 - p) ** 2 + 2 * p**2) / 4, rel=1e-5)


def test_successors_stand_behind_earlier_occurrences():
    found = successors(torch.tensor([[4, 7, 4, 4]]))[0]
    assert found.nonzero().tolist() == [[2, 1], [3, 1], [3, 3]]


def test_sums_are_right_and_the_test_is_held_out():
    addition = task("addition", default_size("addition", digits=2))
    rng = np.random.default_rng(0)
    learned, _ = addition.draw(3000, rng)
    tested, scored = addition.test(500, rng)
    place = torch.tensor([1, 10])
    for ids in (learned, tested):
        total = (ids[:, :2] * place).sum(1) + (ids[:, 3:5] * place).sum(1)
        assert (total == (ids[:, 6:] * torch.tensor([1, 10, 100])).sum(1)).all()
    assert scored.sum(dim=1).eq(3).all()
    seen = {tuple(row) for row in learned.tolist()}
    assert not seen & {tuple(row) for row in tested.tolist()}


def test_fourier_share_is_one_for_cosines_and_small_for_noise():
    angles = 2 * torch.pi * torch.arange(31) / 31
    pure = torch.stack([torch.cos(k * angles + k) for k in range(1, 6)], dim=1)
    assert unit_share(torch.stack([pure, pure])) == pytest.approx(1)
    noise = torch.randn(2, 31, 50, generator=torch.Generator().manual_seed(0))
    assert unit_share(noise) < 0.4
    # An embedding may mix its frequencies in every direction.
    mixed = torch.stack([torch.cos(k * angles + k) for k in range(1, 6)], dim=1) @ torch.randn(
        5, 40, generator=torch.Generator().manual_seed(0)
    )
    assert embedding_share(mixed) == pytest.approx(1)
    assert unit_share(mixed[None]) < 0.9
    assert embedding_share(noise[0]) < 0.6


@pytest.mark.parametrize("name", ["modular", "grokking"])
def test_residues_are_learned_from_some_pairs_and_tested_on_all(name):
    addition = task(name, default_size(name, modulus=11))
    learned, (*tested, known) = addition.split(np.random.default_rng(0))
    pairs = [
        {(int(a), int(b)) for a, b in zip(*two, strict=True)}
        for two in (
            learned[:2],
            [part[known] for part in tested[:2]],
            [part[~known] for part in tested[:2]],
        )
    ]
    assert pairs[0] == pairs[1]
    assert len(pairs[1] | pairs[2]) == 121
    assert not pairs[1] & pairs[2]
    # What looks at few test items only must find those that are not learned.
    assert not known[: len(pairs[2])].any()
    torch.testing.assert_close(tested[2], (tested[0] + tested[1]) % 11)


def test_a_transformer_that_knows_all_sums_is_at_the_optimum():
    ability = task("grokking", default_size("grokking", modulus=7, share=0.9))
    torch.manual_seed(0)
    model = ability.build()
    learned, test = ability.split(np.random.default_rng(0))
    before = ability.measure(model, test)
    assert before["accuracy"] < 0.8
    assert before["train_nll"] == pytest.approx(ability.loss(model, learned).item(), rel=1e-5)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003, weight_decay=0)
    for _ in range(60):
        optimizer.zero_grad()
        ability.loss(model, test[:3]).backward()
        optimizer.step()
    after = ability.measure(model, test)
    assert after["accuracy"] == after["train_accuracy"] == ability.anchors().progress(1.0) == 1
    assert after["nll"] < 0.2


def test_a_probe_reads_what_is_there_and_no_more():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, 2000)
    states = np.eye(5)[labels] @ rng.standard_normal((5, 12)) + rng.standard_normal((2000, 12)) / 9
    accuracy = probe(states, labels, labels_of_types(np.arange(2000), labels, rng), rng)
    assert accuracy.accuracy > 0.99
    assert accuracy.shuffled < 0.3
    assert accuracy.by_type < 0.3
    assert accuracy.selectivity == accuracy.accuracy - accuracy.by_type


def test_a_probe_that_knows_the_type_memorises_any_label_of_types():
    rng = np.random.default_rng(0)
    kinds = rng.integers(0, 20, 2000)
    labels = kinds % 2
    states = np.eye(20)[kinds]
    random = labels_of_types(kinds, labels, rng)
    assert all(len(np.unique(one[kinds == 7])) == 1 for one in random)
    assert not np.array_equal(random[0], random[1])
    accuracy = probe(states, labels, random, rng)
    assert accuracy.accuracy == accuracy.by_type == 1
    assert accuracy.shuffled < 0.6


def test_mixtures_of_the_same_types_have_one_label_and_classes_keep_their_shares():
    rng = np.random.default_rng(0)
    labels = np.array([0] * 30 + [1] * 10)
    kinds = rng.integers(0, 50, (20, 6))
    kinds = np.concatenate([kinds, kinds[:, ::-1]])
    for random in labels_of_mixtures(kinds.ravel(), 6 * np.arange(41), labels, rng):
        assert np.bincount(random).tolist() == [30, 10]
        assert (random[:20] == random[20:]).all()


def test_an_ablated_part_is_put_back():
    ability = task("markov", default_size("markov", "layers1"))
    model = ability.build().eval()
    items = ability.test(8, np.random.default_rng(0))

    def measure(one):
        return ability.measure(one, items)["kl_bayes"]

    intact = measure(model)
    found = list(ablations(model, measure))
    assert [(layer, head) for layer, head, _ in found] == [(0, 0), (0, None)]
    assert found[0][2] == pytest.approx(found[1][2])
    assert found[0][2] != intact
    assert measure(model) == intact


def test_regression_starts_from_ridge_and_zero():
    ability = task("regression", default_size("regression"))
    anchors = ability.anchors()
    assert anchors.reference == 3
    # Without examples the error is that of zero, with nine of three dimensions small.
    assert 3 / 10 < anchors.optimum < 1.2
    items, y, truth = ability.draw(5000, np.random.default_rng(0))
    assert (y - truth).std().item() == pytest.approx(0.5, abs=0.02)
    assert truth.square().mean().item() == pytest.approx(3, abs=0.2)
    torch.testing.assert_close(items[:, 1:, -1], y[:, :-1])


def test_bursts_bring_the_asked_class_into_the_context():
    ability = task("iwl", default_size("iwl", "bursts2"))
    ids, _, answers = ability.draw(200, np.random.default_rng(0))
    shown = (ids[:, 1::2] == 1 + answers[:, None]).sum(dim=1)
    assert (shown >= 2).all()
    new, vectors, asked, *known = ability.test(200, np.random.default_rng(0))
    # Of new classes, the asked one stands in the context once, under the label that is asked.
    assert ((new[:, 1::2] == 1 + asked[:, None]).sum(dim=1) == 1).all()
    place = (new[:, 1::2] == 1 + asked[:, None]).int().argmax(dim=1)
    pairs = vectors[torch.arange(200), 2 * place], vectors[:, -1]
    assert torch.cosine_similarity(*pairs).min() > 0.9
    assert len(known) == 3
