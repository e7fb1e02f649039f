"""Data of the user: what is read from them, and what is said of those that cannot be used."""

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from own_files import put
from PIL import Image

from vitrine.data.domains.text.words import words_of
from vitrine.data.encoding import load_encoding
from vitrine.data.examples import load_examples, player_names
from vitrine.data.prepare import prepare_study
from vitrine.data.readers.bad import BadDataError
from vitrine.data.readers.read import unchanged
from vitrine.data.settings import StudyData

GIVEN = {"kind": "given", "validation": 0.25, "seed": 0}
RANDOM = {"kind": "random", "validation": 0.25, "test": 0.25, "seed": 0}
OPENINGS = ("Where is my parcel,", "The invoice is wrong,")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, in which the test works."""
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    return tmp_path


def prepare(data: dict, split: dict = RANDOM, **settings) -> dict:
    """Prepare a study of one's own in the folder ``out``; returns its datasheet."""
    content = {
        "source": "file",
        "data": data,
        "split": split,
        "players": 12,
        "vocabulary": {"minimum_count": 1, "size": 1000},
    }
    prepare_study("mine", StudyData(**content | settings), Path("out"))
    return json.loads(Path("out/datasheet.json").read_text())


def tickets(rows: int = 12) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "body": [f'{OPENINGS[i % 2]} case "{i}"\nof many' for i in range(rows)],
            "topic": [("parcel", "money")[i % 2] for i in range(rows)],
            "part": [("train", "train", "test")[i // 2 % 3] for i in range(rows)],
        }
    )


def loans(rows: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "number": np.arange(rows) + 1000,
            "income": rng.normal(50, 10, rows).round(1),
            "home": rng.choice(["rent", "own"], rows),
            "region": rng.integers(1, 4, rows),
            "bad": np.arange(rows) % 2,
        }
    )


def events(users: int = 5, length: int = 6) -> pd.DataFrame:
    rows = [
        {"who": f"u{u}", "what": f"item {(u + t) % 7}", "when": f"2024-03-0{t + 1} 10:00", "n": t}
        for u in range(users)
        for t in range(length)
    ]
    return pd.DataFrame(rows)


def save(frame: pd.DataFrame, name: str) -> str:
    return put(name, frame)


TEXT = {"domain": "text", "text": "body", "label": "topic"}
TABLE = {"domain": "table", "label": "bad"}
SEQUENCE = {"domain": "sequence", "user": "who", "item": "what", "timestamp": "when"}
LEAVE_ONE_OUT = {"kind": "leave_one_out"}


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet"])
def test_every_format_gives_the_same_texts(suffix: str) -> None:
    frame = tickets()
    sheet = prepare({**TEXT, "file": save(frame, f"tickets.{suffix}")})
    assert sheet["canonical_table"]["rows"] == 12
    assert sheet["items"] == f"data/tickets.{suffix}"
    splits = [pd.read_parquet(f"out/{name}.parquet") for name in ("train", "validation", "test")]
    whole = pd.concat(splits).sort_values("instance")
    assert whole["text"].tolist() == frame["body"].tolist()
    assert whole["label"].tolist() == frame["topic"].tolist()
    assert load_encoding(Path("out")).classes == ["money", "parcel"]


def test_the_class_to_detect_comes_last() -> None:
    prepare({**TEXT, "file": save(tickets(), "t.csv"), "positive": "money"})
    assert load_encoding(Path("out")).classes == ["parcel", "money"]


def test_given_splits_are_kept() -> None:
    frame = tickets()
    data = {**TEXT, "split": "part"}
    sheet = prepare({**data, "file": save(frame, "t.csv")}, GIVEN)
    test = pd.read_parquet("out/test.parquet")
    assert test["instance"].tolist() == np.flatnonzero(frame["part"] == "test").tolist()
    assert sheet["splits"]["validation"]["rows"] == 2
    frame.loc[[0, 1, 6, 7], "part"] = "validation"
    prepare({**data, "file": save(frame, "t.csv")}, GIVEN)
    validation = pd.read_parquet("out/validation.parquet")
    assert validation["instance"].tolist() == [0, 1, 6, 7]


