"""The pages in a real browser: from a file, with the network away."""

import dataclasses
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import numpy as np
import pandas as pd
import pytest
import report_fixture as made
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from vitrine.report.pages.study import write_study_page
from vitrine.report.parts.results import load_results
from vitrine.report.text import wording

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("browser") / "results"
    made.write_site(root)
    return root


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Visit:
    """A page opened from its file; notes what it says on the console and what it asks for."""

    def __init__(self, context: BrowserContext, path: Path) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())
        if self.page.locator("#browser").count():
            self.page.wait_for_selector("#browser[data-ready]")
        self.page.wait_for_function(
            "[...document.querySelectorAll('.chart')].every(one => one.querySelector('svg'))"
        )

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def violations(self) -> list[str]:
        """Serious and critical findings of axe-core."""
        self.page.evaluate(AXE)
        found = self.page.evaluate("axe.run().then(one => one.violations)")
        return [
            f"{one['id']}: {node['target']} {node['failureSummary']}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]


@pytest.fixture
def visit(chromium: Browser, results: Path) -> Iterator:
    contexts = []

    def open_page(name: str, *, width: int = 1280, dark: bool = False) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            offline=True,
        )
        contexts.append(context)
        return Visit(context, results / "report" / f"{name}.html")

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", made.PAGES)
def test_a_page_opens_quietly_and_everyone_can_use_it(visit, name: str) -> None:
    wide = visit(name)
    assert wide.violations() == []
    assert wide.complaints == []
    assert len(wide.requests) == 1
    narrow = visit(name, width=360, dark=True)
    assert narrow.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert narrow.violations() == []
    assert narrow.complaints == []


def _explained(results: Path, study: str) -> tuple[Path, dict[str, pd.DataFrame]]:
    own = load_results(study, results / study).chosen.folder
    tables = {
        method: pd.read_parquet(own / "attributions" / f"{method}.parquet")
        for method in made.METHODS
    }
    return own, tables


def _rows(page: Page) -> list[list[str]]:
    """The cells of the browser's table, row by row."""
    return page.evaluate(
        "[...document.querySelectorAll('#browser .view table.bars tbody tr')]"
        ".map(row => [...row.children].map(cell => cell.innerText))"
    )


def _fastest(rows: pd.DataFrame, split: str, instance: int, kind: str) -> str:
    """The method whose order lets the output of an instance fall or rise fastest."""
    own = rows[(rows["split"] == split) & (rows["instance"] == instance)]
    own = own.assign(share=own["measure"].str.extract(rf"^{kind}_([\d.]+)$", expand=False))
    own = own.dropna(subset=["share"]).astype({"share": float}).sort_values("share")
    areas = {name: np.trapezoid(one["value"], one["share"]) for name, one in own.groupby("method")}
    return (min if kind == "deletion" else max)(areas, key=areas.__getitem__)


def ends(page: Page) -> set[str]:
    """The two ends of a waterfall, if there is one."""
    return set(page.locator("#browser .view tr.total .number").all_inner_texts())


@pytest.mark.parametrize("study", made.STUDIES)
def test_clicking_through_the_explanations_shows_the_tables_values(
    visit, results: Path, study: str
) -> None:
    own, tables = _explained(results, study)
    maps = np.load(own / "attention" / "attention.npz")
    curves = pd.read_parquet(own / "faithfulness.parquet")
    opened = visit(study)
    page = opened.page
    seen: dict[str, set[str]] = {}
    for which in ("right", "wrong", "all"):
        page.select_option("[name=which]", which)
        for _ in range(4):
            split, number = page.inner_text("#browser .view h3").split(" instance ")
            instance = int(number.split()[0])
            seen.setdefault(which, set()).add(number.split()[1])
            for method, other in (("lime", "occlusion"), ("rollout", "shap")):
                page.select_option("[name=first]", method)
                page.select_option("[name=second]", other)
                rows = [one for one in _rows(page) if len(one) == 5]
                assert rows
                titles = page.locator("#browser .view table.bars thead th").all_inner_texts()[1:]
                assert sorted(titles) == sorted(map(wording.method, (method, other)))
                for place, heading in enumerate(titles):
                    name = next(one for one in (method, other) if wording.method(one) == heading)
                    keyed = tables[name].set_index(["split", "instance"])
                    form = wording.number if name == "rollout" else wording.signed
                    known = {form(one, 2) for one in keyed.loc[(split.lower(), instance), "value"]}
                    shown = {cells[2 * place + 2].split(" ±")[0].strip() for cells in rows}
                    # The waterfall's ends stand for no field.
                    assert shown - {""} <= known | ends(page)
            for kind in ("deletion", "insertion"):
                caption = page.inner_text(f"#browser figure:has([data-curve={kind}]) figcaption")
                best = _fastest(curves, split.lower(), instance, kind)
                keyed = curves.set_index(["split", "instance", "method", "measure"])["value"]
                area = keyed[split.lower(), instance, best, f"{kind}_auc"]
                assert f" {wording.method(best)} has the " in caption
                assert f"area under the curve ({wording.number(area, 3)})" in caption
            attention = maps[f"{split.lower()}/{instance}"]
            layers, heads, _, _ = attention.shape
            page.dispatch_event(f"[data-head='{layers - 1}-{heads - 1}']", "click")
            said = page.inner_text("#browser [aria-live=polite].note")
            strongest = attention[-1, -1, 0].max()
            found = re.search(r"\b[01]\.\d\d\b", said.split(" attends most to ")[1])
            assert found
            assert float(found[0]) == pytest.approx(strongest, abs=0.011)
            page.dispatch_event("[name=next]", "click")
    assert seen["right"] == {"correct"}
    assert seen["wrong"] == {"incorrect"}
    assert page.locator("#browser .curve svg.marks").count() == 2
    assert opened.complaints == []


