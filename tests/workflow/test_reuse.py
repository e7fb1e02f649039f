"""Results of other runs are found again by their code, options and data, and by nothing less."""

import json
import shutil

import pytest
from running import SMOKE, copy_of_the_project, snakemake

FEW = (
    "--configfile",
    str(SMOKE),
    "--config",
    "studies=[credit]",
    "scales=[nano]",
    "explanation={methods: [gradient, random]}",
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """Where results are kept for all."""
    return tmp_path_factory.mktemp("shared")


def run(folder, shared, *arguments):
    folder.mkdir(exist_ok=True)
    return snakemake(folder, "--cache", *arguments, SNAKEMAKE_OUTPUT_CACHE=str(shared))


def worked(folder):
    """The stages of the jobs that have run here."""
    records = sorted((folder / "results" / "credit").rglob("records/*.jsonl"))
    return [json.loads(path.read_text().partition("\n")[0])["stage"] for path in records]


def test_what_another_run_has_made_is_not_made_again(shared, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    run(first, shared, *FEW, "--", "explain")
    assert {"prepare", "train", "evaluate", "explain"} <= set(worked(first))
    run(second, shared, *FEW, "--", "explain")
    assert worked(second) == ["select"]
    compared = 0
    for path in sorted((first / "results" / "credit").rglob("*.parquet")):
        assert (second / path.relative_to(first)).read_bytes() == path.read_bytes()
        compared += 1
    assert compared > 5

    # Another option of training: its data are found, its models are not.
    third = tmp_path / "third"
    other = "definitions={credit: {training: {epochs: 1}}}"
    run(third, shared, *FEW, other, "--", "train")
    assert worked(third) == ["train"]

    # Another seed, which a script reads from the wildcards.
    fourth = tmp_path / "fourth"
    run(fourth, shared, *FEW, "seeds=[1]", "--", "train")
    assert worked(fourth) == ["train"]
    model = "results/credit/nano/seed{}/model.safetensors"
    assert (fourth / model.format(1)).read_bytes() != (first / model.format(0)).read_bytes()


def test_other_code_finds_nothing(shared, tmp_path):
    copy_of_the_project(tmp_path)
    module = tmp_path / "workflow" / "vitrine" / "training" / "batches.py"
    module.write_text(
        module.read_text().replace("BATCHES_SORTED_TOGETHER = 16", "BATCHES_SORTED_TOGETHER = 8")
    )
    run(tmp_path, shared, *FEW, "--", "train")
    assert "train" in worked(tmp_path)
    shutil.rmtree(tmp_path / "results")
    run(tmp_path, shared, *FEW, "--", "train")
    assert worked(tmp_path) == []
