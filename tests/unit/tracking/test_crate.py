"""The RO-Crate names and holds what a reader needs to check a run."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from vitrine.commands.crate import crate
from vitrine.files import sha256
from vitrine.tracking.job import job


def test_a_crate_describes_every_file_and_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    table, page = Path("results/credit/data/train.parquet"), Path("results/report/index.html")
    for stage, read, written in (("prepare", [], table), ("report", [str(table)], page)):
        script = SimpleNamespace(
            input=read, output=[str(written)], log=[], wildcards={}, params={}, threads=1
        )
        with job(script, stage):
            written.parent.mkdir(parents=True, exist_ok=True)
            written.write_text(f"made by {stage}")
    assert crate(Path("crate")) == 0
    entities = json.loads(Path("crate/ro-crate-metadata.json").read_text())["@graph"]
    by_id = {one["@id"]: one for one in entities}
    for path in Path("crate").rglob("*"):
        name = path.relative_to("crate").as_posix()
        if path.is_file() and name != "ro-crate-metadata.json":
            assert "File" in by_id[name]["@type"], name
    assert by_id["./"]["mainEntity"]["@id"] == "Snakefile"
    actions = [one["name"] for one in entities if one["@type"] == "CreateAction"]
    assert actions == ["prepare", "report"]
    digests = json.loads(Path("crate/digests.json").read_text())
    assert digests[str(table)]["sha256"] == sha256(table)
    assert json.loads(Path("crate/graph.json").read_text())["reads"] == [["prepare", "report"]]


def test_without_a_report_there_is_no_crate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert crate(Path("crate")) == 1
    assert "make run" in capsys.readouterr().out
    assert not Path("crate").exists()
