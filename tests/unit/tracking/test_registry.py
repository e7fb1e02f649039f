"""Trained models in MLflow's registry: what they take and give, and that they predict."""

import json
import os
import subprocess
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
import tiny
from mlflow import MlflowClient

from vitrine.data.encoding import Encoding, save_encoding
from vitrine.files import sha256, write_json
from vitrine.models.storage import save_model
from vitrine.tracking.entities import experiment_name
from vitrine.tracking.events import FINISHED
from vitrine.tracking.record import Record
from vitrine.tracking.store import DATABASE, Store

WORKFLOW = Path(__file__).parents[3] / "workflow"
CLASSES = ["other", "great"]


def record(stage: str, folder: Path, wildcards: dict[str, str]) -> Record:
    return Record(
        folder / "records" / f"{stage}.1.jsonl",
        stage=stage,
        name=stage,
        wildcards=wildcards,
        params={},
        tags={},
        command="",
    )


def send(store: Store, made: Record) -> None:
    from vitrine.tracking.events import read_events

    events, _ = read_events(made.path, 0)
    stored = store.open_run(events[0], None)
    store.send(stored.run, events, made.path)


@pytest.fixture(scope="module")
def champion(tmp_path_factory):
    """A folder whose store has one trained model, the best of its study."""
    root = tmp_path_factory.mktemp("registry")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        data, model = Path("results/teas/data"), Path("results/teas/small/seed0")
        data.mkdir(parents=True)
        model.mkdir(parents=True)
        words = ["<unknown>", "fine", "tea", "cold"]
        details = {"segmentation": "words"}
        save_encoding(
            data,
            Encoding("teas", "text", "classification", CLASSES, words, 12, 12, 0, 1, details),
        )
        rows = [{"instance": k, "text": f"fine tea {k}", "label": "great"} for k in range(5)]
        pd.DataFrame(rows).to_parquet(data / "validation.parquet")
        shape = tiny.architecture(vocabulary=4, features=0, outputs=2)
        save_model(tiny.model(shape), model / "model.safetensors", model / "architecture.json")
        # MLflow keeps one connection per URI and process, whatever folder it was in.
        store = Store(f"sqlite:///{root / DATABASE}")
        trained = record("train", model, {"study": "teas", "scale": "small", "seed": "0"})
        trained.inputs(
            {
                str(path): sha256(path)
                for path in (data / "encoding.json", data / "validation.parquet")
            }
        )
        for name in ("model.safetensors", "architecture.json"):
            trained.artifact(model / name)
        trained.end(FINISHED)
        send(store, trained)
        chosen = record("select", model.parents[1], {"study": "teas"})
        choice = Path("results/teas/chosen.json")
        write_json(choice, {"study": "teas", "scale": "small", "seed": 0})
        chosen.artifact(choice)
        chosen.end(FINISHED)
        send(store, chosen)
    return root


def test_the_champion_predicts_on_the_command_line(champion):
    (champion / "rows.csv").write_text("text\nfine tea\ncold tea\n")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MLFLOW")}
    environment |= {
        "PYTHONPATH": str(WORKFLOW),
        "MLFLOW_TRACKING_URI": f"sqlite:///{DATABASE}",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    command = [sys.executable, "-m", "mlflow", "models", "predict", "-m", "models:/teas@champion"]
    command += ["-i", "rows.csv", "-t", "csv", "-o", "out.json", "--env-manager", "local"]
    done = subprocess.run(
        command, cwd=champion, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said = pd.DataFrame(json.loads((champion / "out.json").read_text())["predictions"])
    assert list(said) == ["probability_other", "probability_great"]
    np.testing.assert_allclose(said.sum(axis=1), 1)
    assert abs(said.iloc[0, 0] - said.iloc[1, 0]) > 1e-4


def test_the_champion_says_what_it_takes_and_gives(champion, monkeypatch):
    monkeypatch.chdir(champion)
    store = f"sqlite:///{champion / DATABASE}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    version = MlflowClient(store).get_model_version_by_alias("teas", "champion")
    model = mlflow.pyfunc.load_model(f"models:/{version.name}/{version.version}")
    assert model.metadata.signature.inputs.input_names() == ["text"]
    assert model.metadata.signature.outputs.input_names() == [
        "probability_other",
        "probability_great",
    ]
    assert model.input_example["text"].tolist() == ["fine tea 0", "fine tea 1"]
    assert len(model.predict(model.input_example)) == 2


def test_families_have_an_experiment_of_their_own():
    assert experiment_name({"family": "pythia", "member": "small"}) == "families"
