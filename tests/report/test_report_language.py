"""The catalogues say the same things, and pages say nothing beside them."""

import re
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest
import report_fixture as made

from vitrine.attribution.registry import METHODS
from vitrine.config.names import STAGES
from vitrine.data.sources.registry import SOURCES
from vitrine.emergence.registry import ABILITIES, ladder_settings
from vitrine.evaluation.fit_baselines import BASELINES
from vitrine.evaluation.metrics import METRICS
from vitrine.evaluation.scaling import FITS
from vitrine.report.page import REPORT
from vitrine.report.parts import ability_wording
from vitrine.report.site import Site
from vitrine.report.text import wording
from vitrine.report.text.language import (
    LANGUAGES,
    load_catalogue,
    say,
    say_markup,
    use_language,
)
from vitrine.validation.registry import MEASURES

TEMPLATES = sorted([*REPORT.glob("templates/*.html"), *REPORT.glob("pages/*/*.html")])
# What Chinese pages keep in Latin letters: names, abbreviations, units and code.
LATIN = re.compile(r"[a-z]{3,}(?:[ ,]+[a-z]{2,}){2,}")
# Names that both languages share.
UNTRANSLATED = {"headline.model", "emergence.metrics.nll"}


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_all_catalogues_have_the_same_texts_with_the_same_places() -> None:
    english = load_catalogue("en")
    for language in LANGUAGES:
        other = load_catalogue(language)
        assert other.keys() == english.keys()
        for key, text in english.items():
            assert text or other[key] == "", key
            assert _places(other[key]) == _places(text), key
            assert set(re.findall(r"</?\w+>", other[key])) == set(re.findall(r"</?\w+>", text)), key


def test_chinese_texts_are_chinese() -> None:
    for key, text in load_catalogue("zh").items():
        plain = re.sub(r"<code>.*?</code>|`[^`]*`|\{\w+\}", "", text)
        assert not LATIN.search(plain), (key, text)


def test_nothing_is_left_in_english() -> None:
    english = load_catalogue("en")
    for key, text in load_catalogue("zh").items():
        words = re.findall(r"[a-z]{2,}", re.sub(r"<[^>]*>|`[^`]*`|\{\w+\}", "", english[key]))
        if words and text == english[key]:
            assert key in UNTRANSLATED, key
        plain = re.sub(r"<code>.*?</code>|`[^`]*`|\{\w+\}|https?://\S+", "", text)
        if not key.startswith(("sources.", "methods.", "metrics.")) and len(plain) > 20:
            share = sum(letter.isascii() and letter.isalpha() for letter in plain) / len(plain)
            assert share < 0.5, (key, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_stages_and_datasets_have_names(language: str) -> None:
    with use_language(language):
        for name in STAGES:
            assert wording.stage_title(name) == say(f"stages.{name}")
        for name in SOURCES:
            sheet = {"source": name, "description": "as the data sheet says"}
            assert wording.describe_source(sheet) == say(f"sources.{name}.description")
        own = {"source": "file", "description": "Tickets of 2024"}
        assert wording.describe_source(own) == "Tickets of 2024"
        assert wording.stage_title("of-my-own") == "of-my-own"


@pytest.mark.parametrize(
    ("language", "sentences", "text"),
    [
        ("en", ["It rains.", "It pours."], "It rains. It pours."),
        ("zh", ["下雨了。", "雨很大。"], "下雨了。雨很大。"),
    ],
)
def test_sentences_are_joined_as_the_language_does(
    language: str, sentences: list[str], text: str
) -> None:
    with use_language(language):
        assert wording.join_sentences(sentences) == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_is_measured_has_a_name(language: str) -> None:
    with use_language(language):
        for name in METHODS:
            assert wording.method_title(name) == say(f"methods.{name}")
        for name in METRICS:
            assert wording.metric_wording(name).title == say(f"metrics.{name}.title")
        for name in MEASURES:
            assert say(f"measures.{name}.title")
            assert say(f"measures.{name}.meaning")
        for domain in BASELINES.values():
            for baseline in domain.baselines.values():
                assert wording.baseline_title(baseline.title) == say(f"baselines.{baseline.title}")
        for name in ABILITIES:
            assert ability_wording.describe_ability(name).phases
        for name in ("exact_match", "accuracy", "nll", "brier", "kl_bayes", "squared_error"):
            assert ability_wording.metric_title(name) == say(f"emergence.metrics.{name}")
        for name in FITS:
            assert say(f"emergence.fitted.{name}")
        for setting in ladder_settings():
            for part in ("settings", "axes", "sizes"):
                assert say(f"emergence.{part}.{setting}", n=2)


def test_chinese_is_set_apart_from_latin_values_only() -> None:
    values = {"metric": "AUC", "value": "0.9", "other": "0.8", "n": "10"}
    with use_language("zh"):
        latin = say("overview.figure", **values, baseline="TF-IDF")
        chinese = say("overview.figure", **values | {"metric": "准确率"}, baseline="逻辑回归")
    assert latin.startswith("测试集上的 AUC：")
    assert "TF-IDF 为 0.8" in latin
    assert chinese.startswith("测试集上的准确率：")
    assert "逻辑回归为 0.8" in chinese


def test_values_in_a_text_are_escaped() -> None:
    with use_language("en"):
        assert "<b>" not in say_markup("script.reasons_for", target="<b>x</b>", method="SHAP")


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(KeyError, match="no catalogue"), use_language("tlh"):
        pass


def test_templates_hold_no_words_of_their_own() -> None:
    assert len(TEMPLATES) > 10
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"\{[%{#].*?[%}#]\}", "", text, flags=re.DOTALL)
        text = re.sub(r"<code>.*?</code>|<[^>]*>", " ", text)
        assert not re.search(r"[A-Za-z]{3,} [A-Za-z]{2,} [A-Za-z]{2,}", text), path


class _Text(HTMLParser):
    """What a page says: its text and spoken labels, without data, tables of names and scripts."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.said: list[str] = []
        self._skip: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list) -> None:
        given = dict(attrs)
        if tag in ("script", "style", "code", "pre"):
            self._skip.append(tag)
        if "text" in (given.get("class") or "").split():
            self._skip.append("p")
        for name in ("aria-label", "alt"):
            if given.get(name):
                self.said.append(given[name])

    def handle_endtag(self, tag: str) -> None:
        if self._skip and self._skip[-1] == tag:
            self._skip.pop()

    def handle_data(self, data: str) -> None:
        if not self._skip:
            self.said.append(data)


def test_a_chinese_page_says_nothing_in_english(tmp_path: Path) -> None:
    root = tmp_path / "results"
    folders = {study: made.write_study(root, study) for study in ("digits", "credit")}
    made.write_pages(root, folders, Site(tuple(folders), made.SITE.pages, "zh"))
    # What comes from the data sheets and the baselines is quoted as it stands there.
    quoted = ("et al.", "love", "Made-up", "from the", "TF-IDF + logistic")
    for name in (*folders, *made.OTHERS):
        page = root / "report" / f"{name}.html"
        assert '<html lang="zh-Hans">' in page.read_text(encoding="utf-8")
        for said in _Text(page).said:
            if not any(word in said for word in quoted):
                assert not LATIN.search(said), (name, said)
        # Chinese puts no space between sentences.
        assert not re.search(r"[。！？；：，、] ", "".join(_Text(page).said)), name
        assert not re.search(r"[\u4e00-\u9fff]\.(?=\s|$)", "".join(_Text(page).said)), name
