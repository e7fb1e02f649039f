"""Datasets on the Hugging Face Hub: which files are read, and what is said where none can be."""

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hub_server import CONVERTED, Hub, serving
from huggingface_hub import constants
from PIL import Image
from pydantic import ValidationError
from running import SMOKE, snakemake

from vitrine.__main__ import main
from vitrine.config.load import check
from vitrine.data.domains.text import TextData
from vitrine.data.encoding import load_encoding
from vitrine.data.prepare import prepare_study
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.hub_layout import layout_of, roles_of
from vitrine.data.readers.own import read_own
from vitrine.data.settings import StudyData
from vitrine.workflow.resources import data_mb

GIVEN = {"kind": "given", "validation": 0.25, "seed": 0}
RANDOM = {"kind": "random", "validation": 0.25, "test": 0.25, "seed": 0}
NAME = "films/opinions"
CLASSES = ["bad", "good"]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A Hub of this machine, an empty cache, and an empty project in which the test works."""
    monkeypatch.chdir(tmp_path)
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with serving(Hub()) as server:
        template = "/{repo_id}/resolve/{revision}/{filename}"
        for name, value in {
            "ENDPOINT": server.address,
            "HUGGINGFACE_CO_URL_TEMPLATE": server.address + template,
            "HF_URL_HOSTS": frozenset({"127.0.0.1"}),
            "HF_HUB_CACHE": str(tmp_path / "cache"),
            "HF_TOKEN_PATH": str(tmp_path / "token"),
            "HF_HUB_OFFLINE": False,
        }.items():
            monkeypatch.setattr(constants, name, value)
        yield server


def opinions(rows: int = 16, start: int = 0) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "text": [f"a {CLASSES[i % 2]} film, number {start + i}" for i in range(rows)],
            "label": [i % 2 for i in range(rows)],
        }
    )


def parquet(frame: pd.DataFrame, **classes: list[str]) -> bytes:
    """A Parquet file as the library `datasets` writes it, with names of classes by column."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    features = {name: {"names": names, "_type": "ClassLabel"} for name, names in classes.items()}
    features |= {name: {"dtype": "string", "_type": "Value"} for name in {*frame} - {*classes}}
    content = json.dumps({"info": {"features": features}})
    stream = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"huggingface": content}), stream)
    return stream.getvalue()


def labelled(frame: pd.DataFrame) -> bytes:
    return parquet(frame, label=CLASSES)


def picture(level: int) -> dict[str, object]:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), (level, level, level)).save(stream, "PNG")
    return {"bytes": stream.getvalue(), "path": None}


def readme(**metadata: object) -> str:
    return f"---\n{yaml.safe_dump(metadata)}---\n# A dataset\n"


def whole() -> dict[str, bytes | str]:
    """The files of a dataset as most are: Parquet, a subset, classes by number."""
    shards = [opinions(10), opinions(10, 10)]
    files = [{"split": split, "path": f"plain/{split}-*"} for split in ("train", "test", "extra")]
    return {
        "README.md": readme(license="mit", configs=[{"config_name": "plain", "data_files": files}]),
        "plain/train-00000-of-00002.parquet": labelled(shards[0]),
        "plain/train-00001-of-00002.parquet": labelled(shards[1]),
        "plain/test-00000-of-00001.parquet": labelled(opinions(8, 20)),
        "plain/extra-00000-of-00001.parquet": labelled(opinions(8, 40).assign(label=-1)),
        "opinions.py": "raise SystemExit('code of a dataset was run')",
        "weights.pkl": b"\x80\x04.",
    }


def prepare(split: dict = GIVEN, out: str = "out", **data: object) -> dict:
    """Prepare a study of a dataset on the Hub; returns its datasheet."""
    settings = StudyData(
        source="hub",
        data={"domain": "text", "hub": NAME} | data,
        split=split,
        players=12,
        vocabulary={"minimum_count": 1, "size": 1000},
    )
    prepare_study("mine", settings, Path(out))
    return json.loads(Path(out, "datasheet.json").read_text())


