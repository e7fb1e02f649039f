"""The workflow on a real Slurm cluster, of one node: results, records, cancelled and killed jobs.

`make test-slurm` installs what it needs and runs these tests, and so does continuous integration.
They are skipped elsewhere.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import time

import pytest
from running import ROOT, SMOKE, runs, snakemake
from slurm_cluster import INSTALL, cancel_all, cluster, missing

OFTEN = ROOT / "tests" / "helpers" / "snakemake_often.py"
PLUGIN = "snakemake_executor_plugin_slurm"
ABSENT = missing() + ([] if importlib.util.find_spec(PLUGIN) else [PLUGIN])
REASON = f"no {', '.join(ABSENT)}: {INSTALL}; pip install -r requirements-slurm.txt"

pytestmark = pytest.mark.skipif(
    "VITRINE_TEST_SLURM" not in os.environ, reason="`make test-slurm` runs these"
)

SMALL = (
    "studies=[credit]",
    "scales=[nano]",
    "explanation={methods: [shap, random]}",
    "abilities={run: [modular]}",
)
ON_SLURM = (
    "--workflow-profile",
    str(ROOT / "profiles" / "slurm"),
    "--jobs",
    "4",
    "--latency-wait",
    "5",
    "--slurm-status-command",
    "squeue",
    "--slurm-init-seconds-before-status-checks",
    "1",
)


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    assert not ABSENT, REASON
    with cluster(tmp_path_factory.mktemp("slurm")) as found:
        yield found


def command(folder, *arguments, config=SMALL):
    words = [sys.executable, str(OFTEN), "--snakefile", str(ROOT / "Snakefile")]
    words += ["--directory", str(folder), "--configfile", str(SMOKE), "--config", *config]
    return [*words, *arguments]


def run(environment, folder, *arguments, expect=0, **options):
    done = subprocess.run(
        command(folder, *ON_SLURM, *arguments, **options),
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder,
        timeout=600,
        check=False,
    )
    printed = done.stdout + done.stderr
    assert done.returncode == expect, printed[-6000:]
    return printed


@pytest.fixture(scope="module")
def finished(environment, tmp_path_factory):
    """A folder in which a small run has gone through Slurm from end to end."""
    folder = tmp_path_factory.mktemp("through-slurm")
    printed = run(environment, folder)
    folder.joinpath("printed.txt").write_text(printed)
    return folder


def test_a_run_through_slurm_ends_like_any_other(finished):
    printed = finished.joinpath("printed.txt").read_text()
    assert "Report: results/report/index.html" in printed
    assert "SLURM jobid" in printed
    assert (finished / "results" / "report" / "credit.html").stat().st_size > 0


def test_every_job_is_tracked(finished):
    table = runs(finished)
    assert (table.status == "FINISHED").all()
    (parent,) = table[table.stage == "invocation"].run
    jobs = table[table.stage != "invocation"]
    assert (jobs["mlflow.parentRunId"] == parent).all()
    assert {"prepare", "train", "evaluate", "select", "explain", "validate", "page"} <= set(
        jobs.stage
    )
    assert "validation/auc" in jobs[jobs.stage == "train"].iloc[0].metrics


def test_results_equal_those_of_a_local_run(finished, tmp_path):
    snakemake(tmp_path, "--configfile", str(SMOKE), "--config", *SMALL, "--", "validate")
    compared = 0
    for path in sorted((tmp_path / "results").rglob("*")):
        if path.suffix in (".parquet", ".safetensors", ".npz"):
            other = finished / path.relative_to(tmp_path)
            assert path.read_bytes() == other.read_bytes(), path
            compared += 1
    assert compared >= 15


def test_resources_of_other_sizes_rerun_nothing(finished, environment):
    printed = run(environment, finished, "--set-resources", "train_model:mem_mb=3000")
    assert "Nothing to be done" in printed


@pytest.fixture
def prepared(finished, tmp_path):
    """A folder with the prepared data of the run, and no other trace of it."""
    data = "results/credit/data"
    shutil.copytree(finished / data, tmp_path / data)
    return tmp_path


def status_of(folder, stage):
    table = runs(folder)
    (status,) = table[table.stage == stage].status
    return status


LONG = (*SMALL, "definitions={credit: {training: {epochs: 60, patience: 60}}}")


def test_a_cancelled_job_is_killed_in_the_store_and_a_rerun_completes(environment, prepared):
    with (prepared / "out.txt").open("w") as out:
        process = subprocess.Popen(
            command(prepared, *ON_SLURM, "--retries", "0", "--", "train", config=LONG),
            stdout=out,
            stderr=out,
            env=environment,
            cwd=prepared,
        )
        checkpoint = prepared / "results/credit/nano/seed0/checkpoint.safetensors"
        until = time.monotonic() + 300
        try:
            while not checkpoint.exists():
                assert process.poll() is None, (prepared / "out.txt").read_text()[-6000:]
                assert time.monotonic() < until
                time.sleep(0.2)
            cancel_all(environment)
            assert process.wait(300) == 1
        finally:
            process.kill()
    assert status_of(prepared, "train") == "KILLED"
    assert status_of(prepared, "invocation") == "FAILED"
    run(environment, prepared, "--", "train", config=LONG)
    assert sorted(runs(prepared).query("stage == 'train'").status) == ["FINISHED", "KILLED"]
    log = prepared / "logs/credit/nano/seed0/train.log"
    assert "resuming after epoch" in log.read_text()


# Of batches so large that training takes far more than starting does.
WIDE = (
    *SMALL,
    "architectures={nano: {layers: 2, heads: 4, width: 64}}",
    "definitions={credit: {training: {epochs: 3, batch_size: 4096}}}",
)


def test_a_job_out_of_memory_is_killed_in_the_store_and_completes_with_more(environment, prepared):
    few = ("--set-resources", "train_model:mem_mb=750", "--retries", "0")
    run(environment, prepared, *few, "--", "train", config=WIDE, expect=1)
    assert status_of(prepared, "train") == "KILLED"
    assert status_of(prepared, "invocation") == "FAILED"
    (said,) = prepared.glob(".snakemake/slurm_logs/rule_train_model/**/*.log")
    assert "exceeded memory limit" in said.read_text()
    # What is asked for without being told suffices.
    run(environment, prepared, "--retries", "0", "--", "train", config=WIDE)
    assert sorted(runs(prepared).query("stage == 'train'").status) == ["FINISHED", "KILLED"]
