"""Measured numbers: from results to tables, and that the documents show what is stored."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import report_fixture as made

from vitrine.__main__ import main
from vitrine.files import read_json, write_json
from vitrine.report.measured.documents import BLOCKS, updated_documents

ROOT = Path(__file__).parents[3]
ALL = "".join(
    f"before\n<!-- measured: {name} -->\nold\n<!-- measured end -->\n"
    for shown in BLOCKS.values()
    for name in shown
)


@pytest.mark.parametrize("path", dict(updated_documents(ROOT)), ids=lambda path: path.name)
def test_the_documents_show_what_is_stored(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == dict(updated_documents(ROOT))[path], (
        "run `vitrine measured KIND results`, which writes docs/measured.json and the documents"
    )


def test_the_numbers_of_the_default_run_are_shown() -> None:
    assert ROOT / "docs" / "validation.md" in dict(updated_documents(ROOT))


def record(
    folder: Path, stage: str, *, cpu: float, commit: str = "abc", day: int = 0, attempt: int = 1
) -> None:
    """The record of a finished job: its first and its last line."""
    tags = {"git.commit": commit * 13, "git.dirty": "false", "invocation": "one"}
    start = {"event": "start", "time": 0.0, "stage": stage, "tags": tags}
    end = {"event": "end", "time": 86400.0 * day, "status": "FINISHED", "cpu_seconds": cpu}
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(event) + "\n" for event in (start, end)]
    (folder / f"{stage}.{attempt}.jsonl").write_text("".join(lines))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a document that has every block."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text(ALL)
    (tmp_path / "docs" / "other.md").write_text("No numbers.\n")
    return tmp_path


def block(project: Path, name: str) -> str:
    text = (project / "docs" / "page.md").read_text(encoding="utf-8")
    return text.partition(f"<!-- measured: {name} -->\n")[2].partition("<!-- measured end -->")[0]


def cells(text: str) -> list[list[str]]:
    """The cells of the rows of tables."""
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return [row for row in rows if set(row[0]) != {"-"}]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of two studies."""
    root = tmp_path_factory.mktemp("run") / "results"
    for study in ("reviews", "movies"):
        with pytest.MonkeyPatch.context() as patch:
            # One model is enough.
            patch.setattr(made, "SCALES", dict(list(made.SCALES.items())[:1]))
            patch.setattr(made, "SEEDS", made.SEEDS[:1])
            folder = made.write_study(root, study)
        choice = read_json(folder / "chosen.json")
        model = folder / choice["scale"] / f"seed{choice['seed']}"
        write_json(model / "sanity.json", dict.fromkeys(("parameters", "labels"), SANITY))
        write_json(model / "choice" / "removal.json", REMOVAL)
        write_json(model / "choice" / "lime.json", LIME)
        record(model / "records", "validate", cpu=30, day=3 if study == "movies" else 2)
        record(model / "records", "robustness", cpu=10)
        record(model / "attributions" / "records", "explain.shap", cpu=70)
        record(model / "choice" / "records", "tune", cpu=20)
        # An attempt before the last one does not count.
        record(model / "attributions" / "records", "explain.lime", cpu=500)
        record(model / "attributions" / "records", "explain.lime", cpu=10, attempt=2)
        frame = pd.read_parquet(model / "faithfulness.parquet")
        tests = frame[frame["split"] == "test"].drop_duplicates("instance")
        settled = tests.assign(measure="ceiling_settled", value=1.0)
        settled.iloc[0, settled.columns.get_loc("value")] = 0.0
        frame = frame[frame["measure"] != "ceiling_settled"]
        pd.concat([frame, settled]).to_parquet(model / "faithfulness.parquet")
    write_json(
        root / "records" / "one.config.json",
        {"studies": ["reviews", "movies"], "statistics": {"bootstrap": 200, "confidence": 0.9}},
    )
    return root


def chosen(results: Path) -> Path:
    """The folder of the chosen model of `reviews`."""
    choice = read_json(results / "reviews" / "chosen.json")
    return results / "reviews" / choice["scale"] / f"seed{choice['seed']}"


def judged(median: float, outcome: str) -> dict[str, Any]:
    return {"median": median, "n": 4, "bound": 0.5, "outcome": outcome}


SANITY = {"shap": judged(0.125, "passed"), "lime": judged(0.75, "inconclusive")}
REMOVAL = {
    "chosen": "mask",
    "candidates": [{"removal": "absent", "mean": 0.7}, {"removal": "mask", "mean": 0.64}],
}
LIME = {
    "chosen": {"kernel_width": 2.0, "samples": 64},
    "candidates": [
        {"kernel_width": 1.0, "samples": 64, "mean": 0.9},
        {"kernel_width": 2.0, "samples": 64, "mean": 0.91},
    ],
}


