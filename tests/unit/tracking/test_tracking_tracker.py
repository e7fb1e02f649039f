"""The tracker: live, kill-proof, patient with the store but not for ever."""

import json
import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from vitrine.commands.track import track
from vitrine.files import read_json, write_json
from vitrine.tracking import invocation, tracker
from vitrine.tracking.events import read_ends
from vitrine.tracking.paths import find_records, invocation_path, state_path
from vitrine.tracking.record import Record
from vitrine.tracking.refill import refill
from vitrine.tracking.store import Store

WORKFLOW = Path(__file__).parents[3] / "workflow"

# A job as Snakemake would start one: it says when it has come to a point, and waits to go on.
JOB = """
import sys, time
from pathlib import Path
from types import SimpleNamespace
from vitrine.tracking.job import job

seed, ending = sys.argv[1:]
folder = Path(f"results/reviews/small/seed{seed}")
this = SimpleNamespace(
    input=[], output=[str(folder / "model.safetensors")], params={"rate": 0.1}, threads=1,
    wildcards={"study": "reviews", "scale": "small", "seed": seed}, log=[f"logs/train-{seed}.log"],
)
with job(this, "train") as record:
    record.metrics({"validation/loss": 0.5}, step=1)
    Path(f"reached-{seed}").touch()
    while not Path(f"go-{seed}").exists():
        time.sleep(0.02)
    if ending == "fail":
        raise ValueError("the table is empty")
    record.metrics({"validation/loss": 0.25}, step=2)
    Path(this.output[0]).write_text("weights")
"""


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def project(
    tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MlflowClient]:
    """A working directory with a store, seen through a client."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(WORKFLOW))
    monkeypatch.delenv("VITRINE_INVOCATION", raising=False)
    shutil.copy(empty_store, "mlflow.db")
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setattr(tracker, "INTERVAL_SECONDS", 0.2)
    return MlflowClient(uri)


def start_job(seed: int, ending: str = "well") -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", JOB, str(seed), ending], stderr=subprocess.DEVNULL
    )
    eventually(Path(f"reached-{seed}").exists)
    return process


def let_go(seed: int) -> None:
    Path(f"go-{seed}").touch()


def eventually(holds: Callable[[], object], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"did not come true in {seconds} s"
        time.sleep(0.05)


def runs(client: MlflowClient) -> dict[str, Run]:
    """All runs by name; the parent is called ``parent``."""
    experiments = [found.experiment_id for found in client.search_experiments()]
    return {
        "parent" if run.data.tags["stage"] == "invocation" else run.info.run_name: run
        for run in client.search_runs(experiments)
    }


@contextmanager
def tracking(patience: float = 20.0) -> Iterator[Record]:
    """An invocation of this process, followed by a tracker in a thread."""
    identity = "20260101-000000-abcdef"
    os.environ["VITRINE_INVOCATION"] = identity
    record = Record(
        invocation_path(identity),
        stage="invocation",
        name="snakemake",
        wildcards={},
        params={},
        tags={"invocation": identity},
        command="snakemake",
        identity=identity,
    )
    follower = tracker.Tracker(record.path, patience)
    thread = threading.Thread(target=follower.follow)
    thread.start()
    try:
        yield record
    finally:
        if read_ends(record.path)[1] is None:
            record.end("FINISHED")
        thread.join(60)
        del os.environ["VITRINE_INVOCATION"]
        assert not thread.is_alive()


def test_curves_are_live_and_ends_are_true(project: MlflowClient) -> None:
    with tracking() as record:
        well, failing, killed = start_job(0), start_job(1, "fail"), start_job(2)
        eventually(lambda: len(runs(project)) == 4)
        names = [f"train small/seed{seed}" for seed in range(3)]
        eventually(lambda: all("validation/loss" in runs(project)[n].data.metrics for n in names))
        live = runs(project)
        assert [live[name].info.status for name in names] == ["RUNNING"] * 3
        assert live[names[0]].data.metrics["validation/loss"] == 0.5

        killed.kill()
        for process, seed in ((well, 0), (failing, 1)):
            let_go(seed)
            process.wait()
        killed.wait()
        record.end("FAILED")
    done = runs(project)
    assert [done[name].info.status for name in names] == ["FINISHED", "FAILED", "KILLED"]
    assert done["parent"].info.status == "FAILED"
    assert done[names[0]].data.metrics["validation/loss"] == 0.25
    assert done[names[1]].data.tags["error"].endswith("ValueError: the table is empty")
    for name in names:
        assert done[name].data.tags["mlflow.parentRunId"] == done["parent"].info.run_id
    artifacts = project.list_artifacts(done[names[1]].info.run_id, "log")
    assert [file.path for file in artifacts] == ["log/train-1.log"]
    assert [file.path for file in project.list_artifacts(done[names[0]].info.run_id)] == [
        "log",
        "model.safetensors",
        "record",
    ]


def test_the_killed_job_is_closed_in_its_record_too(project: MlflowClient) -> None:
    with tracking():
        process = start_job(0)
        process.kill()
        process.wait()
    (path,) = (path for path in find_records() if path.name.startswith("train"))
    assert read_ends(path)[1]["status"] == "KILLED"
    assert runs(project)["train small/seed0"].info.status == "KILLED"


def test_records_of_other_invocations_are_left_alone(project: MlflowClient) -> None:
    os.environ["VITRINE_INVOCATION"] = "another"
    let_go(7)
    start_job(7).wait()
    with tracking():
        let_go(0)
        start_job(0).wait()
    assert set(runs(project)) == {"parent", "train small/seed0"}


def test_an_invocation_can_be_tracked_again(project: MlflowClient) -> None:
    with tracking() as record:
        let_go(0)
        start_job(0).wait()
    before = {name: run.to_dictionary() for name, run in runs(project).items()}
    assert tracker.Tracker(record.path).follow()
    assert {name: run.to_dictionary() for name, run in runs(project).items()} == before


def test_a_locked_store_is_waited_for(
    project: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    unavailable = threading.Event()
    unavailable.set()

    class Locked(tracker.Store):
        def send(self, *arguments: object) -> None:
            if unavailable.is_set():
                raise tracker.StoreUnavailableError("database is locked")
            super().send(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(tracker, "Store", Locked)
    with tracking():
        let_go(0)
        start_job(0).wait()
        time.sleep(1.5)
        unavailable.clear()
    assert runs(project)["train small/seed0"].data.metrics["validation/loss"] == 0.25
    assert runs(project)["parent"].info.status == "FINISHED"


def test_a_store_that_stays_away_is_given_up_and_said_once(
    project: MlflowClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    Path("file").touch()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///file/mlflow.db")
    with caplog.at_level(logging.INFO, logger="vitrine"), tracking(patience=2.5) as record:
        let_go(0)
        start_job(0).wait()
    said = [line for line in caplog.messages if "does not answer" in line]
    assert len(said) == 1
    assert "what is missing is in the records" in caplog.text
    # Nothing is lost: the same command fills a store that is there.
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{Path.cwd()}/mlflow.db")
    assert tracker.Tracker(record.path).follow()
    assert runs(project)["train small/seed0"].info.status == "FINISHED"


def test_a_removed_record_does_not_stop_the_tracker(project: MlflowClient) -> None:
    with tracking():
        process = start_job(0)
        eventually(lambda: "train small/seed0" in runs(project))
        shutil.rmtree("results/reviews")
        let_go(0)
        process.wait()
    assert runs(project)["train small/seed0"].info.status == "KILLED"
    assert runs(project)["parent"].info.status == "FINISHED"


def contents(client: MlflowClient) -> dict[str, tuple]:
    """What a store says of every run, beside its own ids."""
    found = runs(client)
    names = {run.info.run_id: name for name, run in found.items()}
    return {
        name: (
            run.info.status,
            run.info.start_time,
            run.info.end_time,
            run.data.params,
            run.data.metrics,
            {key: value for key, value in run.data.tags.items() if key != "mlflow.parentRunId"},
            names.get(run.data.tags.get("mlflow.parentRunId")),
            [file.path for file in client.list_artifacts(run.info.run_id)],
        )
        for name, run in found.items()
    }


def test_a_lost_store_is_built_again_and_nothing_is_sent_twice(
    project: MlflowClient, empty_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tracking() as record:
        for seed in range(3):
            let_go(seed)
            start_job(seed).wait()
    before = contents(project)
    assert len(before) == 4
    assert refill(Store()).sent == 0

    shutil.copy(empty_store, "another.db")
    uri = f"sqlite:///{Path.cwd()}/another.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    done = refill(Store())
    assert (done.sent, done.present, done.abandoned) == (4, 0, 0)
    another = MlflowClient(uri)
    assert contents(another) == before
    # Where the runs are now is noted for those who ask for the run behind a file.
    noted = read_json(state_path(record.path))
    assert noted["complete"]
    assert set(noted["runs"].values()) == {run.info.run_id for run in runs(another).values()}

    # Exactly what is missing: a run that stopped half-way, and one that never came.
    lost, half = (runs(another)[f"train small/seed{seed}"].info.run_id for seed in (0, 1))
    with sqlite3.connect("another.db") as store:
        for table in ("metrics", "latest_metrics", "params", "tags", "runs"):
            store.execute(f"DELETE FROM {table} WHERE run_uuid = ?", (lost,))
        store.execute("DELETE FROM params WHERE run_uuid = ?", (half,))
        store.execute("DELETE FROM metrics WHERE run_uuid = ? AND step = 2", (half,))
        store.execute("UPDATE runs SET status = 'RUNNING' WHERE run_uuid = ?", (half,))
    done = refill(Store())
    assert (done.sent, done.present) == (2, 2)
    assert contents(another) == before
    assert refill(Store()).sent == 0


def test_what_a_user_deletes_stays_deleted(project: MlflowClient) -> None:
    with tracking():
        let_go(0)
        start_job(0).wait()
    project.delete_run(runs(project)["train small/seed0"].info.run_id)
    assert refill(Store()).sent == 0
    assert set(runs(project)) == {"parent"}


def test_abandoned_records_are_closed_and_running_ones_left_alone(project: MlflowClient) -> None:
    os.environ["VITRINE_INVOCATION"] = "20250101-000000-aaaaaa"
    dead, living = start_job(0), start_job(1)
    dead.kill()
    dead.wait()
    done = refill(Store())
    assert (done.abandoned, done.running) == (1, 1)
    assert runs(project)["train small/seed0"].info.status == "KILLED"
    assert runs(project)["train small/seed1"].info.status == "RUNNING"
    let_go(1)
    living.wait()
    done = refill(Store())
    assert (done.abandoned, done.running, done.present, done.sent) == (0, 0, 1, 1)
    assert runs(project)["train small/seed1"].info.status == "FINISHED"


def test_an_invocation_has_one_tracker(project: MlflowClient) -> None:
    with tracking() as record:
        eventually(lambda: "parent" in runs(project))
        assert not tracker.Tracker(record.path).follow()
        assert refill(Store()).claimed == [record.path.stem]


def test_track_says_what_it_has_done(
    project: MlflowClient,  # noqa: ARG001
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with tracking():
        let_go(0)
        start_job(0).wait()
    monkeypatch.setattr(os, "environ", os.environ.copy())
    assert track() == 0
    assert capsys.readouterr().out == "0 runs sent, 2 were there already\n"
    Path("file").touch()
    os.environ["MLFLOW_TRACKING_URI"] = "sqlite:///file/mlflow.db"
    assert track() == 1
    assert "MLflow cannot take the records now" in capsys.readouterr().err


# Snakemake's part: hooks around jobs that are children of the same process.
WORKFLOW_RUN = """
import subprocess, sys, time
from pathlib import Path
from vitrine.files import write_json
from vitrine.tracking import invocation

