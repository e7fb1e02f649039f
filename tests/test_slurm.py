"""The workflow on a real Slurm cluster, of one node: results, records, cancelled and killed jobs.

`make test-slurm` installs what it needs and runs these tests. They take several minutes and are
skipped elsewhere.
"""

import getpass
import importlib.util
import os
import subprocess
import sys
import time

import pytest

from slurm_cluster import INSTALL, cluster, missing
from test_workflow import ROOT, SMOKE, runs, snakemake

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
    "2",
    "--latency-wait",
    "5",
    "--slurm-status-command",
    "squeue",
    "--slurm-init-seconds-before-status-checks",
    "3",
    "--seconds-between-status-checks",
    "2",
)


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    assert not ABSENT, REASON
    with cluster(tmp_path_factory.mktemp("slurm")) as found:
        yield found


def command(folder, *arguments, config=SMALL):
    words = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
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


LONG = (
    *SMALL,
    "definitions={credit: {training: {epochs: 150, patience: 150}}}",
)


def test_a_cancelled_job_is_killed_in_the_store_and_a_rerun_completes(environment, tmp_path):
    with (tmp_path / "out.txt").open("w") as out:
        process = subprocess.Popen(
            command(tmp_path, *ON_SLURM, "--retries", "0", "--", "train", config=LONG),
            stdout=out,
            stderr=out,
            env=environment,
            cwd=tmp_path,
        )
        checkpoint = tmp_path / "results/credit/nano/seed0/checkpoint.safetensors"
        until = time.monotonic() + 300
        while not checkpoint.exists():
            assert process.poll() is None, (tmp_path / "out.txt").read_text()[-6000:]
            assert time.monotonic() < until
            time.sleep(0.2)
        subprocess.run(["scancel", "--user", getpass.getuser()], env=environment)
        assert process.wait(300) == 1
    table = runs(tmp_path).set_index("stage")
    assert table.loc["train"].status == "KILLED"
    assert table.loc["invocation"].status == "FAILED"
    run(environment, tmp_path, "--", "train", config=LONG)
    assert sorted(runs(tmp_path).query("stage == 'train'").status) == ["FINISHED", "KILLED"]
    log = tmp_path / "logs/credit/nano/seed0/train.log"
    assert "resuming after epoch" in log.read_text()


# Of 14 million weights: what its training takes lies far above what starting takes.
WIDE = (
    *SMALL,
    "architectures={nano: {layers: 2, heads: 8, width: 768}}",
    "definitions={credit: {training: {epochs: 1}}}",
)


def test_a_job_out_of_memory_is_killed_in_the_store_and_completes_with_more(environment, tmp_path):
    few = ("--set-resources", "train_model:mem_mb=750", "--retries", "0")
    run(environment, tmp_path, *few, "--", "train", config=WIDE, expect=1)
    table = runs(tmp_path).set_index("stage")
    assert table.loc["train"].status == "KILLED"
    assert table.loc["invocation"].status == "FAILED"
    # What is asked for without being told suffices.
    run(environment, tmp_path, "--retries", "0", "--", "train", config=WIDE)
    assert sorted(runs(tmp_path).query("stage == 'train'").status) == ["FINISHED", "KILLED"]