def rows(split: str, out: str = "out") -> pd.DataFrame:
    return pd.read_parquet(f"{out}/{split}.parquet")


def said(**data: object) -> str:
    """What is said of a dataset that cannot be used; nothing may have been written."""
    with pytest.raises(BadDataError) as error:
        prepare(**data)
    assert not Path("out").exists()
    return str(error.value)


def test_splits_and_names_of_classes_are_those_of_the_dataset(hub: Hub) -> None:
    commit = hub.put(NAME, whole())
    sheet = prepare()
    assert (sheet["source"], sheet["items"], sheet["subset"]) == ("hub", NAME, "plain")
    assert (sheet["commit"], sheet["converted"], sheet["licence"]) == (commit, False, "mit")
    assert sheet["hub_splits"] == {"train": "train", "test": "test"}
    assert load_encoding(Path("out")).classes == CLASSES
    expected = opinions(8, 20)
    assert rows("test")["text"].tolist() == expected["text"].tolist()
    assert rows("test")["label"].tolist() == [CLASSES[number] for number in expected["label"]]
    learned = pd.concat([rows("train"), rows("validation")]).sort_values("instance")
    assert learned["text"].tolist() == [*opinions(10)["text"], *opinions(10, 10)["text"]]
    # A quarter of each class.
    assert rows("validation")["label"].value_counts().to_dict() == {"bad": 2, "good": 2}
    fetched = [path for path in hub.paths("GET") if "/resolve/" in path]
    assert [path.rpartition("/")[2] for path in fetched] == ["README.md"]
    assert len([path for path in hub.paths("GET") if path.startswith("/store/")]) == 3
    digests = [digest for files in sheet["files"].values() for digest in files.values()]
    assert {f"/store/{digest}" for digest in digests} <= {*hub.paths("GET")}


