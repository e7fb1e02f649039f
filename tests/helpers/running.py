"""Running the workflow as its users do, and reading what it logged."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[2]


SMOKE = ROOT / "config" / "smoke.yaml"


def command(folder: Path, *arguments: str) -> list[str]:
    """The command line of Snakemake in a folder."""
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


def snakemake(folder: Path, *arguments: str, expect: int = 0, **variables: str) -> str:
    """Run Snakemake in a folder, with further environment variables; return what it printed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW")} | variables
    process = subprocess.run(
        command(folder, *arguments),
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder,
        timeout=1200,
    )
    printed = process.stdout + process.stderr
    assert process.returncode == expect, printed[-6000:]
    return printed


def runs(folder: Path) -> pd.DataFrame:
    """Every MLflow run of a folder's store, with its tags as columns."""
    import mlflow

    client = mlflow.MlflowClient(f"sqlite:///{folder}/mlflow.db")
    experiments = client.search_experiments()
    logged = [
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
            for run in logged
        ]
    )


def copy_of_the_project(folder: Path) -> None:
    """Copy the workflow, its library and its configuration into a folder."""
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
