"""Sending records to a real SQLite store and to a real server: complete, idempotent, movable."""

import json
import math
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.entities import Metric
from mlflow.utils.validation import (
    MAX_ENTITY_KEY_LENGTH,
    path_not_unique,
    validate_param_and_metric_name,
)

from vitrine.files import sha256
from vitrine.tracking import store as store_module
from vitrine.tracking.entities import safe_key
from vitrine.tracking.events import FAILED, FINISHED, read_ends, read_events
from vitrine.tracking.points import log_points
from vitrine.tracking.record import Record
from vitrine.tracking.store import Store, StoreUnavailableError

DEFAULT_URI = "sqlite:///mlflow.db"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One project folder for the module: MLflow keeps one connection per URI and process."""
    folder = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
        yield folder


@pytest.fixture(scope="module")
def store(project: Path) -> Store:
    store = Store()
    assert (project / "mlflow.db").exists()
    return store


@pytest.fixture
def study(request: pytest.FixtureRequest) -> str:
    """A study, and so an experiment, of each test's own."""
    return request.node.name


def make(study: str, **changes) -> Record:
    content = {
        "stage": "train",
        "name": "train small/seed0",
        "wildcards": {"study": study, "scale": "small", "seed": "0"},
        "params": {"training.rate": 0.1},
        "tags": {"git.commit": "abc", "git.dirty": "false", "code": "c0de", "invocation": "i1"},
        "command": "snakemake --cores 1 model.safetensors",
    }
    folder = Path("results") / study / "records"
    number = len(list(folder.glob("*"))) if folder.exists() else 0
    return Record(folder / f"train.{number}.jsonl", **(content | changes))


def send(store: Store, record: Record, parent: str | None = None) -> str:
    events, _ = read_events(record.path)
    run = store.open_run(events[0], parent).run
    store.send(run, events, record.path)
    return run


def contents(run_id: str, uri: str = DEFAULT_URI) -> dict:
    """Everything that the store says about a run."""
    client = MlflowClient(uri)
    run = client.get_run(run_id)
    return {
        "info": (run.info.status, run.info.start_time, run.info.end_time, run.info.run_name),
        "params": run.data.params,
        "tags": run.data.tags,
        "metrics": {
            key: sorted((point.step, repr(point.value)) for point in history)
            for key in run.data.metrics
            for history in [client.get_metric_history(run_id, key)]
        },
        "inputs": [(item.dataset.name, item.dataset.digest) for item in run.inputs.dataset_inputs],
        "artifacts": sorted(
            file.path
            for folder in (None, "record", "log", "plots")
            for file in client.list_artifacts(run_id, folder)
            if not file.is_dir
        ),
    }


def test_a_record_becomes_a_run(store: Store, study: str) -> None:
    picture = Path("results") / study / "curve.svg"
    record = make(study)
    picture.write_text("<svg/>")
    for step in range(1, 4):
        record.metrics({"validation/loss": 1 / step}, step=step)
    record.dataset(f"{study}/data/train", "ab" * 32, "training", "results/train.parquet")
    record.params({"parameters": 1200})
    record.tag("chosen", "yes")
    record.artifact(picture, folder="plots")
    record.end(FINISHED)
    start, end = read_ends(record.path)
    shown = contents(send(store, record))
    assert shown["info"] == (
        "FINISHED",
        int(start["time"] * 1000),
        int(end["time"] * 1000),
        "train small/seed0",
    )
    assert shown["params"] == {"training.rate": "0.1", "parameters": "1200"}
    assert shown["metrics"]["validation/loss"] == [(1, "1.0"), (2, "0.5"), (3, repr(1 / 3))]
    assert {"wall_seconds", "cpu_seconds", "peak_memory_bytes"} <= shown["metrics"].keys()
    assert shown["inputs"] == [(f"{study}/data/train", ("ab" * 32)[:36])]
    assert shown["artifacts"] == ["plots/curve.svg", f"record/{record.path.name}"]
    expected = {
        "stage": "train",
        "study": study,
        "scale": "small",
        "seed": "0",
        "git.commit": "abc",
        "mlflow.source.git.commit": "abc",
        "code_digest": "c0de",
        "record": str(record.path),
        "chosen": "yes",
    }
    assert expected.items() <= shown["tags"].items()


