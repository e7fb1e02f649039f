"""Depth and context in the studies' models, on small ones."""

import math

import numpy as np
import pytest
import tiny
import torch

from vitrine.data.encoding import Encoding
from vitrine.emergence.cka import linear_cka
from vitrine.emergence.studies import (
    by_context,
    by_position,
    depth,
    pooled_states,
    surface,
    thirds,
    types,
)
from vitrine.models.packing import pack


def encoding(task="classification", domain="text"):
    return Encoding(
        study="words",
        domain=domain,
        task=task,
        classes=["a", "b", "c"] if task == "classification" else [],
        vocabulary=[str(i) for i in range(30)],
        players=12,
        positions=12,
        feature_width=2,
        feature_groups=1,
        details={},
    )


def test_cka_ignores_rotation_and_scale_and_is_small_for_strangers():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((500, 6))
    rotation = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    assert linear_cka(x, 3 * x @ rotation + 1) == pytest.approx(1)
    assert linear_cka(x, rng.standard_normal((500, 6))) < 0.05
    assert math.isnan(linear_cka(x, np.ones((500, 2))))


def test_thirds_are_even():
    assert np.bincount(thirds(np.random.default_rng(0).standard_normal(300))).tolist() == [100] * 3


def test_states_are_means_over_an_instance_alone():
    examples = tiny.examples([5, 12, 1, 7])
    model = tiny.model(tiny.architecture())
    states = pooled_states(model, examples)
    assert [one.shape for one in states] == [(4, 16)] * 3
    own = examples.take(np.array([3]))
    with torch.no_grad():
        tokens = pack(own, np.arange(7), own.lengths)
        embedded = model.embedding(tokens)[0, 1:].mean(dim=0)
    np.testing.assert_allclose(states[0][3], embedded, atol=1e-6)


def test_every_layer_is_probed_for_labels_and_surface():
    examples = tiny.examples([3 + i % 9 for i in range(120)])
    assert set(surface(examples, encoding())) == {"length", "mass", "popularity"}
    rows = depth(tiny.model(tiny.architecture()), examples, encoding(), np.random.default_rng(0))
    probes = {(row["feature"], row["layer"]) for row in rows if row["measure"] == "probe"}
    assert probes == {
        (feature, layer)
        for feature in ("label", "length", "mass", "popularity")
        for layer in range(3)
    }
    label = {
        (row["measure"], row["layer"]): row["value"] for row in rows if row["feature"] == "label"
    }
    assert label["selectivity", 1] == pytest.approx(label["probe", 1] - label["by_type", 1])
    pairs = [(row["layer"], row["other"]) for row in rows if row["measure"] == "cka"]
    assert pairs == [(1, 0), (2, 0), (2, 1)]
    assert all(-1 <= row["value"] <= 1 + 1e-9 for row in rows)
    assert all(row["value"] >= 0 for row in rows if row["measure"] != "selectivity")


def test_all_context_is_the_whole_instance():
    examples = tiny.examples([8] * 20)
    model = tiny.model(tiny.architecture())
    rows = by_context(model, examples, encoding(), [])
    assert [row["context"] for row in rows] == [1, 2, 4, 8]
    with torch.no_grad():
        scores = model(pack(examples, np.arange(160), examples.lengths))
        expected = torch.nn.functional.cross_entropy(scores, torch.from_numpy(examples.labels))
    assert rows[-1]["nll"] == pytest.approx(expected.item(), rel=1e-5)
    assert rows[-1]["n"] == 20


def test_films_of_the_history_are_no_candidates():
    examples = tiny.examples([6] * 10)
    examples.labels[:] = 29
    model = tiny.model(tiny.recommender())
    everything = [np.arange(29)] * 10
    found = by_context(model, examples, encoding("ranking", "sequence"), everything)
    assert [row["nll"] for row in found] == pytest.approx([0] * len(found), abs=1e-9)


def test_words_are_types_and_fields_are_by_their_classes_of_values():
    examples = tiny.examples([9] * 30)
    np.testing.assert_array_equal(types(examples, encoding()), examples.ids)
    examples.ids[:] = 1 + examples.positions
    found = types(examples, encoding(domain="table"))
    assert len(np.unique(found)) == 27
    for kind in np.unique(found):
        assert len(np.unique(examples.ids[found == kind])) == 1
    low, high = (
        examples.features.sum(axis=1)[found == found[examples.ids == 4].min() + part]
        for part in (0, 2)
    )
    assert low.max() <= high.min()


def test_every_place_of_a_history_costs_what_the_model_says_of_the_next_film():
    examples = tiny.examples([6] * 5)
    rng = np.random.default_rng(0)
    films = np.stack([rng.permutation(np.arange(1, 30))[:7] for _ in range(5)])
    examples.ids[:] = films[:, :6].ravel()
    examples.labels[:] = films[:, 6]
    model = tiny.model(tiny.recommender())
    popularity = np.bincount(films[:, 6], minlength=30)
    rows = by_position(model, examples, encoding("ranking", "sequence"), popularity)
    assert [row["context"] for row in rows] == list(range(7))
    assert {row["n"] for row in rows} == {5}
    # With all films of the history taken out, the last place is that of the whole context.
    whole = by_context(model, examples, encoding("ranking", "sequence"), list(films[:, :6]))
    assert rows[-1]["nll"] == pytest.approx(whole[-1]["nll"], rel=1e-4)
    counts = 1 + popularity
    guess = [
        counts[film] / (counts[1:].sum() - counts[earlier].sum())
        for film, earlier in zip(films[:, 3], films[:, :3], strict=True)
    ]
    assert rows[3]["popularity"] == pytest.approx(-np.log(guess).mean(), rel=1e-5)
    with torch.no_grad():
        tokens = pack(examples, np.arange(30), examples.lengths)
        scores = model.scores(model.states(tokens))[:, 2]
    scores[:, 0] = -math.inf
    scores[torch.arange(5)[:, None], torch.from_numpy(films[:, :2])] = -math.inf
    expected = torch.nn.functional.cross_entropy(scores, torch.from_numpy(films[:, 2]))
    assert rows[2]["nll"] == pytest.approx(expected.item(), rel=1e-4)