if __name__ == "__main__":
    invocation.start({"seed": 3, "studies": {"reviews": {"scales": ["nano"]}}}, ["reviews"])
    job = subprocess.Popen([sys.executable, "job.py", "0", "well"])
    while not Path("stop").exists():
        time.sleep(0.02)
    job.wait()
    Path("results/report").mkdir(parents=True)
    Path("results/report/index.html").write_text("<h1>Report</h1>")
    write_json("results/report/headline.json", {"title": "Report", "studies": [
        {"study": "reviews", "metric": "auc", "value": 0.9, "low": 0.8, "baseline_value": 0.85}]})
    tracked = invocation.finish("FINISHED")
    print(tracked.page, tracked.complete)
"""


@pytest.fixture
def snakemake(project: MlflowClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen]:
    """A process in the place of Snakemake, with the default store."""
    assert not runs(project)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    Path("job.py").write_text(JOB)
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WORKFLOW_RUN)], stdout=subprocess.PIPE, text=True
    )
    eventually(Path("reached-0").exists)
    yield process
    let_go(0)
    process.kill()
    process.wait()


def test_an_invocation_from_start_to_finish(
    project: MlflowClient, snakemake: subprocess.Popen
) -> None:
    eventually(lambda: "train small/seed0" in runs(project))
    let_go(0)
    Path("stop").touch()
    shown, _ = snakemake.communicate(timeout=60)
    parent = runs(project)["parent"]
    page = f"#/experiments/{parent.info.experiment_id}/runs/{parent.info.run_id}"
    assert shown.split() == [page, "True"]
    assert parent.info.status == "FINISHED"
    assert parent.data.params["studies.reviews.scales"] == '["nano"]'
    assert parent.data.tags["targets"] == "reviews"
    expected = {
        "jobs": 1.0,
        "jobs/finished": 1.0,
        "reviews/auc": 0.9,
        "reviews/low": 0.8,
        "reviews/baseline_value": 0.85,
    }
    assert expected.items() <= parent.data.metrics.items()
    report = [file.path for file in project.list_artifacts(parent.info.run_id, "report")]
    assert report == ["report/headline.json", "report/index.html"]
    identity = parent.data.tags["invocation"]
    configuration = project.download_artifacts(parent.info.run_id, f"{identity}.config.json")
    assert json.loads(Path(configuration).read_text())["seed"] == 3
    child = runs(project)["train small/seed0"]
    assert child.data.tags["invocation"] == identity
    assert child.info.artifact_uri.startswith("mlartifacts/reviews/")


def test_when_snakemake_is_killed_its_jobs_are_still_seen_to_the_end(
    project: MlflowClient, snakemake: subprocess.Popen
) -> None:
    eventually(lambda: "train small/seed0" in runs(project))
    snakemake.send_signal(signal.SIGKILL)
    snakemake.wait()
    eventually(lambda: runs(project)["parent"].info.status == "KILLED")
    assert runs(project)["train small/seed0"].info.status == "RUNNING"
    let_go(0)
    eventually(lambda: runs(project)["train small/seed0"].info.status == "FINISHED")
    (state,) = Path("results/records").glob("*.mlflow.json")
    eventually(lambda: read_json(state)["complete"])


def test_finish_waits_only_so_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # Another connection holds the database for as long as the test lasts.
    with sqlite3.connect("mlflow.db", isolation_level=None) as database:
        database.execute("BEGIN EXCLUSIVE")
        invocation.start({"seed": 3})
        tracked = invocation.finish("FINISHED", patience=1.0)
        database.execute("ROLLBACK")
    identity = tracked.invocation
    assert tracked == invocation.TrackingState(None, None, complete=False, invocation=identity)
    assert "VITRINE_INVOCATION" not in os.environ


def test_finish_without_start_is_nothing() -> None:
    assert invocation.finish("FINISHED") is None


def test_a_bad_headline_still_ends_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(invocation, "_launch", lambda _record: None)
    identity = invocation.start({})
    write_json("results/report/headline.json", {"title": "no studies"})
    with pytest.raises(KeyError):
        invocation.finish("FINISHED")
    assert read_ends(invocation_path(identity))[1]["status"] == "FINISHED"
