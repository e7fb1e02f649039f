import base64
import hashlib
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import altair as alt
import pandas as pd
import pytest
import report_fixture as made
import yaml
from PIL import Image

from vitrine.attribution.registry import FLOOR
from vitrine.explaining.selection import instance_weights
from vitrine.explaining.tables import weighted_means
from vitrine.files import read_json, write_json
from vitrine.report.parts.ability_wording import say_verdict
from vitrine.report.parts.results import find_row, load_results
from vitrine.report.site import Site
from vitrine.report.text import wording
from vitrine.validation.comparison import compare
from vitrine.validation.means import method_means
from vitrine.validation.verdict import judge

PAGES = made.PAGES


class Page(HTMLParser):
    """The elements of a page: tags with attributes, scripts by type, and the visible text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.scripts: list[str] = []
        self.specs: list[dict] = []
        self.styles: list[str] = []
        self.text = ""
        self.rows: list[list[str]] = []
        self._inside = ""
        self.feed(path.read_text(encoding="utf-8"))
        self.rows = [[cell.strip() for cell in cells] for cells in self.rows]

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag in ("script", "style"):
            kind = self.tags[-1][1].get("type", "")
            self._inside = f"{tag} {kind}".strip()
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script application/json":
            content = json.loads(data)
            if "$schema" in content:
                self.specs.append(content)
        elif self._inside == "script":
            self.scripts.append(data)
        elif self._inside == "style":
            self.styles.append(data)
        else:
            self.text += data
            if self.rows and self.rows[-1]:
                self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("report") / "results"
    made.write_site(root)
    return root


@pytest.fixture(scope="module")
def pages(results: Path) -> dict[str, Page]:
    return {name: Page(results / "report" / f"{name}.html") for name in PAGES}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing(pages: dict[str, Page], name: str) -> None:
    for tag, attributes in pages[name].tags:
        for key in ("src", "href", "action", "data", "srcset", "poster"):
            value = attributes.get(key, "#")
            if tag == "a":
                assert not re.match(r"[a-z]+:|//", value), value
            else:
                assert value.startswith(("data:", "#")), (tag, value)
    assert not re.search(r"url\(|@import", "".join(pages[name].styles))
    policies = [a for t, a in pages[name].tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    assert "default-src 'none'" in policies[0]["content"]


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_files(results: Path, pages: dict[str, Page], name: str) -> None:
    links = {a["href"] for tag, a in pages[name].tags if tag == "a" and "href" in a}
    anchors = {a["id"] for _, a in pages[name].tags if "id" in a}
    assert len(links) > 4
    for link in links:
        if link.startswith("#"):
            assert link[1:] in anchors
        else:
            assert (results / "report" / link.partition("#")[0]).exists(), link


@pytest.mark.parametrize("name", PAGES)
def test_only_the_known_scripts_may_run(pages: dict[str, Page], name: str) -> None:
    page = pages[name]
    policy = next(a["content"] for _, a in page.tags if "http-equiv" in a)
    allowed = re.findall(r"'sha256-([^']+)'", policy)
    found = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in page.scripts]
    assert found == allowed
    drawing = 0 if name == "provenance" else 1
    assert len(found) == 1 + drawing + (name in made.STUDIES)


@pytest.mark.parametrize("name", [name for name in PAGES if name != "primer"])
def test_every_chart_links_its_data(results: Path, name: str) -> None:
    html = (results / "report" / f"{name}.html").read_text(encoding="utf-8")
    for figure in re.findall(r"<figure>.*?</figure>", html, flags=re.DOTALL):
        if 'class="chart"' in figure:
            assert re.search(r'href="\.\./[^"]+\.(parquet|json)"', figure), figure[:200]


def test_data_are_shown_as_text(pages: dict[str, Page]) -> None:
    assert "Dumbo <b>&</b> </script> (1941)" in pages["movies"].text


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_small(results: Path, name: str) -> None:
    assert (results / "report" / f"{name}.html").stat().st_size < 5_000_000


def test_faithfulness_on_the_page_is_the_mean_of_the_table(
    results: Path, pages: dict[str, Page]
) -> None:
    for study in made.STUDIES:
        frame = load_results(study, results / study).faithfulness
        on_test = frame[(frame["split"] == "test") & (frame["measure"] == "comprehensiveness")]
        weights = load_results(study, results / study).weights
        means = {key.split("/")[1]: mean for key, mean in weighted_means(on_test, weights).items()}
        rows = [cells for cells in pages[study].rows if cells[:1] == ["Comprehensiveness ↑"]]
        shown = " ".join(rows[0])
        for method in made.METHODS:
            assert wording.format_number(means[method]) in shown


def test_the_verdict_is_on_the_page_and_in_the_headline(
    results: Path, pages: dict[str, Page]
) -> None:
    entries = read_json(results / "report" / "headline.json")["studies"]
    for entry in entries:
        loaded = load_results(entry["study"], results / entry["study"])
        assert loaded.verdict
        assert loaded.verdict.sentence in pages[entry["study"]].text
        assert loaded.verdict.sentence in pages["index"].text
        assert entry["faithful_sentence"].startswith(loaded.verdict.sentence)
        assert "It is better than a random ranking (+" in pages[entry["study"]].text
        rivals = [one for one in pages[entry["study"]].rows if one[:1] == ["Attention rollout"]]
        assert any(len(cells) == 5 and cells[1].startswith("+") for cells in rivals)


def test_the_checks_are_on_the_page(results: Path, pages: dict[str, Page]) -> None:
    for study in made.STUDIES:
        own = load_results(study, results / study).chosen.folder
        text = pages[study].text
        assert "Calibration changes little under feature removal" in text
        assert "Feature removal: leaving features out, selected on 40 validation instances" in text
        assert "LIME: 64 samples and a kernel width of 1.0 times the default" in text
        assert "the others reach 0.550 to 0.615" in text
        assert "Passed by SHAP, LIME and Gradient × input: with random parameters" in text
        assert "Passed by SHAP, LIME and Gradient × input: for a model trained on" in text
        assert "it fits 98% of them" in text
        (row,) = [cells for cells in pages[study].rows if cells[0] == "LIME" and len(cells) == 2]
        assert row[1].startswith("0.87")
        assert "confidence minus accuracy is +0.320 with 100% of the features" in text
        table = pd.read_parquet(own / "robustness.parquet").query("check == 'seeds'")
        shown = table.query("method == 'shap' and measure == 'spearman'").assign(split="test")
        weights = instance_weights(pd.read_parquet(own / "predictions.parquet"), shown)
        (mean,) = weighted_means(shown, weights).values()
        rows = [cells for cells in pages[study].rows if cells[:1] == ["SHAP"]]
        assert any(wording.format_number(mean, 2) in cell for cells in rows for cell in cells)
        sanity = read_json(own / "sanity.json")
        rows = [cells for cells in pages[study].rows if cells[:2] == ["LIME", "pass"]]
        for place, criterion in ((2, "parameters"), (4, "labels")):
            median = sanity[criterion]["lime"]["median"]
            assert rows[0][place].startswith(wording.format_number(median, 2))


def test_metrics_on_the_page_are_those_of_the_files(results: Path, pages: dict[str, Page]) -> None:
    for study in made.STUDIES:
        loaded = load_results(study, results / study)
        for model in loaded.models:
            found = find_row(model.metrics, loaded.selection_metric, "test")
            span = wording.format_interval(found["low"], found["high"])
            expected = f"{wording.format_number(found['value'])}{span}"
            rows = [
                cells for cells in pages[study].rows if cells and cells[0].startswith(model.name)
            ]
            assert any(expected in cell for cell in rows[0]), (study, model.name)


def test_the_entry_page_says_how_far_each_ability_gets(
    results: Path, pages: dict[str, Page]
) -> None:
    for ability in read_json(results / "abilities" / "emergence.json"):
        best = max(ability["sizes"], key=lambda size: size["progress"]["mean"])
        shown = wording.format_number(best["value"]["mean"], 4)
        assert any(cells[3].startswith(shown) for cells in pages["index"].rows if len(cells) == 7)


def test_the_page_on_emergence_says_what_the_test_for_a_break_showed(
    results: Path, pages: dict[str, Page]
) -> None:
    outcomes = {}
    for ability in read_json(results / "abilities" / "emergence.json"):
        best = max(ability["sizes"], key=lambda size: size["progress"]["mean"])
        if "verdict" in best:
            outcomes[ability["ability"]] = best["verdict"]["outcome"]
            assert say_verdict(best["verdict"]) in pages["emergence"].text
            for row in best["verdict"]["metrics"]:
                span = wording.format_interval(row["low"], row["high"], 2)
                mean = wording.format_number(row["mean"], 2)
                cells = [cell for cells in pages["emergence"].rows for cell in cells]
                assert any(cell.startswith(mean) and span in cell for cell in cells)
    assert outcomes == {
        "markov": "break",
        "repeat": "break",
        "recall": "break",
        "addition": "metric",
    }


def test_explanations_show_values_of_both_methods(results: Path, pages: dict[str, Page]) -> None:
    for study in ("reviews", "movies", "credit"):
        loaded = load_results(study, results / study)
        instance = re.search(r"Test instance (\d+) (?:correct|incorrect)", pages[study].text)
        assert instance
        for method in ("shap", "lime"):
            table = pd.read_parquet(loaded.chosen.folder / "attributions" / f"{method}.parquet")
            own = table[(table["split"] == "test") & (table["instance"] == int(instance[1]))]
            largest = own.loc[own["value"].abs().idxmax()]
            rows = [
                cells for cells in pages[study].rows if cells and cells[0] == largest["player_name"]
            ]
            shown = wording.format_signed(largest["value"])
            assert any(shown in cell for cells in rows for cell in cells), (study, method)


def test_headline_file_repeats_the_evaluation(results: Path) -> None:
    content = read_json(results / "report" / "headline.json")
    assert [entry["study"] for entry in content["studies"]] == list(made.STUDIES)
    for entry in content["studies"]:
        folder = results / entry["study"]
        own = read_json(folder / entry["scale"] / f"seed{entry['seed']}" / "evaluation.json")
        found = find_row(pd.DataFrame(own["metrics"]), entry["metric"], "test")
        assert (entry["value"], entry["low"], entry["high"]) == (
            found["value"],
            found["low"],
            found["high"],
        )
        baselines = read_json(folder / "baseline" / "evaluation.json")["baselines"]
        table = pd.DataFrame(baselines[entry["baseline"]]["metrics"])
        assert entry["baseline_value"] == find_row(table, entry["metric"], "test")["value"]
        sign = 1 if entry["higher_is_better"] else -1
        best = max(
            baselines,
            key=lambda name: (
                sign
                * find_row(pd.DataFrame(baselines[name]["metrics"]), entry["metric"], "validation")[
                    "value"
                ]
            ),
        )
        assert entry["baseline"] == best
        (row,) = [
            row
            for row in own["against"]
            if (row["split"], row["baseline"], row["metric"])
            == ("test", entry["baseline"], entry["metric"])
        ]
        assert (entry["difference"], entry["p_value"]) == (row["difference"], row["p_value"])
        assert (entry["difference_low"], entry["difference_high"]) == (row["low"], row["high"])
        assert entry["faithful_method"] == "shap"
        assert wording.format_number(entry["value"]) in entry["sentence"]


def test_every_chart_has_a_title_and_named_axes(pages: dict[str, Page]) -> None:
    captions = {name: sum(t == "figcaption" for t, _ in page.tags) for name, page in pages.items()}
    for name, page in pages.items():
        assert captions[name] >= len(page.specs)
        assert page.specs or name == "provenance"
        for spec in page.specs:
            # Raises where Vega-Lite's schema does not allow what a chart says.
            alt.Chart.from_dict(spec)
            assert spec["description"]
            encodings = [layer["encoding"] for layer in spec.get("layer", [spec])]
            for axis in ("x", "y"):
                titles = {e[axis].get("title") for e in encodings if axis in e} - {None}
                named = {e[axis].get("field") for e in encodings if axis in e} <= {
                    "name",
                    "title",
                    "study",
                }
                assert titles or named, (name, axis)


def test_interactions_are_shown_where_they_were_asked_for(results: Path, tmp_path: Path) -> None:
    path = load_results("credit", results / "credit").chosen.folder / "interactions.parquet"
    page = made.write_page("study", results, tmp_path, study="credit", interactions=[path])
    table = pd.read_parquet(path)
    shown = Page(page)
    instance = re.search(r"Test instance (\d+) (?:correct|incorrect)", shown.text)
    assert instance
    own = table[(table["split"] == "test") & (table["instance"] == int(instance[1]))]
    strongest = own.loc[own["value"].abs().idxmax()]
    pair = f"{strongest['player_name']} × {strongest['other_name']}"
    amounts = [cells[1] for cells in shown.rows if cells and cells[0] == pair]
    assert any(wording.format_signed(strongest["value"]) in cell for cell in amounts)
    assert pair not in Page(results / "report" / "credit.html").text


def test_every_chart_of_a_page_is_a_figure_too(results: Path, tmp_path: Path) -> None:
    folder = tmp_path / "figures"
    page = made.write_page("study", results, tmp_path, study="credit", figures=True)
    drawn = Page(page)
    # The browser's two curves change with the instance.
    assert len(list(folder.glob("*.svg"))) == len(drawn.specs) - 2
    for path in folder.glob("*.svg"):
        text = path.read_text(encoding="utf-8")
        assert "<svg" in text
        assert "var(" not in text
        with Image.open(path.with_suffix(".png")) as picture:
            assert picture.width > 1000


@pytest.mark.parametrize(
    "name", [page.name for page in made.EXISTING if page.scope == "all" and page.has_figures]
)
def test_pages_on_all_studies_leave_their_charts_too(
    results: Path, tmp_path: Path, name: str
) -> None:
    drawn = Page(made.write_page(name, results, tmp_path, figures=True))
    assert len(list((tmp_path / "figures").glob("*.png"))) == len(drawn.specs) > 0


def test_a_model_card_states_what_the_hub_reads(results: Path, tmp_path: Path) -> None:
    made.write_page("study", results, tmp_path, study="credit", further=True)
    _, head, text = (tmp_path / "credit.md").read_text(encoding="utf-8").split("---\n", 2)
    metadata = yaml.safe_load(head)
    loaded = load_results("credit", results / "credit")
    (entry,) = metadata["model-index"]
    values = {one["type"]: one["value"] for one in entry["results"][0]["metrics"]}
    auc = find_row(loaded.chosen.metrics, "auc", "test")["value"]
    assert values["roc_auc"] == pytest.approx(auc, abs=1e-6)
    assert metadata["license"] == "mit"
    assert loaded.verdict
    assert loaded.verdict.sentence in text
    assert wording.format_number(auc) in text


@pytest.mark.parametrize(
    ("language", "compared", "sentence"),
    [
        ("en", "states", "nano, seed 0: the final hidden states computed here differ by at most 3"),
        ("zh", "logits", "此处计算的 logit 值与 transformers 用模型自带的注意力所得之差至多为 3"),
    ],
)
def test_the_parity_of_a_pretrained_model_is_shown(
    tmp_path: Path, language: str, compared: str, sentence: str
) -> None:
    folder = made.write_study(tmp_path, "reviews")
    path = folder / "nano" / "seed0" / "evaluation.json"
    parity = {"compared": compared, "difference": 3.71e-6, "tolerance": 1e-4}
    write_json(path, read_json(path) | {"parity": parity})
    site = Site(("reviews",), (), language)
    text = Page(made.write_page("study", tmp_path, tmp_path, site=site, study="reviews")).text
    assert text.count(sentence) == 1
    assert "3.7e−6" in text
    assert "1.0e−4" in text


def test_a_study_may_lack_methods(tmp_path: Path) -> None:
    folder = made.write_study(tmp_path, "credit")
    own = load_results("credit", folder).chosen.folder
    frame = pd.read_parquet(own / "faithfulness.parquet")
    kept = frame[frame["method"].isin(["occlusion", "gradient"])]
    kept.to_parquet(own / "faithfulness.parquet", index=False)
    weights = load_results("credit", folder).weights
    means = method_means(kept, weights, made.STATISTICS, seed=0)
    means.to_parquet(own / "means.parquet", index=False)
    compared = compare(kept, weights, made.STATISTICS, seed=0)
    compared.to_parquet(own / "comparisons.parquet", index=False)
    robustness = pd.read_parquet(own / "robustness.parquet")
    robustness.query("method == 'gradient' and other == 'occlusion'").to_parquet(
        own / "robustness.parquet", index=False
    )
    pd.read_parquet(own / "sanity.parquet").iloc[:0].to_parquet(own / "sanity.parquet", index=False)
    write_json(own / "sanity.json", {"parameters": {}, "labels": {}, "labels_known": 1.0})
    write_json(
        own / "verdict.json",
        judge(kept, means, compared, made.STATISTICS.margin, floor=FLOOR),
    )
    page = Page(made.write_page("study", tmp_path, tmp_path / "report", study="credit"))
    assert "Highest mean on validation: Occlusion" in page.text
    assert "SHAP" not in page.text


def test_a_study_may_have_methods_that_are_not_registered(tmp_path: Path) -> None:
    folder = made.write_study(tmp_path, "credit")
    chosen = load_results("credit", folder).chosen.folder
    for table in ("faithfulness", "means", "comparisons", "robustness", "attributions/occlusion"):
        frame = pd.read_parquet(chosen / f"{table}.parquet")
        names = {key: frame[key].replace("occlusion", "newest") for key in ("method", "other")
                 if key in frame}  # fmt: skip
        frame.assign(**names).to_parquet(chosen / f"{table}.parquet", index=False)
    (chosen / "attributions" / "occlusion.parquet").rename(
        chosen / "attributions" / "newest.parquet"
    )
    page = Page(made.write_page("study", tmp_path, tmp_path / "report", study="credit"))
    headings = next(cells for cells in page.rows if cells[:1] == ["Measure"])
    assert headings[-1] == "newest"
    site = Site(["credit"], made.SITE.pages)
    compared = made.write_page("explanations", tmp_path, tmp_path / "report", site=site)
    assert any(cells[:1] == ["newest"] for cells in Page(compared).rows)


def test_the_same_results_give_the_same_page(results: Path, tmp_path: Path) -> None:
    # Links are relative, so the copy must lie as deep as the first one.
    shutil.copytree(results / "digits", tmp_path / "digits")
    again = made.write_page("study", tmp_path, tmp_path / "report", study="digits")
    assert again.read_bytes() == (results / "report" / "digits.html").read_bytes()