def test_a_commit_in_the_cache_asks_for_nothing_and_a_branch_follows(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    commit = hub.put(NAME, whole())
    first = prepare()
    assert f"State `data: {{revision: {commit}}}`" in caplog.text
    caplog.clear()
    changed = {"plain/test-00000-of-00001.parquet": labelled(opinions(12, 30))}
    newer = hub.put(NAME, whole() | changed)
    hub.asked.clear()
    assert prepare(revision=commit) == first
    assert hub.asked == []
    assert caplog.text == ""
    assert prepare()["commit"] == newer
    assert len(rows("test")) == 12
    hub.asked.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert prepare()["commit"] == newer
    assert prepare(revision=commit)["commit"] == commit
    assert hub.asked == []


def test_memory_is_asked_for_by_what_is_in_the_cache(hub: Hub) -> None:
    commit = hub.put(NAME, whole())
    studies = [{"data": {"hub": NAME, "revision": revision}} for revision in (commit, "main", None)]
    assert [data_mb(study) for study in studies] == [0, 0, 0]
    prepare()
    used = {path: content for path, content in whole().items() if "extra" not in path}
    used = {path: content for path, content in used.items() if path.endswith((".md", ".parquet"))}
    size = sum(len(content) for content in used.values()) / 2**20
    assert [data_mb(study) for study in studies] == [size] * 3


def test_a_token_is_sent_to_the_hub_alone_and_written_nowhere(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.put(NAME, whole())
    hub.private.add(NAME)
    message = said()
    assert message.startswith(f"data: hub: {NAME}: The Hub knows no such dataset, or it is private")
    monkeypatch.setenv("HF_TOKEN", hub.token)
    prepare()
    tokens = {path.split("/")[1]: token for _, path, token in hub.asked}
    assert tokens["api"] == tokens["datasets"] == hub.token
    assert tokens["store"] is None
    written = [path for path in Path().rglob("*") if path.is_file()]
    assert not any(hub.token.encode() in path.read_bytes() for path in written)


def test_without_readable_files_the_conversion_is_read(hub: Hub) -> None:
    script = {"README.md": readme(license="mit"), "opinions.py": "raise SystemExit", "a.csv": "x"}
    pinned = hub.put(NAME, script)
    message = said()
    assert (
        "a script only, which is not run; and no conversion is found. It has no revision" in message
    )
    content = {
        "plain/train/0000.parquet": labelled(opinions(10)),
        "plain/train/0001.parquet": labelled(opinions(10, 10)),
        "plain/dev/0000.parquet": labelled(opinions(8, 20)),
        "plain/test/0000.parquet": labelled(opinions(8, 30)),
        "plain/unsupervised/0000.parquet": labelled(opinions(8, 40).assign(label=-1)),
    }
    converted = hub.put(NAME, content, CONVERTED)
    sheet = prepare()
    assert (sheet["commit"], sheet["converted"], sheet["subset"]) == (converted, True, "plain")
    assert sheet["hub_splits"] == {"train": "train", "validation": "dev", "test": "test"}
    assert [len(rows(split)) for split in ("train", "validation", "test")] == [20, 8, 8]
    shutil.rmtree("out")
    # A commit of the files that cannot be read says nothing about those that can.
    assert f"state `data: {{revision: {converted}}}`" in said(revision=pinned)
    assert prepare(revision=converted) == sheet | {"licence": None}


def test_a_readme_that_is_no_yaml(hub: Hub) -> None:
    hub.put(NAME, whole() | {"README.md": "---\nconfigs: [\n---\n"})
    assert "README.md: What it says of subsets and splits is no valid YAML" in said()


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl"])
def test_other_files_without_a_word_in_the_readme(hub: Hub, kind: str) -> None:
    names = opinions(20).assign(label=lambda frame: frame["label"].map(CLASSES.__getitem__))

    def content(frame: pd.DataFrame) -> str:
        if kind == "jsonl":
            return frame.to_json(orient="records", lines=True)
        return frame.to_csv(index=False, sep="\t" if kind == "tsv" else ",")

    hub.put(
        NAME, {f"data/train.{kind}": content(names[:12]), f"data/test.{kind}": content(names[12:])}
    )
    sheet = prepare()
    assert sheet["subset"] == "default"
    assert rows("test")["text"].tolist() == names["text"][12:].tolist()


def test_subsets_are_listed_and_chosen(hub: Hub) -> None:
    configs = [{"config_name": name, "data_files": f"{name}.csv"} for name in ("english", "german")]
    files = {f"{name}.csv": opinions(12).to_csv(index=False) for name in ("english", "german")}
    hub.put(NAME, {"README.md": readme(configs=configs), **files})
    message = said(split=RANDOM)
    assert "It has 2 subsets; name one with `data: {subset: ...}`: english, german." in message
    assert "Did you mean `german`? There are: english, german." in said(subset="germn")
    assert prepare(RANDOM, subset="german")["subset"] == "german"
    assert not any("english.csv" in path for path in hub.paths("GET"))


def test_a_test_split_without_labels(hub: Hub) -> None:
    files = {
        "train-00000-of-00001.parquet": labelled(opinions(12)),
        "validation-00000-of-00001.parquet": labelled(opinions(8, 20)),
        "test-00000-of-00001.parquet": labelled(opinions(8, 30).assign(label=-1)),
    }
    hub.put(NAME, files)
    message = said()
    assert "test-00000-of-00001.parquet, column `label`: The split test of" in message
    assert "State `data: {splits: {test: validation}}`" in message
    sheet = prepare(splits={"test": "validation"})
    assert sheet["hub_splits"] == {"train": "train", "test": "validation"}
    assert [len(rows(split)) for split in ("train", "validation", "test")] == [8, 4, 8]
    # Drawn from all rows that have labels; no row of the test split is used.
    sheet = prepare(RANDOM)
    assert sheet["rows"]["left_out"] == {"unlabelled_rows": 8}
    assert sheet["canonical_table"]["rows"] == 20


def test_single_rows_without_labels_are_left_out_and_errors_name_the_file(
    hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    first = opinions(10)
    first.loc[[0, 4], "label"] = -1
    second = opinions(10, 10)
    files = {
        "train-00000-of-00002.parquet": labelled(first),
        "train-00001-of-00002.parquet": labelled(second),
        "test-00000-of-00001.parquet": labelled(opinions(8, 30)),
    }
    hub.put(NAME, files)
    assert prepare()["rows"]["left_out"] == {"unlabelled_rows": 2}
    assert "2 left out (unlabelled rows)" in caplog.text
    shutil.rmtree("out")
    second.loc[3, "text"] = " "
    hub.put(NAME, files | {"train-00001-of-00002.parquet": labelled(second)})
    assert "train-00001-of-00002.parquet, row 4, column `text`: The text is empty" in said()
    first.loc[5, "text"] = ""
    hub.put(NAME, files | {"train-00000-of-00002.parquet": labelled(first)})
    assert "train-00000-of-00002.parquet, row 6, column `text`: The text is empty" in said()
    numbers = opinions(8, 30).assign(label=[0, 1, 2, 0, 1, 0, 1, 0])
    hub.put(NAME, files | {"test-00000-of-00001.parquet": labelled(numbers)})
    assert "row 3, column `label`: The class 2 has no name; the file names 2." in said()
    hub.put(
        NAME, files | {"test-00000-of-00001.parquet": parquet(opinions(8).drop(columns="text"))}
    )
    assert "test-00000-of-00001.parquet: There is no column `text`" in said()


def test_tables_histories_and_images(hub: Hub) -> None:
    loans = pd.DataFrame(
        {
            "income": np.linspace(1, 9, 24),
            "home": [0, 1, 2] * 8,
            "tags": [["a"]] * 24,
            "bad": [0, 1] * 12,
        }
    )
    files = {
        f"{split}.parquet": parquet(loans[part], home=["rent", "own", "other"])
        for split, part in (("train", slice(0, 16)), ("test", slice(16, 24)))
    }
    hub.put("bank/loans", files)
    table = {"hub": "bank/loans", "domain": "table", "label": "bad"}
    assert (
        "column `tags`: Neither numbers nor text but lists; list the column in `data: drop`"
        in said(**table)
    )
    prepare(**table, drop=["tags"])
    fields = {field["name"]: field for field in load_encoding(Path("out")).details["fields"]}
    assert fields["home"]["categories"] == ["other", "own", "rent"]
    assert len(rows("test")) == 8
    hub.put("bank/loans", files | {"test.parquet": parquet(loans.drop(columns="home"))})
    shutil.rmtree("out")
    assert "The column `home` is in" in said(**table, drop=["tags"])

    events = [(u, (u + t) % 7, 1000 * t) for u in range(5) for t in range(6)]
    frame = pd.DataFrame(events, columns=["user", "item", "timestamp"])
    hub.put("shop/events", {"events.csv": frame.to_csv(index=False)})
    prepare({"kind": "leave_one_out"}, hub="shop/events", domain="sequence")
    assert len(rows("test")) == 5

    pictures = pd.DataFrame(
        {"img": [picture(200 * (i % 2) + i) for i in range(20)], "label": [0, 1] * 10}
    )
    files = {
        f"{split}.parquet": parquet(pictures[part], label=["dark", "bright"])
        for split, part in (("train", slice(0, 14)), ("test", slice(14, 20)))
    }
    hub.put("art/pictures", files)
    image = {"hub": "art/pictures", "domain": "image", "image": "img", "patch": 4}
    prepare(**image)
    assert load_encoding(Path("out")).classes == ["bright", "dark"]
    assert rows("test")["pixel_0"].tolist() == [200 * (i % 2) + i for i in range(14, 20)]
    pictures.at[2, "img"] = {"bytes": b"no image", "path": None}
    hub.put("art/pictures", files | {"train.parquet": parquet(pictures[:14], label=["dark", "b"])})
    shutil.rmtree("out")
    assert "train.parquet, row 3, column `img`: Not an image that can be read" in said(**image)


def test_a_file_fetched_by_hand_has_the_same_classes(hub: Hub) -> None:
    Path("data").mkdir()
    Path("data/train.parquet").write_bytes(labelled(opinions(12)))
    data = TextData(domain="text", file="data/train.parquet")
    assert read_own(data).classes == CLASSES
    Path("data/train.parquet").write_bytes(labelled(opinions(12).assign(label=-1)))
    with pytest.raises(BadDataError, match="column `label`: No row has a label"):
        read_own(data)
    assert hub.asked == []


def test_what_is_not_there_says_where_it_was_looked_for_and_what_helps(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = hub.put(NAME, whole())
    cache, address = constants.HF_HUB_CACHE, hub.address
    ways = (
        f"It was looked for in the cache {cache} and on {address}.",
        "HF_HUB_OFFLINE=1; the address of a mirror in HF_ENDPOINT; or files that you",
        "with `source: file` and `data: {file: ...}`",
    )
    message = said(hub="films/opinion")
    assert message.startswith("data: hub: films/opinion: The Hub knows no such dataset")
    assert "`hf download films/opinion --repo-type dataset` elsewhere" in message
    assert all(way in message for way in ways)
    assert "It has no revision `v9`" in said(revision="v9")
    assert "There is no split `tests`" in (message := said(splits={"test": "tests"}))
    assert "Did you mean `test`? There are: train, test, extra." in message
    hub.gated.add(NAME)
    shutil.rmtree(cache)
    assert "Its owner asks for consent" in said()
    hub.gated.clear()

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    message = said(revision="v1")
    assert f"in the cache {cache} alone, since HF_HUB_OFFLINE is set" in message
    assert "--repo-type dataset --revision v1` elsewhere" in message
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    prepare()
    (stored,) = Path(cache).glob(f"datasets--*/snapshots/{commit}/plain/test-*")
    stored.unlink()
    shutil.rmtree("out")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "not in the cache" in said()

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    nowhere = "http://user:secret@127.0.0.1:9"
    monkeypatch.setattr(constants, "ENDPOINT", nowhere)
    message = said(hub="other/name")
    assert "The Hub cannot be reached: ConnectError" in message
    assert "on http://127.0.0.1:9." in message
    assert "secret" not in message


def test_a_cache_that_other_tools_have_filled(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = hub.put(NAME, whole())
    first = prepare()
    (listing,) = Path(constants.HF_HUB_CACHE).glob("datasets--*/trees")
    shutil.rmtree(listing)
    monkeypatch.setattr("huggingface_hub._tree_cache._IN_MEMORY_TREE_CACHE", {})
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert prepare(revision=commit, splits={"train": "train"}) | {"hub_splits": 0} == first | {
        "hub_splits": 0
    }


@pytest.mark.parametrize(
    ("paths", "metadata", "expected"),
    [
        (
            ["en/train.csv", "en/dev.csv", "de/train.csv", "notes.csv"],
            {},
            {"en": {"train", "dev"}, "de": {"train"}},
        ),
        (["train.csv", "train.parquet", "test.parquet"], {}, {"default": {"train", "test"}}),
        (["all.csv", "more.csv"], {}, {"default": {"train"}}),
        (["train/a/1.csv", "my_test_set/2.csv"], {}, {"default": {"train", "test"}}),
        (["data/odd-00000-of-00001.parquet"], {}, {"default": {"odd"}}),
        (["films.py", "train.csv"], {}, {}),
        (["trainer.txt", ".hidden/train.csv"], {}, {}),
        (
            ["v1/train.csv", "v2/train.csv", "v1/test.csv"],
            {"configs": [{"config_name": 1, "data_dir": "v1"}]},
            {"1": {"train", "test"}},
        ),
        (
            ["a/x.csv", "a/b/y.csv"],
            {"configs": [{"data_files": {"train": "a/**", "test": ["a/b/*.csv"]}}]},
            {"default": {"train", "test"}},
        ),
        (["x.zip"], {"configs": [{"config_name": "z", "data_files": "x.zip"}]}, {"z": set()}),
        (["x.csv"], {"configs": [{"config_name": "z", "data_files": "y*"}]}, {"z": set()}),
    ],
)
def test_layouts(paths: list[str], metadata: dict, expected: dict) -> None:
    layout = layout_of(paths, metadata, "films.py")
    assert {subset: set(splits) for subset, splits in layout.items()} == expected


def test_kinds_of_files_are_not_mixed() -> None:
    both = ["train.csv", "test.csv", "train.parquet", "test.parquet", "more.parquet"]
    assert layout_of(both, {}, "")["default"] == {
        "train": ["train.parquet"],
        "test": ["test.parquet"],
    }


def test_roles() -> None:
    none = dict.fromkeys(("train", "validation", "test"))
    assert roles_of("x", ["train", "test", "dev"], none, True) == {
        "train": "train",
        "validation": "dev",
        "test": "test",
    }
    assert roles_of("x", ["full"], none, False) == {"train": "full"}
    for splits, stated, given, message in (
        (["train"], none, True, r"No split is called test; there are: train\..*kind: random"),
        (["a", "b"], none, False, r"No split is called train; there are: a, b\."),
        (["train", "b"], {"train": "b", "test": "b"}, True, "`b` has two uses"),
    ):
        with pytest.raises(BadDataError, match=message):
            roles_of("x", splits, stated, given)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "give the location of the data with `file` or `hub`"),
        ({"hub": "a/b", "file": "data/x.csv"}, "Give one location"),
        ({"hub": "a/b", "sha256": "0" * 64}, "Give one location"),
        ({"url": "https://example.org/x.csv"}, "`file` is missing"),
        ({"hub": "https://huggingface.co/datasets/a/b"}, "Not a name on the Hugging Face Hub"),
        ({"file": "data/x.csv", "revision": "v1"}, "Only a dataset on the `hub` has this"),
        ({"file": "data/x.csv", "splits": {"test": "x"}}, "Only a dataset on the `hub` has this"),
    ],
)
def test_keys_that_do_not_go_together(data: dict, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TextData(**{"domain": "text"} | data)


def propose(monkeypatch: pytest.MonkeyPatch, data: str, status: int = 0) -> dict:
    monkeypatch.setattr(sys, "argv", ["vitrine", "new-study", "mine", data])
    assert main() == status
    path = Path("config/mine.yaml")
    if status:
        assert not path.exists()
        return {}
    check([SMOKE.parent / "config.yaml", path])
    study = yaml.safe_load(path.read_text())["definitions"]["mine"]
    path.unlink()
    return study


def test_a_study_is_proposed_for_a_dataset(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commit = hub.put(NAME, whole())
    study = propose(monkeypatch, f"hub:{NAME}")
    assert (study["source"], study["split"]["kind"]) == ("hub", "given")
    assert study["data"] == {
        "domain": "text",
        "hub": NAME,
        "revision": commit,
        "subset": "plain",
        "text": "text",
        "label": "label",
    }
    assert "2 classes: " in capsys.readouterr().out
    blind = {
        "train.parquet": labelled(opinions(30)),
        "validation.parquet": labelled(opinions(12, 30)),
        "test.parquet": labelled(opinions(12, 50).assign(label=-1)),
    }
    hub.put(NAME, blind)
    study = propose(monkeypatch, f"hub:{NAME}:default")
    assert study["data"]["splits"] == {"test": "validation"}
    assert "12 rows have no label" in capsys.readouterr().out
    hub.put(NAME, {"a.csv": opinions(30).to_csv(index=False)})
    assert propose(monkeypatch, f"hub:{NAME}")["split"]["kind"] == "random"
    pictures = [{"picture": picture(10 * n), "class": n % 2} for n in range(20)]
    content = parquet(pd.DataFrame(pictures), **{"class": ["dark", "bright"]})
    hub.put("art/pictures", {"train.parquet": content, "test.parquet": content})
    study = propose(monkeypatch, "hub:art/pictures")
    assert {key: study["data"][key] for key in ("domain", "image", "label", "patch")} == {
        "domain": "image",
        "image": "picture",
        "label": "class",
        "patch": 2,
    }
    assert "Its own splits are kept: train, test." in capsys.readouterr().out
    propose(monkeypatch, "hub:films/none", 2)
    assert "data: hub: films/none: The Hub knows no such dataset" in capsys.readouterr().err


def test_a_run_by_a_name_with_the_variables_of_the_hub(tmp_path: Path) -> None:
    """Snakemake prepares it, does nothing again, follows the revision, and works offline."""
    server = Hub(private={NAME})
    first = server.put(NAME, whole())
    changed = {"plain/test-00000-of-00001.parquet": labelled(opinions(12, 30))}
    second = server.put(NAME, whole() | changed, "next")
    own = tmp_path / "mine.yaml"
    sheet = tmp_path / "results" / "mine" / "data" / "datasheet.json"
    target = "results/mine/data/datasheet.json"

    def run(revision: str, expect: int = 0, **variables: str) -> str:
        study = {
            "source": "hub",
            "data": {"domain": "text", "hub": NAME, "revision": revision},
            "split": GIVEN,
            "players": 16,
            "metric": "auc",
        }
        own.write_text(yaml.safe_dump({"studies": ["mine"], "definitions": {"mine": study}}))
        arguments = ("--configfile", str(SMOKE), str(own), "--", target)
        variables = {"HF_HOME": str(tmp_path / "home"), "HF_TOKEN": server.token} | variables
        return snakemake(tmp_path, *arguments, expect=expect, **variables)

    with serving(server):
        printed = run(first, 1, HF_ENDPOINT=server.address, HF_TOKEN="hf_wrong")
        assert "or does not take the token in HF_TOKEN for it" in printed
        run(first, HF_ENDPOINT=server.address)
        assert json.loads(sheet.read_text())["commit"] == first
        asked = len(server.asked)
        assert "Nothing to be done" in run(first, HF_ENDPOINT=server.address)
        assert len(server.asked) == asked
        run(second, HF_ENDPOINT=server.address)
        assert json.loads(sheet.read_text())["splits"]["test"]["rows"] == 12
    run(first, HF_HUB_OFFLINE="1")
    assert json.loads(sheet.read_text())["commit"] == first
    written = [path for path in tmp_path.rglob("*") if path.is_file() and not path.is_symlink()]
    assert not any(server.token.encode() in path.read_bytes() for path in written)


def test_the_hubs_own_tool_fills_the_cache(tmp_path: Path) -> None:
    """What messages advise: `hf download` where the Hub is in reach, then HF_HUB_OFFLINE."""
    server = Hub()
    commit = server.put(NAME, whole())
    environment = os.environ | {"HF_HOME": str(tmp_path / "home")}
    tool = Path(sys.executable).with_name("hf")
    with serving(server):
        subprocess.run(
            [tool, "download", NAME, "--repo-type", "dataset", "--revision", commit],
            env=environment | {"HF_ENDPOINT": server.address},
            check=True,
            capture_output=True,
        )
    code = (
        "import sys; from vitrine.data.readers.hub import find; "
        "from vitrine.data.domains.text import TextData; "
        f"data = TextData(domain='text', hub={NAME!r}, revision={commit!r}); "
        "print(find(data, True).commit)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | {"HF_HUB_OFFLINE": "1", "PYTHONPATH": str(SMOKE.parents[1] / "workflow")},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == commit