def test_sending_twice_changes_nothing(store: Store, study: str) -> None:
    record = make(study)
    record.metrics({"loss": math.nan, "auc": 0.5}, step=1)
    record.metrics({"auc": 0.5}, step=1)
    record.dataset("table", "ab", "input", "results/table.parquet")
    record.artifact(record.path, folder="plots")
    record.end(FINISHED)
    run = send(store, record)
    once = contents(run)
    # As a tracker would that knows nothing of the first.
    assert send(Store(), record) == run
    assert contents(run) == once
    experiment = MlflowClient(DEFAULT_URI).get_experiment_by_name(study)
    assert len(MlflowClient(DEFAULT_URI).search_runs([experiment.experiment_id])) == 1


def test_a_run_is_complete_when_its_record_has_ended(store: Store, study: str) -> None:
    record = make(study)
    send(store, record)
    start, _ = read_ends(record.path)
    assert not store.open_run(start).complete
    record.end(FAILED, error="no rows")
    send(store, record)
    assert store.open_run(start).complete


def test_children_name_their_parent(store: Store, study: str) -> None:
    invocation = make(study, wildcards={}, stage="invocation", name="snakemake")
    child = make(study)
    parent_run = send(store, invocation)
    child_run = send(store, child, parent_run)
    client = MlflowClient(DEFAULT_URI)
    assert client.get_run(child_run).data.tags["mlflow.parentRunId"] == parent_run
    parent = client.get_run(parent_run)
    assert client.get_experiment(parent.info.experiment_id).name == "vitrine"
    assert parent.info.status == "RUNNING"


def test_a_failed_job_shows_the_end_of_its_log(store: Store, study: str) -> None:
    log = Path("logs") / f"{study}.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text("epoch 1\nZeroDivisionError: division by zero\n")
    record = make(study, details={"log": str(log)})
    record.end(FAILED, error="ZeroDivisionError: division by zero")
    shown = contents(send(store, record))
    assert shown["info"][0] == "FAILED"
    assert shown["tags"]["error"] == "ZeroDivisionError: division by zero"
    assert f"log/{log.name}" in shown["artifacts"]


def test_a_trained_model_is_an_mlflow_model(store: Store, study: str) -> None:
    folder = Path("results") / study
    encoding, weights, shape = (
        folder / name for name in ("data/encoding.json", "model.safetensors", "architecture.json")
    )
    encoding.parent.mkdir(parents=True)
    for file in (encoding, weights, shape):
        file.write_text(file.name)
    record = make(study)
    record.inputs({str(encoding): sha256(encoding)})
    record.artifact(weights)
    record.artifact(shape)
    record.end(FINISHED)
    run = send(store, record)
    assert send(Store(), record) == run
    client = MlflowClient(DEFAULT_URI)
    experiment = client.get_experiment_by_name(study)
    (model,) = client.search_logged_models([experiment.experiment_id])
    assert (model.name, model.status, model.source_run_id) == (f"{study}-small-seed0", "READY", run)
    assert not Path(model.artifact_location).is_absolute()
    assert [one.model_id for one in client.get_run(run).outputs.model_outputs] == [model.model_id]
    files = Path(download_artifacts(f"models:/{model.model_id}", tracking_uri=DEFAULT_URI))
    assert {"MLmodel", "encoding.json", "model.safetensors", "architecture.json"} <= {
        file.name for file in files.iterdir()
    }


def test_the_chosen_model_is_the_champion_of_its_study(store: Store, study: str) -> None:
    folder = Path("results") / study
    folder.mkdir(parents=True, exist_ok=True)
    encoding = folder / "encoding.json"
    encoding.write_text(study)
    made = {}
    for seed in ("0", "1"):
        record = make(study, wildcards={"study": study, "scale": "small", "seed": seed})
        record.inputs({str(encoding): sha256(encoding)})
        for name in ("model.safetensors", "architecture.json"):
            (folder / seed).mkdir(exist_ok=True)
            (folder / seed / name).write_text(f"{study} {seed} {name}")
            record.artifact(folder / seed / name)
        record.end(FINISHED)
        made[seed] = send(store, record)
    client = MlflowClient(DEFAULT_URI)
    for number, seed in enumerate(("1", "0", "0"), start=1):
        choice = folder / "chosen.json"
        choice.write_text(json.dumps({"study": study, "scale": "small", "seed": int(seed)}))
        record = make(study, stage="select", wildcards={"study": study})
        record.artifact(choice)
        record.end(FINISHED)
        send(store, record)
        version = client.get_model_version_by_alias(study, "champion")
        assert version.run_id == made[seed]
        # A model that is chosen again is no new version.
        assert len(client.search_model_versions(f"name = '{study}'")) == min(number, 2)
        files = Path(download_artifacts(f"models:/{study}@champion", tracking_uri=DEFAULT_URI))
        weights = (files / "model.safetensors").read_text()
        assert weights == f"{study} {seed} model.safetensors"


