"""Encoding of the four domains, and the ragged rows that come of it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_studies import study_data

from vitrine.data.domains.image import DOMAIN as image
from vitrine.data.domains.sequence import DOMAIN as sequence
from vitrine.data.domains.table import DOMAIN as table
from vitrine.data.domains.table.encoding import piecewise_linear
from vitrine.data.domains.text import DOMAIN as text
from vitrine.data.encoding import UNKNOWN, save_encoding, vocabulary_of
from vitrine.data.examples import (
    Examples,
    load_examples,
    load_histories,
    player_names,
    target_names,
)
from vitrine.files import write_table

CLASSES = ["no", "yes"]


def study(folder, domain, train, settings, **others):
    """Write a small study as the stage `prepare` does."""
    encoding = domain.fit("toy", train, [] if domain is sequence else CLASSES, settings)
    save_encoding(folder, encoding)
    for name, frame in {"train": train, **others}.items():
        write_table(folder / f"{name}.parquet", frame)
    return encoding


@pytest.fixture
def reviews(tmp_path):
    train = pd.DataFrame(
        {
            "instance": [10, 11, 12],
            "text": ["I don't like it", "I like<br />it, it's caf&eacute;!", "LIKE like a_b 3"],
            "label": ["no", "yes", "yes"],
        }
    )
    test = pd.DataFrame({"instance": [13], "text": ["Don’t ... <3 LIKE me"], "label": ["no"]})
    settings = study_data(players=4)
    return tmp_path, study(tmp_path, text, train, settings, test=test)


def test_words_keep_apostrophes_and_fold_case(reviews):
    folder, encoding = reviews
    assert encoding.vocabulary[:5] == [UNKNOWN, "like", "i", "it", "3"]
    assert {"don't", "it's", "café", "a", "b"} < set(encoding.vocabulary)
    assert "br" not in encoding.vocabulary
    test = load_examples(folder, "test")
    entries = [encoding.vocabulary[i] for i in test.ids]
    assert entries == ["don't", "3", "like", UNKNOWN]
    assert player_names(folder, "test", [13]) == {13: ["Don’t", "3", "LIKE", "me"]}


def test_long_texts_keep_their_first_words(reviews):
    folder, encoding = reviews
    train = load_examples(folder, "train")
    assert train.lengths.tolist() == [4, 4, 4]
    assert train.positions.tolist() == [0, 1, 2, 3] * 3
    assert train.features.shape == (12, 0)
    assert train.labels.tolist() == [0, 1, 1]
    frame = pd.read_parquet(folder / "train.parquet")
    assert text.encode(frame, encoding).truncated.tolist() == [0, 1, 1]


def test_vocabulary_is_cut_by_count_then_by_size():
    counts = {"b": 3, "a": 3, "c": 2, "d": 1}
    assert vocabulary_of(counts, minimum_count=2, size=10) == [UNKNOWN, "a", "b", "c"]
    assert vocabulary_of(counts, minimum_count=1, size=2) == [UNKNOWN, "a", "b"]


def test_patches_are_read_row_by_row(tmp_path):
    pixels = np.arange(2 * 64).reshape(2, 64)
    frame = pd.DataFrame(pixels, columns=[f"pixel_{i:02d}" for i in range(64)])
    frame = frame.assign(instance=[0, 1], label=["no", "yes"])
    encoding = study(tmp_path, image, frame, study_data())
    examples = load_examples(tmp_path, "train")
    restored = examples.features * encoding.details["deviation"] + encoding.details["mean"]
    square = np.arange(64).reshape(8, 8)
    # Patch 6 is in the second row and third column of patches.
    np.testing.assert_allclose(restored[6], square[2:4, 4:6].ravel(), atol=1e-4)
    assert player_names(tmp_path, "train", [1])[1][6] == "row 2, column 3"
    assert examples.positions.tolist() == [*range(16)] * 2
    assert abs(examples.features.mean()) < 1e-6
    assert examples.features.std() == pytest.approx(1, abs=1e-6)


@pytest.fixture
def movies(tmp_path):
    train = pd.DataFrame(
        {
            "instance": [1, 2],
            "films": [[7, 8, 9, 7], [7, 8]],
            "ratings": [[1.0, 2.0, 3.0, 4.0], [5.0, 3.0]],
            "timestamps": [[10, 20, 20, 30], [40, 50]],
            "target": pd.Series([None, None], dtype="Int64"),
        }
    )
    test = pd.DataFrame(
        {
            "instance": [1, 2],
            "films": [[7, 8, 9, 7], [7, 5]],
            "ratings": [[1.0, 2.0, 3.0, 4.0], [5.0, 3.0]],
            "timestamps": [[10, 20, 20, 30], [40, 50]],
            "target": pd.Series([8, 6], dtype="Int64"),
        }
    )
    films = pd.DataFrame(
        {
            "film": [5, 7, 8, 9],
            "title": [None, "Heat", "Antz", "Up"],
            "year": pd.Series([None, 1995, 1998, 2009], dtype="Int64"),
            "genres": "x",
        }
    )
    write_table(tmp_path / "catalog.parquet", films)
    settings = study_data(players=3, minimum_count=2, size=10)
    return tmp_path, study(tmp_path, sequence, train, settings, test=test)


def test_histories_keep_their_last_films_and_training_histories_all(movies):
    folder, encoding = movies
    assert encoding.vocabulary == [UNKNOWN, "7", "8"]
    train, test = load_examples(folder, "train"), load_examples(folder, "test")
    assert train.lengths.tolist() == [4, 2]
    assert train.labels.tolist() == [-1, -1]
    assert test.lengths.tolist() == [3, 2]
    assert test.ids.tolist() == [2, 0, 1, 1, 0]
    assert test.positions.tolist() == [0, 1, 2, 0, 1]
    assert test.labels.tolist() == [2, 0]
    ratings = test.features * encoding.details["rating_deviation"] + 3
    np.testing.assert_allclose(ratings[:, 0], [2, 3, 4, 5, 3], rtol=1e-6)


def test_whole_histories_and_names_of_films(movies):
    folder, encoding = movies
    histories = load_histories(folder, "test")
    assert {user: ids.tolist() for user, ids in histories.items()} == {1: [1, 2, 0, 1], 2: [1, 0]}
    assert player_names(folder, "test", [2, 1]) == {
        2: ["Heat (1995)", "film 5"],
        1: ["Antz (1998)", "Up (2009)", "Heat (1995)"],
    }
    assert target_names(folder, np.array([2, 0])) == ["Antz (1998)", UNKNOWN]
    assert encoding.positions == 3


@pytest.fixture
def credit(tmp_path):
    rng = np.random.default_rng(0)
    income = rng.lognormal(size=200) * 100
    income[::10] = np.nan
    train = pd.DataFrame(
        {
            "instance": range(200),
            "Home": ["rent", "own", None, "own"] * 50,
            "Income": income,
            "Debt": [0] * 190 + [5] * 10,
            "label": CLASSES * 100,
        }
    )
    test = pd.DataFrame(
        {
            "instance": [900, 901],
            "Home": ["castle", None],
            "Income": [1e9, None],
            "Debt": [5, -1],
            "label": CLASSES,
        }
    )
    return tmp_path, study(tmp_path, table, train, study_data(), test=test)


def test_fields_become_entries_and_bins(credit):
    folder, encoding = credit
    assert encoding.vocabulary[1:4] == ["Home=own", "Home=rent", "Home is missing"]
    test = load_examples(folder, "test")
    entries = [encoding.vocabulary[i] for i in test.ids]
    assert entries == [UNKNOWN, "Income", "Debt", "Home is missing", "Income is missing", "Debt"]
    features = test.features.reshape(2, 3, -1)
    assert (features[:, 0] == 0).all(), "categories have no features"
    assert (features[0, 1] == 1).all(), "above the training range: all bins full"
    assert (features[1, 1] == 0).all(), "missing: no features"
    assert features[0, 2].tolist() == [1, 0, 0, 0, 0, 0, 0, 0], "a field with one bin"
    assert (features[1, 2] == 0).all(), "below the training range"
    assert test.positions.tolist() == [0, 1, 2, 0, 1, 2]
    assert player_names(folder, "test", [900, 901]) == {
        900: ["Home = castle", "Income = 1000000000", "Debt = 5"],
        901: ["Home is missing", "Income is missing", "Debt = -1"],
    }


def test_bins_hold_equally_many_training_values(credit):
    folder, _ = credit
    features = load_examples(folder, "train").features.reshape(200, 3, -1)[:, 1]
    full = (features == 1).sum(axis=0)[:7]
    present = 180
    assert np.abs(full - present * (7 - np.arange(7)) / 8).max() <= 1


@given(st.lists(st.floats(0, 100), min_size=2, max_size=20))
def test_piecewise_linear_keeps_the_order_and_the_value_of_numbers(values):
    edges = [0.0, 1.0, 4.0, 30.0, 100.0]
    numbers = np.array(sorted(values))
    features = piecewise_linear(numbers, edges)
    assert ((features >= 0) & (features <= 1)).all()
    assert (np.diff(features, axis=0) >= 0).all()
    np.testing.assert_allclose(features[:, :4] @ np.diff(edges), numbers, atol=1e-4)


@given(st.data())
def test_take_picks_whole_instances(data):
    lengths = np.array(data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=8)))
    total = int(lengths.sum())
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    examples = Examples(
        instance=np.arange(len(lengths)) + 100,
        ids=np.arange(total),
        features=np.arange(2.0 * total, dtype=np.float32).reshape(total, 2),
        positions=np.arange(total) - np.repeat(offsets[:-1], lengths),
        offsets=offsets,
        labels=np.arange(len(lengths)),
    )
    places = data.draw(st.lists(st.integers(0, len(lengths) - 1), max_size=8))
    taken = examples.take(np.array(places, dtype=np.int64))
    assert len(taken) == len(places)
    assert taken.instance.tolist() == [100 + place for place in places]
    assert taken.labels.tolist() == places
    for i, place in enumerate(places):
        for name in ("ids", "features", "positions"):
            mine = getattr(taken, name)[taken.rows(i)]
            np.testing.assert_array_equal(mine, getattr(examples, name)[examples.rows(place)])