def test_the_tables_of_studies_have_the_numbers_of_the_results(
    project: Path, results: Path
) -> None:
    assert main(["measured", "default", str(results)]) == 0
    frame = pd.read_parquet(chosen(results) / "means.parquet")
    part = frame[(frame["split"] == "test") & (frame["measure"] == "normalised_comprehensiveness")]
    means = part.set_index("method")["mean"]
    header, reviews, movies = cells(block(project, "faithfulness"))
    shown = dict(zip(header, reviews, strict=True))
    assert shown["study"] == "reviews"
    assert shown["SHAP"].startswith(f"{means['shap']:.2f} (")
    assert shown["LIME"].startswith(f"{means['lime']:.2f} (")
    assert movies[0] == "movies"
    count = int(part["n"].max())
    assert shown["ceiling search converged"] == f"{count - 1} of {count}"
    made_by = block(project, "run")
    assert "Results of commit `abcabcabc`, made on 1970-01-04." in made_by
    assert f"n = {count} of each study, means with 90% confidence intervals" in made_by
    assert cells(block(project, "sanity"))[1] == ["reviews", "0.12", "0.75 ?"]
    assert cells(block(project, "selection"))[1] == [
        "reviews",
        "`mask`",
        "`absent` 0.70, `mask` 0.64",
        "LIME: kernel width 2.0, samples 64 (0.91)",
    ]
    assert cells(block(project, "cost"))[1] == ["reviews", "80", "20", "40", "50%", "40%"]
    # Numbers that were not measured leave their blocks alone.
    assert block(project, "families") == "old\n"
    assert (project / "docs" / "other.md").read_text() == "No numbers.\n"
    assert set(read_json(project / "docs" / "measured.json")) == {"default"}


def test_a_family_and_a_pretrained_study_join_the_stored_numbers(
    project: Path, results: Path
) -> None:
    main(["measured", "default", str(results)])
    before = block(project, "faithfulness")
    root = project / "family"
    folder = root / "families" / "small"
    metrics = ("loss", "icl_score", "previous", "prefix_matching", "copying", "few_shot")
    facts = {"member": "deep", "parameters": 12345, "layers": 2, "heads": 4}
    write_json(
        folder / "emergence.json",
        {
            "models": [facts | {"parity": {"difference": 2.5e-7}}],
            "shots": 8,
            "abilities": [{"metric": "copying", "reference": 0.125}],
            "figures": [
                {"member": "deep", "metric": metric, "mean": place / 10}
                for place, metric in enumerate(metrics)
            ],
        },
    )
    record(folder / "deep" / "records", "family", cpu=41, commit="def", day=9)
    assert main(["measured", "family", "family"]) == 0
    text = block(project, "families")
    assert "Results of commit `defdefdef`, made on 1970-01-10. CPU time: 41 s." in text
    _, deep, uniform = cells(text)
    values = ["0.00", "0.10", "0.20", "0.30", "0.40", "0.50"]
    assert deep == ["deep", "2 × 4", "12,345", *values, "2.5e−7"]
    assert "0.12" in uniform
    # One of the studies with a pretrained model.
    shutil.copytree(results, project / "results")
    path = chosen(project / "results") / "evaluation.json"
    write_json(path, read_json(path) | {"parity": {"difference": 3e-6}})
    record(path.parent / "records", "evaluate", cpu=5)
    assert main(["measured", "pretrained", "results"]) == 0
    text = block(project, "pretrained")
    auc = next(
        row["value"]
        for row in read_json(path)["metrics"]
        if (row["split"], row["metric"]) == ("test", "auc")
    )
    header, model, baseline = cells(text)
    assert model[header.index("AUC")].startswith(f"{auc:.3f} (")
    assert baseline[0] == "TF-IDF + logistic regression"
    assert "CPU seconds: 145 in all" in text
    assert "`explain` 80" in text
    assert "Difference from `transformers`: 3.0e−6." in text
    assert block(project, "faithfulness") == before
    assert set(read_json(project / "docs" / "measured.json")) == {"default", "family", "pretrained"}


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("default", "no validated study; `make run`"),
        ("family", "no family; `make run CONFIG=config/family.yaml`"),
        (
            "pretrained",
            "no study with a pretrained model; `make run CONFIG=config/pretrained.yaml`",
        ),
    ],
)
def test_a_folder_without_such_results_says_how_to_get_them(
    project: Path, capsys: pytest.CaptureFixture[str], kind: str, reason: str
) -> None:
    (project / "results").mkdir()
    assert main(["measured", kind, "results"]) == 1
    assert reason in capsys.readouterr().err
    assert not (project / "docs" / "measured.json").exists()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<!-- measured: run -->\nopen\n", "lacks its beginning"),
        ("closed\n<!-- measured end -->\n", "lacks its beginning"),
        (
            "<!-- measured: rum -->\n<!-- measured end -->\n",
            "no measured numbers `rum`; the blocks are run, faithfulness",
        ),
    ],
)
def test_a_wrong_marker_is_refused_and_nothing_is_changed(
    project: Path, results: Path, capsys: pytest.CaptureFixture[str], text: str, reason: str
) -> None:
    (project / "docs" / "other.md").write_text(text)
    assert main(["measured", "default", str(results)]) == 1
    error = capsys.readouterr().err
    assert reason in error
    assert "other.md" in error
    assert (project / "docs" / "page.md").read_text() == ALL