def test_a_text_stands_in_one_split_only() -> None:
    frame = tickets()
    frame.loc[0, "body"] = frame.loc[4, "body"].upper()
    sheet = prepare({**TEXT, "split": "part", "file": save(frame, "t.csv")}, GIVEN)
    assert sheet["duplicates_dropped"] == 1
    assert 4 in pd.read_parquet("out/test.parquet")["instance"].tolist()
    assert 0 not in pd.read_parquet("out/train.parquet")["instance"].tolist()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("我爱吃披萨，喝咖啡！GPT4很好", [*"我爱吃披萨喝咖啡", "GPT4", *"很好"]),
        ("القهوة مُمتازة، شكراً!", ["القهوة", "مُمتازة", "شكراً"]),
        ("ผมรัก", ["ผ", "ม", "รั", "ก"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("Don’t <br /> it's 5&nbsp;% caf&eacute;", ["Don’t", "it's", "5", "café"]),
    ],
)
def test_words_of_many_scripts(text: str, words: list[str]) -> None:
    assert words_of(text, "characters") == words


@pytest.mark.parametrize(
    ("good", "bad"), [("味道很好，推荐", "太甜了，不推荐"), ("طعم ممتاز", "طعم سيئ جداً")]
)
def test_chinese_and_arabic_texts(good: str, bad: str) -> None:
    rows = [(f"{(good, bad)[i % 2]} {i}", ("好", "坏")[i % 2]) for i in range(16)]
    prepare(
        {"domain": "text", "file": save(pd.DataFrame(rows, columns=["text", "label"]), "z.csv")}
    )
    encoding = load_encoding(Path("out"))
    assert set(words_of(good)) <= set(encoding.vocabulary)
    instance = int(load_examples(Path("out"), "test").instance[0])
    text = rows[instance][0]
    assert player_names(Path("out"), "test", [instance])[instance] == words_of(text)


def test_a_text_of_a_million_characters_is_cut_and_counted() -> None:
    frame = tickets()
    frame.loc[3, "body"] = "word " * 200_000
    sheet = prepare({**TEXT, "file": save(frame, "t.csv")})
    assert sum(part["players_cut"] for part in sheet["splits"].values()) == 200_000 - 12


def test_a_table_with_types_inferred_and_stated() -> None:
    frame = loans()
    frame.loc[5, "income"] = np.nan
    frame.loc[6, "home"] = None
    data = {**TABLE, "file": save(frame, "l.csv"), "drop": ["number"], "categorical": ["region"]}
    sheet = prepare(data)
    assert sheet["canonical_table"]["missing_values"]["income"] == 1
    fields = {field["name"]: field for field in load_encoding(Path("out")).details["fields"]}
    assert {name: field["kind"] for name, field in fields.items()} == {
        "income": "numeric",
        "home": "categorical",
        "region": "categorical",
    }
    assert fields["region"]["categories"] == ["1", "2", "3"]
    assert load_encoding(Path("out")).classes == ["0", "1"]


def test_histories_with_names_and_dates() -> None:
    frame = pd.concat(
        [
            events(),
            events().head(1),
            pd.DataFrame([("x", "item 1", "2024-01-01", 0)], columns=["who", "what", "when", "n"]),
        ]
    )
    sheet = prepare({**SEQUENCE, "file": save(frame, "e.csv")}, LEAVE_ONE_OUT)
    assert sheet["rows"] == {
        "in_files": 32,
        "used": 30,
        "left_out": {"repeated_events": 1, "events_of_short_histories": 1},
    }
    test = pd.read_parquet("out/test.parquet")
    assert len(test) == 5
    names = player_names(Path("out"), "test", [int(test["instance"][0])])
    assert names[int(test["instance"][0])] == [f"item {t}" for t in range(5)]
    assert load_examples(Path("out"), "test").features.tolist() == [[0.0]] * 25


def draw(folder: str, count: int, size: tuple[int, int] = (8, 8), level: int = 200) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    for i in range(count):
        Image.new("RGB", size, (level, level - i, 0)).save(f"{folder}/{i}.png")


def test_a_folder_of_images_and_the_same_as_arrays() -> None:
    draw("data/shapes/bright", 6)
    draw("data/shapes/dark", 6, level=20)
    prepare({"domain": "image", "file": "data/shapes", "patch": 4})
    encoding = load_encoding(Path("out"))
    assert (encoding.players, encoding.feature_width, encoding.classes) == (
        4,
        16,
        ["bright", "dark"],
    )
    folder = load_examples(Path("out"), "train")
    images = [
        np.asarray(Image.open(path).convert("L"))
        for path in sorted(Path("data/shapes").glob("*/*"))
    ]
    labels = ["bright"] * 6 + ["dark"] * 6
    np.savez("data/shapes.npz", images=np.stack(images), labels=np.array(labels))
    prepare({"domain": "image", "file": "data/shapes.npz", "patch": 4})
    arrays = load_examples(Path("out"), "train")
    assert np.array_equal(folder.features, arrays.features)
    assert np.array_equal(folder.labels, arrays.labels)
    prepare({"domain": "image", "file": "data/shapes", "size": 4})
    assert load_encoding(Path("out")).details["side"] == 4