def test_the_keyboard_moves_from_token_to_token(visit) -> None:
    page = visit("reviews").page
    page.focus(".tokens")
    page.keyboard.press("ArrowRight")
    assert page.get_attribute(".tokens", "aria-activedescendant") == "token-1"
    first = page.inner_text("#token-1")
    assert page.inner_text("#browser [aria-live=polite].note").startswith(f"“{first}”")


def test_a_refusal_has_its_reasons_in_words(visit, results: Path) -> None:
    _, tables = _explained(results, "credit")
    page = visit("credit").page
    instance = int(page.inner_text("#browser .view h3").split()[2])
    table = tables["shap"]
    own = table[(table["split"] == "test") & (table["instance"] == instance)]
    strongest = own.loc[own["value"].idxmax()]
    field, _, value = strongest["player_name"].partition(" = ")
    said = page.inner_text("#browser .reasons >> nth=0").splitlines()[0]
    assert said.startswith(f"{field}: {value}")
    assert said.endswith(f"raises the odds of “bad” by {_percent(strongest['value'])}")
    assert "of the training rows" in said


def _percent(log_odds: float) -> str:
    """The change of the odds that a log-odds attribution makes, as the page writes it."""
    percent = 100 * abs(np.exp(log_odds) - 1)
    digits = 2 if log_odds < 0 and percent > 99 else 1 if percent < 10 else 0
    return f"{wording.number(min(percent, 99.99) if log_odds < 0 else percent, digits)}%"


@pytest.mark.parametrize(
    ("language", "raises", "lowers"),
    [
        ("en", "raises the odds of “bad” by {}", "lowers the odds of “bad” by {}"),
        ("zh", "使“bad”的几率提高 {}", "使“bad”的几率降低 {}"),
    ],
)
def test_attributions_of_log_odds_are_told_as_changes_of_the_odds(
    chromium: Browser, results: Path, tmp_path: Path, language: str, raises: str, lowers: str
) -> None:
    site = dataclasses.replace(made.SITE, language=language)
    path = tmp_path / "credit.html"
    write_study_page("credit", results / "credit", path, statistics=made.STATISTICS, site=site)
    context = chromium.new_context(offline=True)
    page = Visit(context, path).page
    instance = int(re.findall(r"\d+", page.inner_text("#browser .view h3"))[0])
    table = _explained(results, "credit")[1]["shap"]
    own = table[(table["split"] == "test") & (table["instance"] == instance)]
    values = own.sort_values("value")["value"].tolist()
    up, down = ([one for one in values if sign * one > 0] for sign in (1, -1))
    said = page.locator("#browser .reasons li").all_inner_texts()
    expected = [raises.format(_percent(one)) for one in up[::-1][:4]]
    expected += [lowers.format(_percent(one)) for one in down[:2]]
    assert len(said) == len(expected)
    assert up
    assert down
    for text, end in zip(said, expected, strict=True):
        assert text.endswith(end)
    context.close()


def test_text_of_the_data_is_never_markup(visit, results: Path) -> None:
    opened = visit("reviews")
    page = opened.page
    texts = pd.read_parquet(results / "reviews" / "data" / "test.parquet").set_index("instance")
    _, tables = _explained(results, "reviews")
    explained = tables["shap"].query("split == 'test'")["instance"].unique()
    hostile = next(one for one in explained if texts.loc[one, "text"] == made.HOSTILE)
    page.evaluate(f"location.hash = 'test-{hostile}'")
    page.wait_for_function(f"document.querySelector('#browser h3').innerText.includes('{hostile}')")
    assert page.inner_text("#browser .view .text >> nth=0") == made.HOSTILE
    assert opened.complaints == []