def test_the_table_of_runs_shows_the_most_telling_metric(store: Store, study: str) -> None:
    record = make(study, params={"metric": "accuracy"})
    record.metrics({"validation/auc": 0.9, "validation/accuracy": 0.7}, step=1)
    record.metrics({"validation/auc": 0.8, "validation/accuracy": 0.8125}, step=2)
    record.end(FINISHED)
    assert contents(send(store, record))["tags"]["headline"] == "validation/accuracy 0.8125"
    experiment = MlflowClient(DEFAULT_URI).get_experiment_by_name(study)
    view = json.loads(experiment.tags["mlflow.sharedViewState.vitrine"])
    assert "tags.`headline`" in view["selectedColumns"]


def test_long_values_are_cut_and_whole_in_the_record(store: Store, study: str) -> None:
    names = [f"word{number}" for number in range(3000)]
    record = make(study, params={"vocabulary": names, "note": "ä" * 6000})
    record.tag("remark", "x" * 20_000)
    record.end(FINISHED)
    run = send(store, record)
    shown = contents(run)
    assert len(shown["params"]["vocabulary"]) == 6000
    assert shown["params"]["vocabulary"].endswith("…")
    assert shown["params"]["note"] == "ä" * 6000
    assert shown["tags"]["remark"].startswith("x" * 7000)
    kept = download_artifacts(
        run_id=run, artifact_path=f"record/{record.path.name}", tracking_uri=DEFAULT_URI
    )
    assert read_ends(kept)[0]["params"]["vocabulary"] == names


def test_many_parameters_and_points(store: Store, study: str) -> None:
    record = make(study, params={f"option.{number}": "é" * 6000 for number in range(130)})
    for step in range(700):
        record.metrics({"train/loss": step, "validation/loss": -step}, step=step)
    shown = contents(send(store, record))
    assert len(shown["params"]) == 130
    assert [len(points) for points in shown["metrics"].values()] == [700, 700]


POINTS = st.lists(
    st.builds(
        Metric,
        st.sampled_from(["train/loss", "auc"]),
        st.sampled_from([0.5, -1.0, math.nan, math.inf]) | st.floats(),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    max_size=40,
)


@given(st.lists(POINTS, max_size=3))
@pytest.mark.usefixtures("store")
@settings(max_examples=25, deadline=None)
def test_points_sent_in_bulk_are_what_mlflow_would_have_stored(batches: list[list[Metric]]) -> None:
    client = MlflowClient(DEFAULT_URI)
    tables = []
    for log in (log_points, lambda client, run, points: client.log_batch(run, metrics=points)):
        run = client.create_run("0").info.run_id
        for points in batches:
            log(client, run, points)
        with closing(sqlite3.connect("mlflow.db")) as database:
            content = [
                database.execute(
                    f"SELECT key, value, timestamp, step, is_nan FROM {table} "
                    "WHERE run_uuid = ? ORDER BY 1, 3, 4, 2, 5",
                    (run,),
                ).fetchall()
                for table in ("metrics", "latest_metrics")
            ]
        tables.append(content)
    assert tables[0] == tables[1]


def test_unusual_names_and_numbers_arrive(store: Store, study: str) -> None:
    record = make(study, params={"a(b": 1, "a)b": 2})
    record.metrics({"ndcg@10": 0.1, "ndcg#10": 0.2, "../up": 0.3, "low": -math.inf, "no": math.nan})
    shown = contents(send(store, record))
    assert sorted(shown["params"].values()) == ["1", "2"]
    assert {repr(0.1), repr(0.2), repr(0.3), "nan"} <= {
        points[0][1] for points in shown["metrics"].values()
    }
    assert float(shown["metrics"]["low"][0][1]) < -1e308


@given(st.text(min_size=0, max_size=300))
def test_every_name_becomes_one_that_mlflow_takes(name: str) -> None:
    safe = safe_key(name)
    assert validate_param_and_metric_name(safe)
    assert not path_not_unique(safe)
    assert 0 < len(safe) <= MAX_ENTITY_KEY_LENGTH
    assert safe_key(safe) == safe


def test_what_mlflow_refuses_does_not_stop_the_rest(store: Store, study: str) -> None:
    record = make(study, params={"rate": 0.1})
    run = send(store, record)
    # Only an edited record can do this; MLflow refuses another value for good.
    changed = record.path.read_text().replace('"rate": 0.1', '"rate": 0.2')
    record.path.write_text(changed)
    record.metrics({"loss": 0.5}, step=1)
    record.end(FINISHED)
    assert send(store, record) == run
    shown = contents(run)
    assert shown["params"] == {"rate": "0.1"}
    assert shown["metrics"]["loss"] == [(1, "0.5")]
    assert shown["info"][0] == "FINISHED"


def test_files_that_cannot_be_copied_leave_their_digest(
    store: Store, study: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "ARTIFACT_LIMIT_BYTES", 10)
    folder = Path("results") / study
    record = make(study)
    for name in ("large", "changed", "gone"):
        (folder / name).write_text(name * (10 if name == "large" else 1))
        record.artifact(folder / name)
    (folder / "changed").write_text("differs")
    (folder / "gone").unlink()
    shown = contents(send(store, record))
    digests = {Path(e["path"]).name: e["sha256"] for e in read_events(record.path)[0][1:]}
    assert shown["artifacts"] == []
    for name, digest in digests.items():
        assert digest in shown["tags"][f"not_copied.{name}"]


def test_a_deleted_experiment_comes_back(store: Store, study: str) -> None:
    send(store, make(study))
    client = MlflowClient(DEFAULT_URI)
    client.delete_experiment(client.get_experiment_by_name(study).experiment_id)
    send(Store(), make(study))
    assert client.get_experiment_by_name(study).lifecycle_stage == "active"


def test_a_store_that_is_not_there_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailableError):
        Store(f"sqlite:///{tmp_path}/file/mlflow.db")