def csv(frame: pd.DataFrame, **cells) -> str:
    """Text of a table of whose columns some get a value in row 3, counted from 1."""
    frame = frame.copy()
    for column, value in cells.items():
        frame[column] = frame[column].astype(object)
        frame.loc[2, column] = value
    return frame.to_csv(index=False)


def of_classes(*counts: int) -> str:
    return (
        tickets()
        .assign(
            topic=[name for name, count in zip("abc", counts, strict=False) for _ in range(count)]
        )
        .to_csv(index=False)
    )


BAD_TEXTS = {
    "a missing column": (
        tickets().rename(columns={"body": "bodies"}).to_csv(index=False),
        {},
        "There is no column `body`. Did you mean `bodies`?",
    ),
    "one class": (csv(tickets().assign(topic="a")), {}, "There is one class only, `a`"),
    "a class with one row": (
        of_classes(11, 1),
        {},
        "row 12, column `topic`: The class `b` has 1 rows; it needs 3",
    ),
    "an empty file": ("", {}, "t.csv: The file is empty."),
    "no rows": ("body,topic\n", {}, "t.csv: The file has no rows."),
    "another encoding": (
        tickets().to_csv(index=False).replace("parcel,", "Päckchen", 1).encode("latin-1"),
        {},
        "Not UTF-8: byte 0xe4 in line 2",
    ),
    "UTF-16 without a mark": (
        tickets().to_csv(index=False).encode("utf-16-le"),
        {},
        "It looks like UTF-16 without a byte order mark: state `data: {encoding: utf-16-le}`",
    ),
    "a row too long": ("body,topic\nx,a\ny,b,c\n", {}, "row 2: 3 cells, but there are 2 columns"),
    "a row too short": ("body,topic\nx,a\ny\n", {}, "row 2: 1 cells, but there are 2 columns"),
    "an open quote": ('body,topic\nx,"a\ny\n', {}, "row 1: A quote is opened here and never"),
    "a missing label": (
        csv(tickets(), topic=""),
        {},
        "row 3, column `topic`: The label is missing",
    ),
    "an empty text": (csv(tickets(), body="  "), {}, "row 3, column `body`: The text is empty"),
    "a column twice": ("topic,topic\na,b\n", {}, "The column `topic` stands twice"),
    "an unseen class": (
        csv(tickets().assign(topic=list("aabbccaabbcc"))),
        {"split": "part"},
        "The split train has no row of the class `c`. The class has 4 rows",
    ),
    "another split": (
        csv(tickets(), part="holdout"),
        {"split": "part"},
        "row 3, column `part`: 'holdout' is none of train, validation, test",
    ),
    "an id twice": (
        csv(tickets().assign(key=[0, 1, 1, *range(3, 12)])),
        {"id": "key"},
        "row 3, column `key`: `1` stands above already",
    ),
    "an unknown positive": (csv(tickets()), {"positive": "x"}, "No row is `x`"),
}


@pytest.mark.parametrize(("content", "options", "message"), BAD_TEXTS.values(), ids=BAD_TEXTS)
def test_bad_texts_are_explained(content: str | bytes, options: dict, message: str) -> None:
    file = put("t.csv", content)
    with pytest.raises(BadDataError) as error:
        prepare(
            {**TEXT, **options, "file": file},
            GIVEN if "split" in options else RANDOM,
        )
    assert str(error.value).startswith("data/t.csv")
    assert message in str(error.value)
    assert not Path("out").exists()


BAD_TABLES = {
    "mixed types": (
        csv(loans(), income="unknown"),
        {},
        "row 3, column `income`: `unknown` is no number, as 97.5%",
    ),
    "an infinite number": (
        csv(loans(), income="inf"),
        {},
        "row 3, column `income`: The number is not finite",
    ),
    "text that should be numbers": (csv(loans()), {"numeric": ["home"]}, "row 1, column `home`"),
    "a column that is missing": (
        csv(loans()),
        {"drop": ["serial"]},
        "There is no column `serial` (data: drop)",
    ),
    "an empty column": (csv(loans().assign(home=None)), {}, "column `home`: All of it is missing"),
    "nothing to decide by": ("bad\n0\n1\n", {}, "There is no column beside the label"),
}


