"""Running the workflow as its users do, and reading what it logged."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[2]


SMOKE = ROOT / "config" / "smoke.yaml"


def command(folder, *arguments):
    return [
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
        str(
            folder.joinpath("Snakefile") if (folder / "Snakefile").exists() else ROOT / "Snakefile"
        ),
        "--directory",
        str(folder),
        "--cores",
        "2",
        *arguments,
    ]


def snakemake(folder, *arguments, expect=0, **variables):
    """Run Snakemake in a folder, with further environment variables; return what it printed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW")} | variables
    done = subprocess.run(
        command(folder, *arguments),
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder,
        timeout=1200,
    )
    printed = done.stdout + done.stderr
    assert done.returncode == expect, printed[-6000:]
    return printed


def runs(folder):
    """Every MLflow run of a folder's store, with its tags as columns."""
    import mlflow

    client = mlflow.MlflowClient(f"sqlite:///{folder}/mlflow.db")
    experiments = client.search_experiments()
    found = [
        run
        for experiment in experiments
        for run in client.search_runs([experiment.experiment_id], max_results=1000)
    ]
    names = {experiment.experiment_id: experiment.name for experiment in experiments}
    return pd.DataFrame(
        [
            {
                "run": run.info.run_id,
                "experiment": names[run.info.experiment_id],
                "status": run.info.status,
                "metrics": run.data.metrics,
                "params": run.data.params,
                **run.data.tags,
            }
            for run in found
        ]
    )


def copy_of_the_project(folder):
    for name in ("Snakefile", "config", "workflow"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(
                source,
                folder / name,
                ignore=shutil.ignore_patterns("__pycache__"),
                dirs_exist_ok=True,
            )
        else:
            shutil.copy(source, folder / name)