def test_a_moved_project_keeps_runs_and_artifacts(
    store: Store, project: Path, tmp_path: Path, study: str
) -> None:
    record = make(study)
    record.end(FINISHED)
    run = send(store, record)
    moved = tmp_path / "moved"
    shutil.copytree(project, moved)
    original = project / "mlartifacts" / study
    hidden = original.rename(original.with_name("hidden"))
    code = (
        "import sys, mlflow\n"
        "path = mlflow.artifacts.download_artifacts(run_id=sys.argv[1], artifact_path='record')\n"
        "print(path)"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, run],
            cwd=moved,
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        hidden.rename(original)
    found = Path(done.stdout.strip()) / record.path.name
    assert found.read_bytes() == record.path.read_bytes()


@pytest.fixture(scope="module")
def server(store: Store) -> Iterator[str]:
    """``mlflow ui`` on the project folder with nothing but a port: what a user starts."""
    assert store.uri == DEFAULT_URI
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with Path("server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "ui", "--port", str(port), "--workers", "1"],
            env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        for _ in range(600):
            assert process.poll() is None, Path("server.log").read_text()
            try:
                urllib.request.urlopen(f"{address}/health", timeout=1).close()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def test_the_ui_serves_runs_and_artifacts_of_the_folder(
    store: Store, server: str, study: str
) -> None:
    record = make(study)
    record.end(FINISHED)
    run = send(store, record)
    with urllib.request.urlopen(
        f"{server}/ajax-api/2.0/mlflow/artifacts/list?run_id={run}&path=record"
    ) as answer:
        files = json.load(answer)["files"]
    assert [file["path"] for file in files] == [f"record/{record.path.name}"]
    with urllib.request.urlopen(
        f"{server}/get-artifact?run_uuid={run}&path=record/{record.path.name}"
    ) as answer:
        assert answer.read() == record.path.read_bytes()


def test_a_server_takes_what_the_database_takes(server: str, study: str) -> None:
    remote = Store(server)
    record = make(study, params={f"option.{n}": "é" * 6000 for n in range(25)})
    for step in range(50):
        record.metrics({"loss": math.nan if step == 7 else step}, step=step)
    record.dataset("table", "ab" * 32, "input", "results/table.parquet")
    record.end(FINISHED)
    run = send(remote, record)
    shown = contents(run, server)
    assert send(Store(server), record) == run
    assert contents(run, server) == shown
    assert len(shown["metrics"]["loss"]) == 50
    assert (7, "nan") in shown["metrics"]["loss"]
    assert len(shown["params"]) == 25
    assert shown["info"][0] == "FINISHED"
    assert shown["artifacts"] == [f"record/{record.path.name}"]