@pytest.mark.parametrize(("content", "options", "message"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_bad_tables_are_explained(content: str, options: dict, message: str) -> None:
    file = put("l.csv", content)
    with pytest.raises(BadDataError) as error:
        prepare({**TABLE, **options, "file": file})
    assert message in str(error.value)
    assert not Path("out").exists()


BAD_EVENTS = {
    "a bad date": (
        csv(events(), when="soon"),
        {},
        "row 3, column `when`: `soon` is no date or time",
    ),
    "a bad rating": (
        csv(events(), n="?"),
        {"rating": "n"},
        "row 3, column `n`: The rating is missing",
    ),
    "a missing user": (csv(events(), who=""), {}, "row 3, column `who`: The user is missing"),
    "short histories": (csv(events(length=3)), {}, "No user has 4 events or more"),
}


@pytest.mark.parametrize(("content", "options", "message"), BAD_EVENTS.values(), ids=BAD_EVENTS)
def test_bad_histories_are_explained(content: str, options: dict, message: str) -> None:
    file = put("e.csv", content)
    with pytest.raises(BadDataError) as error:
        prepare({**SEQUENCE, **options, "file": file}, LEAVE_ONE_OUT)
    assert message in str(error.value)


def test_bad_images_are_explained() -> None:
    draw("data/shapes/a", 4)
    draw("data/shapes/b", 4)
    draw("data/shapes/b", 1, size=(8, 6))
    with pytest.raises(
        BadDataError, match=r"b/0\.png: 8x6 pixels, but data/shapes/a/0\.png has 8x8"
    ):
        prepare({"domain": "image", "file": "data/shapes"})
    Path("data/shapes/b/0.png").write_bytes(b"no image")
    with pytest.raises(BadDataError, match=r"b/0\.png: Not an image that can be read"):
        prepare({"domain": "image", "file": "data/shapes"})
    Path("data/shapes/b/0.png").unlink()
    with pytest.raises(BadDataError, match="Patches of 3 pixels"):
        prepare({"domain": "image", "file": "data/shapes", "patch": 3})
    Path("data/none").mkdir()
    with pytest.raises(BadDataError, match="There are no images"):
        prepare({"domain": "image", "file": "data/none"})
    np.savez("data/x.npz", images=np.full((4, 8, 8), np.nan), labels=np.arange(4))
    with pytest.raises(BadDataError, match="row 1, column `images`: Pixels are not finite"):
        prepare({"domain": "image", "file": "data/x.npz"})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"body": 1, "topic": "a"}\n{"body": "x", "topic": "a"}\n', "row 2, column `body`"),
        ('{"body": "x", "topic": "a"', "Not JSON with one object per line"),
        (b'{"body": "caf\xe9", "topic": "a"}\n', "Not UTF-8: byte 0xe9 in line 1"),
    ],
)
def test_bad_json_lines_are_explained(content: str | bytes, message: str) -> None:
    with pytest.raises(BadDataError, match=message.replace("`", ".")):
        prepare({**TEXT, "file": put("t.jsonl", content)})


def test_a_file_that_changes_while_it_is_read() -> None:
    path = Path(put("t.csv", "a"))
    with pytest.raises(BadDataError, match="changed while it was read"), unchanged(path):
        path.write_text("ab")


class _Flaky(http.server.BaseHTTPRequestHandler):
    """Fails twice before it gives the file, the second time after half of it."""

    content = b""
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        if self.path == "/missing.csv":
            self.send_error(404)
        elif self.asked == 1:
            self.send_error(503)
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(len(self.content)))
            self.end_headers()
            self.wfile.write(self.content[: 10 if self.asked == 2 else None])

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, type[_Flaky]]]:
    """A server that fails at first, and its address."""
    monkeypatch.setattr("vitrine.data.readers.fetch._PAUSE_SECONDS", 0.01)
    handler = type("Handler", (_Flaky,), {})
    server = http.server.HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_is_fetched_and_checked(web: tuple[str, type[_Flaky]]) -> None:
    address, handler = web
    handler.content = tickets().to_csv(index=False).encode()
    digest = hashlib.sha256(handler.content).hexdigest()
    data = {**TEXT, "file": "data/new/t.csv", "url": f"{address}/t.csv"}
    sheet = prepare({**data, "sha256": digest})
    assert handler.asked == 3
    assert sheet["file_sha256"] == digest
    with pytest.raises(BadDataError, match="The content has changed"):
        prepare({**data, "sha256": "0" * 64})
    assert handler.asked == 3
    other = {**data, "file": "data/other.csv", "sha256": "0" * 64}
    with pytest.raises(BadDataError, match="another file than expected") as error:
        prepare(other)
    message = str(error.value)
    assert all(part in message for part in (address, digest, "0" * 64, "data: sha256"))
    assert handler.asked == 4
    with pytest.raises(BadDataError, match="cannot be fetched: 404"):
        prepare({**data, "file": "data/m.csv", "url": f"{address}/missing.csv", "sha256": digest})
    assert handler.asked == 5
    assert [path.name for path in Path("data").iterdir()] == ["new"]
