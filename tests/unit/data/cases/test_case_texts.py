"""Texts on the user's way; what a word is stands in ``test_text_kinds.py``."""

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from own_files import LABELS, carry, put, refused, run, run_refused

TEXT = {"domain": "text", "text": "text", "label": "label"}
WORDS = ["the", "soup", "was", "today", "very", "our", "cake", "with", "bread", "again"]


def sentence(i: int) -> str:
    return " ".join(WORDS[(i + k * (1 + i // 10)) % 10] for k in range(6)) + f" {i}"


def frame(texts: Sequence[str | None]) -> pd.DataFrame:
    return pd.DataFrame({"text": texts, "label": [LABELS[i % 2] for i in range(len(texts))]})


def test_texts_of_emoji_alone_are_used_and_their_doubles_told() -> None:
    texts = [("😡😡", "😍😍")[i % 2] if i % 4 < 2 else sentence(i) for i in range(80)]
    carried = carry(put("x.csv", frame(texts)))
    assert carried.counts == (80, 42, {"duplicates": 38})
    assert "38 texts stand there more than once; each is used once." in carried.said
    assert carried.values("text")[:2] == ["😡😡", "😍😍"]
    assert carried.names(0) == ["😡", "😡"]
    assert "wordless" not in carried.data


@pytest.mark.parametrize("cell", ["...", "", " ", "<br/>", "&nbsp;"])
def test_texts_without_words_are_refused_or_left_out(cell: str) -> None:
    texts = [cell if i == 7 else sentence(i) for i in range(40)]
    file = put("x.csv", frame(texts))
    told = run_refused({**TEXT, "file": file})
    assert told.startswith(f"{file}, row 8, column `text`: The text ")
    assert "State `data: {wordless: leave_out}`" in told
    carried = carry(file)
    assert carried.data["wordless"] == "leave_out"
    assert "Warning: 1 texts have no word; they are left out." in carried.said
    assert carried.counts == (40, 39, {"texts_without_words": 1})


@pytest.mark.parametrize("suffix", ["parquet", "jsonl"])
def test_a_text_that_is_missing(suffix: str) -> None:
    texts = [None if i == 7 else sentence(i) for i in range(40)]
    file = put(f"x.{suffix}", frame(texts))
    assert f"{file}, row 8, column `text`: The text is empty." in run_refused(
        {**TEXT, "file": file}
    )
    assert carry(file).counts == (40, 39, {"texts_without_words": 1})


def test_invisible_characters_and_two_forms_of_a_letter() -> None:
    forms = ("lovely café", "love\u200bly cafe\u0301", "love\u00adly café", "lovely cafe\u0301")
    texts = [f"{forms[i % 4]} {sentence(i)}" for i in range(80)]
    carried = carry(put("x.csv", frame(texts)))
    assert carried.counts == (80, 80, {})
    assert {"lovely", "café"} < {*carried.encoding.vocabulary}
    assert not {"love", "ly", "cafe", "caf"} & {*carried.encoding.vocabulary}
    assert carried.values("text") == texts


def test_joiners_inside_persian_words() -> None:
    words = ("نمی\u200cخواهم", "می\u200cخواهم")
    carried = carry(put("x.csv", frame([f"{words[i % 2]} چای {i}" for i in range(40)])))
    assert carried.names(0) == [words[0], "چای", "0"]


def test_hindi_texts_that_differ_in_a_vowel_sign_are_two() -> None:
    texts = [f"मुझे चाय {('दो', 'दी')[i % 2]} भाई संख्या {i // 2}" for i in range(60)]
    carried = carry(put("x.csv", frame(texts)))
    assert carried.counts == (60, 60, {})
    assert carried.sheet["canonical_table"]["rows"] == 60
    assert carried.rows["label"].value_counts().to_dict() == {"good": 30, "bad": 30}
    assert {"दो", "दी"} < {*carried.encoding.vocabulary}


def test_only_markup_goes() -> None:
    end = "<br/> if a <b and c> d then List<String> x; mail <jo@example.org> &amp; &lt;tag&gt;"
    texts = [f"<p>{sentence(i)}</p>{end}" for i in range(40)]
    carried = carry(put("x.csv", frame(texts)))
    names = carried.names(0)
    assert names[:7] == sentence(0).split()
    assert {"List", "String", "jo", "example", "org", "tag", "b", "c"} < {*names}
    assert not {"p", "br", "amp", "lt"} & {*names}


def test_texts_in_windows_1252_are_placed_and_read() -> None:
    texts = [f"{sentence(i)} café – 5" for i in range(40)]
    file = put("x.csv", frame(texts).to_csv(index=False).encode("windows-1252"))
    told = refused(file)
    place = len(f"{sentence(0)} caf") + 1
    assert f"{file}: Not UTF-8: byte 0xe9 in line 2 of the file, place {place}." in told
    assert run_refused({**TEXT, "file": file}) == told
    assert carry(file, "--encoding", "windows-1252").values("text") == texts


def test_the_column_of_texts() -> None:
    table = frame([sentence(i) for i in range(60)]).assign(
        customer=[f"c{i}" for i in range(60)], stars=[i % 5 for i in range(60)]
    )
    carried = carry(put("x.csv", table))
    assert carried.data["text"] == "text"
    assert "The domain is text: `text` has 7 words in the median row" in carried.said
    assert "Not used beside the text: `customer`, `stars`." in carried.said


def test_texts_named_by_the_user() -> None:
    table = frame([f"soup {i}" for i in range(40)]).rename(columns={"text": "words"})
    assert carry(put("x.csv", table), "--text", "words").data["text"] == "words"
    assert "There is no column `nothing`." in refused("data/x.csv", "--text", "nothing")


def test_a_dictionary_of_texts_and_labels() -> None:
    table = frame([sentence(i) for i in range(40)])
    columns = {name: pa.array(table[name]).dictionary_encode() for name in table}
    file = put("x.parquet", b"")
    pq.write_table(pa.table(columns), file)
    assert carry(file).values("text") == table["text"].tolist()


def test_names_of_splits_val_and_dev() -> None:
    table = frame([sentence(i) for i in range(80)])
    table["split"] = ["Train", "Train", "val", "test"] * 20
    table["label"] = [LABELS[i // 4 % 2] for i in range(80)]
    carried = carry(put("x.csv", table))
    assert "The split `val` is taken as validation." in carried.said
    assert carried.sheet["splits"]["validation"]["rows"] == 20


def test_numbers_are_no_texts() -> None:
    table = pd.DataFrame({"text": range(40), "label": ["a", "b"] * 20})
    file = put("x.parquet", table)
    assert run({**TEXT, "file": file}).values("text") == [str(i) for i in range(40)]


def test_lists_of_words_are_no_texts() -> None:
    table = pd.DataFrame({"text": [["a", "b"]] * 40, "label": ["a", "b"] * 20})
    file = put("x.parquet", table)
    told = run_refused({**TEXT, "file": file})
    assert told.startswith(f"{file}, column `text`: Not text but list<")
