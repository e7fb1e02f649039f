"""Pretrained models of texts and of images through every stage of the workflow."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pretrained_models as small
import pytest
import yaml

ROOT = Path(__file__).parents[2]
MODEL = Path("results/planted/bert/seed0")


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A finished run, whose pretrained models are gone."""
    folder = tmp_path_factory.mktemp("run")
    sources = tmp_path_factory.mktemp("sources")
    for kind in ("bert", "vit"):
        small.save(kind, sources / kind, head=False)
    config = folder / "mine.yaml"
    content = {
        "studies": ["planted", "digits"],
        "pretrained": {
            "bert": {"model": str(sources / "bert"), "tuned_layers": 1},
            "vit": {"model": str(sources / "vit"), "tuned_layers": 1, "readout": "start"},
        },
        "definitions": {
            "planted": {"scales": ["bert"], "seeds": [0]},
            "digits": {"scales": ["vit"], "seeds": [0]},
        },
        "abilities": {"run": []},
    }
    config.write_text(yaml.safe_dump(content))
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--directory", str(folder), "--cores", "2", "--configfile"]
    command += [str(ROOT / "config" / "smoke.yaml"), str(config)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=1800)
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    shutil.rmtree(sources)
    return folder


def test_every_stage_has_made_its_files(finished):
    for name in ("index", "planted", "digits", "attention", "explanations", "emergence"):
        assert (finished / "results" / "report" / f"{name}.html").stat().st_size > 10_000
    table = pd.read_parquet(finished / MODEL / "attributions" / "shap.parquet")
    gaps = table.groupby(["split", "instance"]).agg(
        total=("value", "sum"), base=("base_value", "first"), full=("full_value", "first")
    )
    np.testing.assert_allclose(gaps.total, gaps.full - gaps.base, atol=1e-6)
    sanity = json.loads((finished / MODEL / "sanity.json").read_text())
    assert set(sanity) >= {"parameters", "labels", "labels_known"}
    depth = pd.read_parquet(finished / "results" / "planted" / "depth.parquet")
    assert set(depth.scale) == {"bert"}
    assert depth.layer.max() == 2
    robustness = pd.read_parquet(finished / MODEL / "robustness.parquet")
    assert set(robustness.check) == {"methods", "seeds", "inputs", "surrogate"}


@pytest.mark.parametrize(("study", "scale"), [("planted", "bert"), ("digits", "vit")])
def test_parity_is_measured_and_shown(study, scale, finished):
    folder = finished / "results" / study / scale / "seed0"
    parity = json.loads((folder / "evaluation.json").read_text())["parity"]
    assert 0 < parity["difference"] <= parity["tolerance"] == 1e-4
    assert parity["compared"] == "states"
    page = (finished / "results" / "report" / f"{study}.html").read_text(encoding="utf-8")
    assert "final hidden states computed here differ by at most" in page


def test_the_trained_model_serves_without_its_source(finished, monkeypatch):
    import mlflow

    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{finished}/mlflow.db")
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("planted")
    (model,) = (
        model
        for model in client.search_logged_models([experiment.experiment_id])
        if model.tags["scale"] == "bert"
    )
    monkeypatch.chdir(finished)
    served = mlflow.pyfunc.load_model(f"models:/{model.model_id}")
    rows = pd.read_parquet(finished / "results/planted/data/test.parquet").head(20)
    predictions = pd.read_parquet(finished / MODEL / "predictions.parquet")
    expected = predictions[predictions.split == "test"].set_index("instance").loc[rows.instance]
    found = served.predict(rows)
    np.testing.assert_allclose(found, expected[found.columns], atol=1e-5)
