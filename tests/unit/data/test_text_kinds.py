"""Texts of many scripts and kinds: what their words are, and which texts count as the same."""

import json
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from vitrine.data.domains.text.cleaning import cleaned
from vitrine.data.domains.text.words import (
    fold,
    folded_words,
    has_words,
    same_text_key,
    word_spans,
    words_of,
)
from vitrine.data.encoding import Encoding, load_encoding
from vitrine.data.examples import load_examples, player_names
from vitrine.data.prepare import prepare_study
from vitrine.data.readers.bad import BadDataError
from vitrine.data.settings import StudyData
from vitrine.evaluation.baselines.text import BASELINES, _tfidf
from vitrine.models.pretrained.word_pieces import WordPieces
from vitrine.report.parts.instances import split_words

FAMILY = "👨\u200d👩\u200d👧"
PIRATE = "🏴\u200d☠️"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, in which the test works."""
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    return tmp_path


def prepare(rows: list[tuple[str | None, str]], **data: str) -> dict:
    """Prepare a study of texts and labels in the folder ``out``; returns its datasheet."""
    pd.DataFrame(rows, columns=["text", "label"]).to_json(
        "data/t.jsonl", orient="records", lines=True
    )
    settings = StudyData(
        source="file",
        data={"domain": "text", "file": "data/t.jsonl", **data},
        split={"kind": "random", "validation": 0.25, "test": 0.25, "seed": 0},
        players=16,
        vocabulary={"minimum_count": 1, "size": 1000},
    )
    prepare_study("mine", settings, Path("out"))
    return json.loads(Path("out/datasheet.json").read_text())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # Marks stay with their letters.
        ("मुझे चाय दो", ["मुझे", "चाय", "दो"]),
        ("مُمتازة، شكراً", ["مُمتازة", "شكراً"]),
        ("cafe\u0301 x\u0302y", ["café", "x\u0302y"]),
        # Joiners join where they mean something, and vanish elsewhere.
        ("می\u200cخواهم چای\u200c", ["می\u200cخواهم", "چای"]),
        ("क\u094d\u200dष", ["क\u094d\u200dष"]),
        ("അവന\u0d4d\u200d", ["അവന\u0d4d\u200d"]),
        ("Auf\u200clage", ["Auflage"]),
        # Nobody sees these.
        ("love\u200bly love\u00adly love\u2060ly \ufefflovely", ["lovely"] * 4),
        ("love&shy;ly e\u200b\u0301t\u00e9", ["lovely", "été"]),
        ("\u202bשלום\u202c \u200eabc\u200f", ["שלום", "abc"]),
        # Emoji.
        ("so good😡😡👍🏽", ["so", "good", "😡", "😡", "👍🏽"]),
        (f"{FAMILY} {PIRATE}{ENGLAND}", [FAMILY, PIRATE, ENGLAND]),
        ("🇩🇪🇫🇷 1️⃣2️⃣ #️⃣", ["🇩🇪", "🇫🇷", "1️⃣", "2️⃣", "#️⃣"]),
        ("❤️ ❤ ☺ 👩🏽‍🚀", ["❤️", "❤", "☺", "👩🏽‍🚀"]),
        ("© 2024 Ferrero™ →", ["2024", "Ferrero"]),
        # Signs that belong to a name.
        ("C, C++, C# or F#.", ["C", "C++", "C#", "or", "F#"]),
        (".NET or .net, not net", [".NET", "or", ".net", "not", "net"]),
        ("C++11/g++ an A+, 18+ and a+b", ["C++", "11", "g++", "an", "A+", "18", "and", "a", "b"]),
        ("on .Net é C# A+", ["on", ".Net", "é", "C#", "A+"]),
        ("end.net e.g. ...net", ["end", "net", "e", "g", "net"]),
        ("Don’t don't l'été 'x'", ["Don’t", "don't", "l'été", "x"]),
        ("col·legi a·b צה״ל", ["col·legi", "a", "b", "צה״ל"]),
        ("foo_bar e-mail 3.5", ["foo", "bar", "e", "mail", "3", "5"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words
    assert words_of(unicodedata.normalize("NFD", text)) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("if a <b and c> d then", "if a b and c d then"),
        ("List<String> Map<K, V> List<Object>", "List String Map K V List Object"),
        (
            "mail <jo@example.org> <a@b.org> <https://b.org/i>",
            "mail jo example org a b org https b org i",
        ),
        ("x < y > z <3 i<n && n>i", "x y z 3 i n n i"),
        ("dear <name>, <b-c> <a/b>", "dear name b c a b"),
        ("&lt;tag&gt; &amp;amp; caf&eacute;", "tag amp café"),
        ("<p class=x>one<br/>two</p><BR CLEAR=all><hr noshade />", "one two"),
        ("<a href=\"x.html?a=1&b=2\" title='a > b' data-x>link</a>", "link"),
        ('<a href="x"title="y">glued</a> <a href=\'open>quote</a>', "glued quote"),
        ("a<!-- not <b>this</b> -->b <!DOCTYPE html PUBLIC '-//W3C'>", "a b"),
        ("<script src=x>var a = '<p>';</script>b<STYLE>p {}</style>", "b"),
        ("the <script> tag has no end", "the tag has no end"),
        ("<o:p></o:p>office <wbr>word <h2>x</h2>", "office word x"),
    ],
)
def test_only_markup_goes(text: str, words: str) -> None:
    assert words_of(text) == words.split()
    spans = split_words(text, words_of(text))
    assert [piece for piece, feature in spans if feature is not None] == words.split()


@pytest.mark.parametrize(
    ("text", "words", "characters"),
    [
        ("很流畅", ["很", "流畅"], ["很", "流", "畅"]),
        ("电脑 質量", ["电脑", "質量"], ["电", "脑", "質", "量"]),
        ("日本語の文章", ["日本語", "の", "文章"], ["日", "本", "語", "の", "文", "章"]),
        ("コーヒー", ["コーヒー"], ["コ", "ー", "ヒ", "ー"]),
        ("ภาษาไทย", ["ภาษา", "ไทย"], ["ภ", "า", "ษ", "า", "ไ", "ท", "ย"]),
        ("น้ำ", ["น้ำ"], ["น้ำ"]),
        ("ພາສາລາວ", ["ພາສາ", "ລາວ"], ["ພ", "າ", "ສ", "າ", "ລ", "າ", "ວ"]),
        ("ភាសា។", ["ភាសា"], ["ភា", "សា"]),
        ("စာ။", ["စာ"], ["စာ"]),
        ("ภาษา\u200bไทย", ["ภาษา", "ไทย"], ["ภ", "า", "ษ", "า", "ไ", "ท", "ย"]),
        ("GPT4很好😀👍", ["GPT4", "很好", "😀", "👍"], ["GPT4", "很", "好", "😀", "👍"]),
        # Beyond U+FFFF.
        ("𠮷野家𠮷", ["𠮷", "野家", "𠮷"], ["𠮷", "野", "家", "𠮷"]),
        ("don't मुझे", ["don't", "मुझे"], ["don't", "मुझे"]),
    ],
)
def test_scripts_without_spaces(text: str, words: list[str], characters: list[str]) -> None:
    assert words_of(text) == words
    assert words_of(text, "characters") == characters


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("मुझे चाय दो", "मुझे चाय दी"),
        ("ใกล้", "ไกล"),
        ("عَلِمَ", "عُلِمَ"),
        ("resume\u0301", "resume"),
        ("sort in C", "sort in C++"),
        ("sort in C++", "sort in C#"),
        ("net", ".NET"),
        ("grade A", "grade A+"),
        ("ok 😡", "ok 😍"),
        ("ok 👍🏽", "ok 👍🏿"),
        ("don't", "don t"),
    ],
)
def test_texts_with_other_words_are_no_duplicates(one: str, other: str) -> None:
    assert same_text_key(one) != same_text_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Good  TEA!", "<p>good\ntea.</p>"),
        ("café", "CAFE\u0301"),
        ("Straße", "STRASSE"),
        ("ΣΟΦΟΣ", "σοφος"),
        ("Don’t", "DON'T"),
        ("love\u00adly", "Lovely"),
        ("❤️", "❤"),
        ("我爱你。", "我爱你！"),
        ("in .NET", "IN .net"),
    ],
)
def test_case_blanks_punctuation_and_markup_make_no_other_text(one: str, other: str) -> None:
    assert same_text_key(one) == same_text_key(other)
    assert folded_words(one) == folded_words(other)


PIECES = st.sampled_from(
    [
        *(
            "a",
            "B",
            "é",
            "E\u0301",
            "\u0301",
            "ß",
            "İ",
            "Σ",
            "ﬁ",
            "4",
            "½",
            " ",
            "\n",
            "\u00a0",
            "C#",
        ),
        *("+", "++", "#", ".NET", ".", "'", "’", "·", "l", "-", "_", "<", ">", "/", "&", "&amp;"),
        *("<br>", "<b", "</b>", "<!--", "-->", 'x="', "script>", "\u200b", "\u200c", "\u200d"),
        *("\u00ad", "\u2060", "\ufe0f", "\u20e3", "می", "خ", "द", "ो", "\u094d", "👩", "🏽", "🇩"),
        *(
            "❤",
            "流",
            "畅",
            "电",
            "ー",
            "の",
            "𠮷",
            "ก",
            "ำ",
            "ไทย",
            "ភ",
            "္",
            "가",
            "ᄀ",
            "ㅤ",
            "\U000e0067",
        ),
    ]
)
TEXTS = st.one_of(
    st.text(max_size=30),
    st.lists(PIECES, max_size=16).map("".join),
    st.text("aZ9'+#. net", max_size=20),
)


@given(TEXTS)
@example("1️⃣a👩\u200d🏽")
def test_words_are_spans_of_the_cleaned_text(text: str) -> None:
    for segmentation in ("words", "characters"):
        whole = cleaned(text)
        spans = word_spans(whole, segmentation, 1000)
        edges = [edge for span in spans for edge in span]
        assert edges == sorted(edges)
        assert all(0 <= start < end <= len(whole) for start, end in spans)
        assert [whole[start:end] for start, end in spans] == words_of(text, segmentation)
        assert word_spans(whole, segmentation, 2) == spans[:2]
        assert all(fold(word) for word in words_of(text, segmentation))
        assert folded_words(text, segmentation) == list(map(fold, words_of(text, segmentation)))
    assert has_words(text) == bool(words_of(text))


SHORT = st.text("aA+#' .<b>流é", max_size=4)


@given(SHORT, SHORT)
def test_a_key_is_the_words(one: str, other: str) -> None:
    same = folded_words(one) == folded_words(other)
    assert (same_text_key(one) == same_text_key(other)) == same


@given(TEXTS)
def test_a_key_needs_no_unicode_form_and_no_certain_blanks(text: str) -> None:
    key = same_text_key(text)
    assert same_text_key(unicodedata.normalize("NFD", text)) == key
    assert same_text_key(unicodedata.normalize("NFC", text)) == key
    assert same_text_key("\n" + "\t ".join(text.split(" ")) + "  ") == key


@given(st.text("abzCN .+#'’éàßΣςžяґ9!?٣मो流👍", max_size=20))
def test_a_key_needs_no_certain_case(text: str) -> None:
    assert same_text_key(text.upper()) == same_text_key(text) == same_text_key(text.lower())


@given(st.text("abC1 +#.'<>&NETnet/;-_\n", max_size=30))
def test_texts_of_ascii_have_the_words_that_they_have_beside_others(text: str) -> None:
    assert words_of(f"{text} é") == [*words_of(text), "é"]


def test_the_words_of_a_run_stay_the_same_when_others_are_removed() -> None:
    for text in (
        "这部电影非常好看，我爱吃披萨",
        "東京都に住んでいます",
        "ผมรักประเทศไทย",
        "မြန်မာဘာသာစကား",
    ):
        words = words_of(text)
        assert words_of(" ".join(words)) == words
        assert [words_of(word) for word in words] == [[word] for word in words]


@pytest.mark.parametrize(
    "text", ["", " \n", "!!! ...", "\u200b", "\u3164", "\ufe0f", "\u0301", "<br/>", "&nbsp;", "© ™"]
)
def test_texts_without_words(text: str) -> None:
    assert not has_words(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (None, "The text is empty"),
        (" \n", "The text is empty"),
        ("?!", "The text has no word"),
        ("<p>&nbsp;</p>", "The text has no word"),
    ],
)
def test_a_text_without_words_stops_the_reading(text: str | None, what: str) -> None:
    rows = [(f"tea {i} 😡", "ab"[i % 2]) for i in range(12)]
    rows[4] = (text, "a")
    with pytest.raises(BadDataError, match=r"t\.jsonl, row 5, column `text`: " + what):
        prepare(rows)


def test_texts_of_emoji_alone_are_read() -> None:
    rows = [("😡" * i, "neg") for i in range(1, 13)] + [("😍" * i, "pos") for i in range(1, 13)]
    sheet = prepare(rows)
    assert sheet["duplicates_dropped"] == 0
    assert set(load_encoding(Path("out")).vocabulary[1:]) == {"😍", "😡"}


def test_texts_that_differ_in_a_vowel_sign_are_all_kept() -> None:
    rows = [(f"मुझे चाय {('दो', 'दी')[i % 2]} {i // 2}", ("neg", "pos")[i % 2]) for i in range(48)]
    sheet = prepare(rows)
    assert sheet["duplicates_dropped"] == 0
    balance = [part["class_balance"] for part in sheet["splits"].values()]
    assert sum(classes["neg"] for classes in balance) == 24
    assert sum(classes["pos"] for classes in balance) == 24


@pytest.mark.parametrize(
    ("segmentation", "good"), [("words", ["很", "流畅"]), ("characters", ["很", "流", "畅"])]
)
def test_the_segmentation_is_chosen_once(segmentation: str, good: list[str]) -> None:
    rows = [(("很流畅", "电脑卡")[i % 2] + f" {i}", "ab"[i % 2]) for i in range(24)]
    prepare(rows, segmentation=segmentation)
    encoding = load_encoding(Path("out"))
    assert encoding.details == {"segmentation": segmentation}
    assert ("流畅" in encoding.vocabulary) == (segmentation == "words")
    assert ("流" in encoding.vocabulary) == (segmentation == "characters")
    examples = load_examples(Path("out"), "train")
    row = next(i for i, number in enumerate(examples.instance) if number % 2 == 0)
    names = player_names(Path("out"), "train", [int(examples.instance[row])])
    assert next(iter(names.values()))[:-1] == good
    assert examples.lengths[row] == len(good) + 1


def chinese(segmentation: str) -> tuple[Encoding, pd.DataFrame]:
    encoding = Encoding("s", "text", "classification", ["a", "b"], ["?"], 9, 9, 0, 1, {})
    encoding.details["segmentation"] = segmentation
    return encoding, pd.DataFrame({"text": ["流畅", "流畅很好", "卡", "卡"], "label": list("aabb")})


def test_baselines_have_the_words_of_the_study() -> None:
    encoding, frame = chinese("words")
    # 流畅 and 卡 stand in two texts each, and no pair of words does.
    assert _tfidf(frame, encoding)(frame).shape[1] == 2
    encoding, frame = chinese("characters")
    # 流, 畅, their pair, and 卡.
    assert _tfidf(frame, encoding)(frame).shape[1] == 4


@pytest.mark.parametrize(("segmentation", "players"), [("words", 2), ("characters", 4)])
def test_the_game_of_a_baseline_has_the_words_of_the_study(segmentation: str, players: int) -> None:
    encoding, frame = chinese(segmentation)
    value, count = BASELINES.game(
        None, lambda rows: rows["text"].str.len(), encoding, frame.iloc[[1]], 0, None
    )
    assert count == players
    assert value(np.ones((1, players), dtype=bool))[0] == 4 + players - 1


@pytest.mark.parametrize(("segmentation", "players"), [("words", 2), ("characters", 4)])
def test_a_pretrained_model_has_the_words_of_the_study(segmentation: str, players: int) -> None:
    encoding, frame = chinese(segmentation)
    pieces = WordPieces(Tokenizer(WordLevel({"?": 0}, unk_token="?")).to_str(), 0, 64)
    assert pieces(frame.iloc[[1]], encoding).lengths.tolist() == [players]


def test_a_page_shows_the_words_of_a_text_with_invisible_characters() -> None:
    text = "love\u00adly <b>e\u0301</b> &#x1F621;"
    assert split_words(text, words_of(text)) == [
        ("lovely", 0),
        (" <b>", None),
        ("é", 1),
        ("</b> ", None),
        ("😡", 2),
    ]
