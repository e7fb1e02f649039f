"""The recipes of docs/architecture.md, carried out on a copy of the project that then runs."""

import json
from pathlib import Path

import additions
import pandas as pd
import pytest
import yaml
from copied import CopiedLibrary
from running import copy_of_the_project, runs, snakemake

QUICK = {
    "studies": ["credit"],
    "scales": ["nano"],
    "explanation": {
        "instances": 3,
        "methods": ["occlusion", "inclusion", "random"],
        "inclusion": {"passes": 2},
    },
    "abilities": {"run": ["successor"], "measurements": 2},
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> CopiedLibrary:
    """A copy of the project with an addition of every kind, after a run."""
    folder = tmp_path_factory.mktemp("additions")
    copy_of_the_project(folder)
    library = CopiedLibrary(folder)
    for files, texts in (
        (additions.METHOD, additions.METHOD_TEXTS),
        (additions.MEASURE, additions.MEASURE_TEXTS),
        (additions.ABILITY, additions.ABILITY_TEXTS),
        (additions.PAGE, additions.PAGE_TEXTS),
    ):
        assert len(files) <= 3
        library.add_all(files, texts)
    (folder / "quick.yaml").write_text(yaml.safe_dump(QUICK), encoding="utf-8")
    smoke = str(folder / "config" / "smoke.yaml")
    snakemake(folder, "--configfile", smoke, str(folder / "quick.yaml"))
    return library


@pytest.fixture(scope="module")
def project(library: CopiedLibrary) -> Path:
    return library.folder.parent


def test_additions_are_in_the_tables(project: Path) -> None:
    model = project / "results" / "credit" / "nano" / "seed0"
    attributions = pd.read_parquet(model / "attributions" / "inclusion.parquet")
    assert attributions["value"].abs().sum() > 0
    measured = pd.read_parquet(model / "faithfulness.parquet")
    values = measured[(measured["measure"] == "first_fall") & (measured["method"] == "inclusion")]
    assert set(values["split"]) == {"validation", "test"}
    assert values["value"].notna().all()
    comparisons = pd.read_parquet(model / "comparisons.parquet")
    assert "first_fall" in set(comparisons["measure"])
    verdict = json.loads((model / "verdict.json").read_text())
    assert "inclusion" in json.dumps(verdict)
    emergence = json.loads((project / "results" / "abilities" / "emergence.json").read_text())
    assert "successor" in json.dumps(emergence)


def test_additions_are_on_the_pages(project: Path) -> None:
    report = project / "results" / "report"
    study = (report / "credit.html").read_text(encoding="utf-8")
    assert "Inclusion" in study
    assert "First fall" in study
    assert "Inclusion" in (report / "explanations.html").read_text(encoding="utf-8")
    assert "Counting on" in (report / "emergence.html").read_text(encoding="utf-8")
    assert "<p>credit: 40 entries of the vocabulary</p>" in (report / "sizes.html").read_text(
        encoding="utf-8"
    )
    assert '<a href="sizes.html"' in study


def test_additions_are_in_the_documentation_of_the_configuration(library: CopiedLibrary) -> None:
    code = "from vitrine.config.docs import documentation; print(documentation())"
    documentation = library.run(code)
    assert "`explanation.inclusion.passes`" in documentation
    assert "`abilities.successor.length`" in documentation
    reference = "from vitrine.config.reference import methods_and_measures as m; print(m())"
    assert "first_fall" in library.run(reference)


def test_additions_are_in_mlflow(project: Path) -> None:
    logged = runs(project)
    assert set(logged["status"]) == {"FINISHED"}
    explained = logged[(logged["stage"] == "explain") & (logged["method"] == "inclusion")]
    assert explained["params"].item()["method.passes"] == "2"
    validated = logged[logged["stage"] == "validate"]
    assert "test/inclusion/first_fall" in validated["metrics"].item()
    trained = logged[(logged["experiment"] == "abilities") & (logged["ability"] == "successor")]
    assert trained["size"].tolist() == ["layers1-heads1-width8-steps20"]
    assert "sizes" in set(logged["page"])
