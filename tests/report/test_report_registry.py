"""Pages are described once: descriptors, their files, and how a page is added."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
import report_fixture as made

from vitrine.attribution.registry import METHODS
from vitrine.data.domains.registry import DOMAINS
from vitrine.registry import discover
from vitrine.report import pages, shell, site
from vitrine.report.page import REPORT, Page, SiteFiles
from vitrine.report.pages.registry import PAGES, existing_pages
from vitrine.report.text.language import LANGUAGES, load_catalogue

ROOT = Path(__file__).parents[2]
HEAVY = (
    "altair",
    "jinja2",
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "sklearn",
    "torch",
    "vl_convert",
)
# Pages whose subject are single methods.
MAY_NAME_METHODS = ("pages/attention/page.py", "pages/primer/page.py")

FILES = SiteFiles(
    models={"reviews": [("nano", 0), ("nano", 1)], "credit": [("small", 0)]},
    chosen={"reviews": ("nano", 1), "credit": ("small", 0)}.__getitem__,
    methods=["shap", "lime"],
    tuned=["lime"],
    interactions=True,
    abilities={"markov": ["layers1", "layers2"]},
    families={"open": ["tiny", "big"]},
)


def test_descriptors_are_light() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'workflow')!r})\n"
        "from vitrine.report.pages.registry import PAGES\n"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules], len(PAGES))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == [str(len(PAGES))]


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_has_its_files_and_texts(page: Page) -> None:
    folder = REPORT / "pages" / page.name
    assert (folder / "page.html").is_file()
    assert callable(importlib.import_module(page.module).write)
    assert str(folder / "page.html") in page.code
    assert str(REPORT / "templates" / "base.html") in page.code
    if page.scope == "all":
        assert all(f"pages.{page.name}" in load_catalogue(language) for language in LANGUAGES)
    placeholders = set(re.findall(r"\{(\w+)\}", " ".join([page.caption, *page.outputs.values()])))
    assert placeholders <= ({"study"} if page.scope == "study" else set())


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_names_the_files_that_it_reads(page: Page) -> None:
    for study in FILES.studies if page.scope == "study" else [""]:
        inputs = page.inputs(FILES, study)
        assert all(isinstance(paths, list) for paths in inputs.values())
        paths = [path for group in inputs.values() for path in group]
        assert all(path.startswith("results/") for path in paths)
        assert "results/report/charts.js" not in paths


def test_inputs_of_a_study_are_those_of_its_models() -> None:
    inputs = PAGES["study"].inputs(FILES, "reviews")
    assert inputs["histories"] == [
        "results/reviews/nano/seed0/history.parquet",
        "results/reviews/nano/seed1/history.parquet",
    ]
    assert inputs["choice"] == [
        "results/reviews/nano/seed1/choice/removal.json",
        "results/reviews/nano/seed1/choice/lime.json",
    ]
    assert "results/reviews/nano/seed1/attributions/shap.parquet" in inputs["explained"]
    assert inputs["interactions"] == ["results/reviews/nano/seed1/interactions.parquet"]
    assert PAGES["families"].inputs(FILES, "")["tables"][-1].endswith("open/big/shots.parquet")


def test_the_page_on_families_exists_only_where_there_are_families() -> None:
    without = SiteFiles(models=FILES.models, chosen=FILES.chosen)
    names = [page.name for page in existing_pages(without)]
    assert "families" not in names
    assert names == [name for name in PAGES if name != "families"]
    assert PAGES["families"] in existing_pages(FILES)


def test_the_menu_leads_to_all_pages_that_exist() -> None:
    entries = [entry["page"] for entry in made.SITE.menu]
    assert entries == ["index", *made.STUDIES, *(name for name in made.OTHERS if name != "index")]


def test_a_page_is_added_with_three_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "pages" / "sizes"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(
        "from vitrine.report.page import Page\n"
        "PAGE = Page(name='sizes', order=65, caption='Sizes.', has_figures=False,\n"
        "            inputs=lambda files, study: {'sheets': files.all_study_files('a.json')})\n"
    )
    (folder / "page.py").write_text(
        "from vitrine.report.shell import write_page\n"
        "def write(outputs, context):\n"
        "    sections = {'title': 'Sizes', 'studies': context.site.studies}\n"
        "    write_page(outputs['page'], sections, site=context.site, page='sizes')\n"
    )
    (folder / "page.html").write_text(
        '{% extends "base.html" %}{% block main %}{{ studies|join(", ") }}{% endblock %}'
    )
    monkeypatch.setattr(pages, "__path__", [*pages.__path__, str(folder.parent)])
    found = discover("vitrine.report.pages", Page, "PAGE")
    assert list(found) == [*list(PAGES)[:-1], "sizes", "primer"]
    monkeypatch.setattr(site, "PAGES", found)
    monkeypatch.setitem(made.ALL_PAGES, "sizes", found["sizes"])
    monkeypatch.setitem(load_catalogue("en"), "pages.sizes", "All sizes")
    shell.environment.cache_clear()
    try:
        listed = site.Site(("reviews",), tuple(found))
        path = made.write_page("sizes", tmp_path, tmp_path / "report", site=listed)
    finally:
        shell.environment.cache_clear()
        for name in ("sizes", "sizes.page"):
            sys.modules.pop(f"vitrine.report.pages.{name}", None)
    text = path.read_text(encoding="utf-8")
    assert '<a href="sizes.html" class="page" aria-current="page">All sizes</a>' in text
    assert '<a href="provenance.html"' in text
    assert found["sizes"].inputs(FILES, "") == {
        "sheets": ["results/reviews/a.json", "results/credit/a.json"]
    }


def _string_constants(path: Path) -> set[str]:
    """The strings of a Python module that are not docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_the_report_holds_no_names_of_methods() -> None:
    for path in sorted(REPORT.rglob("*.py")):
        if path.relative_to(REPORT).as_posix() in MAY_NAME_METHODS:
            continue
        # "random" is a key of verdict.json too, and random labels are no method.
        names = _string_constants(path) & (METHODS.keys() - {"random"})
        assert not names, path
    for path in [*REPORT.rglob("*.html"), *REPORT.rglob("*.js")]:
        text = re.sub(r"id=\"\w+\"", "", path.read_text(encoding="utf-8"))
        assert not set(re.findall(r"[\"'](\w+)[\"']", text)) & METHODS.keys(), path


def test_the_report_compares_no_domain_by_name() -> None:
    names = "|".join(DOMAINS)
    for path in [*REPORT.rglob("*.py"), *REPORT.rglob("*.js"), *REPORT.rglob("*.html")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(rf"(==|!=|in) *[\"']({names})[\"']", text), path
