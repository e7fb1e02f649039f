"""What wraps every script: its log, its record, its errors."""

import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake.iocontainers import InputFiles, Log, OutputFiles, Params, Wildcards

from vitrine.files import sha256
from vitrine.tracking.events import FAILED, FINISHED, KILLED, read_events
from vitrine.tracking.job import job
from vitrine.tracking.paths import find_records

FOLDER = "results/reviews/small/seed0"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VITRINE_INVOCATION", raising=False)
    data = Path("results/reviews/data/train.parquet")
    data.parent.mkdir(parents=True)
    data.write_bytes(b"rows")
    return tmp_path


def script(**changes) -> SimpleNamespace:
    content = {
        "input": ["results/reviews/data/train.parquet", "results/reviews/data/encoding.json"],
        "output": [f"{FOLDER}/model.safetensors", f"{FOLDER}/history.parquet"],
        "params": {"training": {"rate": 0.1, "epochs": 3}, "code": "c0de"},
        "wildcards": {"study": "reviews", "scale": "small", "seed": "0"},
        "log": ["logs/reviews/train/small-seed0.log"],
        "threads": 2,
    }
    return SimpleNamespace(**(content | changes))


def write_outputs(this: SimpleNamespace) -> None:
    for path in map(Path, this.output):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {path}")


def only_record() -> list[dict]:
    (path,) = find_records()
    return read_events(path)[0]


def test_a_job_that_ends_well_is_recorded_whole(capsys: pytest.CaptureFixture[str]) -> None:
    this = script()
    with job(this, "train") as record:
        logging.getLogger("vitrine.training").info("epoch %d/3", 1)
        logging.getLogger("some.library").info("detail")
        record.metrics({"validation/loss": 0.4}, step=1)
        write_outputs(this)
    assert record.path == Path(FOLDER) / "records/train.1.jsonl"
    start, inputs, dataset, metrics, *artifacts, end = only_record()
    assert inputs["files"] == {path: sha256(path) for path in this.input[:1]}
    assert start["name"] == "train small/seed0"
    assert start["params"] == {"training.rate": 0.1, "training.epochs": 3}
    assert start["tags"]["code"] == "c0de"
    assert start["command"] == f"snakemake --cores 2 {FOLDER}/model.safetensors"
    assert dataset["name"] == "reviews/data/train"
    assert dataset["context"] == "training"
    assert dataset["digest"] == sha256(this.input[0])
    assert metrics["values"] == {"validation/loss": 0.4}
    assert {event["path"]: event["sha256"] for event in artifacts} == {
        path: sha256(path) for path in this.output
    }
    assert end["status"] == FINISHED
    # On the terminal: what the workflow says, with the job in front. In the log: everything.
    assert capsys.readouterr().err == "train reviews/small/seed0 | epoch 1/3\n"
    log = Path(this.log[0]).read_text()
    assert "epoch 1/3" in log
    assert "some.library: detail" in log


def test_a_failed_job_ends_its_log_with_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    this = script()

    def work() -> None:
        warnings.warn("a strange table", stacklevel=1)
        _ = 1 / 0

    with pytest.raises(ZeroDivisionError), job(this, "train"):
        work()
    log = Path(this.log[0]).read_text()
    assert "a strange table" in log
    assert log.rstrip().endswith("ZeroDivisionError: division by zero")
    assert "Traceback (most recent call last)" in log
    end = only_record()[-1]
    assert end["status"] == FAILED
    assert end["error"].endswith("ZeroDivisionError: division by zero")
    # Python prints the traceback of the script itself; it must not stand there twice.
    assert "Traceback" not in capsys.readouterr().err


def test_a_missing_output_fails_the_job() -> None:
    with pytest.raises(FileNotFoundError, match=r"model\.safetensors"), job(script(), "train"):
        pass
    assert only_record()[-1]["status"] == FAILED


def test_an_interrupted_job_is_killed() -> None:
    with pytest.raises(KeyboardInterrupt), job(script(), "train"):
        raise KeyboardInterrupt
    assert only_record()[-1]["status"] == KILLED


def test_logging_is_as_before_after_a_job() -> None:
    root = logging.getLogger()
    before = (list(root.handlers), root.level, warnings.showwarning)
    with pytest.raises(RuntimeError), job(script(), "train"):
        raise RuntimeError
    assert (list(root.handlers), root.level, warnings.showwarning) == before


def test_attempts_are_numbered_and_methods_named() -> None:
    this = script(
        output=[f"{FOLDER}/attributions/shap.parquet"],
        wildcards={"study": "reviews", "scale": "small", "seed": "0", "method": "shap"},
    )
    for _ in range(2):
        with job(this, "explain"):
            write_outputs(this)
    assert sorted(find_records()) == [
        Path(FOLDER) / "attributions/records/explain.shap.1.jsonl",
        Path(FOLDER) / "attributions/records/explain.shap.2.jsonl",
    ]


def test_a_job_without_a_study() -> None:
    this = script(output=["results/report/index.html"], wildcards={}, params={}, log=[])
    with job(this, "report"):
        write_outputs(this)
    start = only_record()[0]
    assert (start["name"], start["wildcards"], start["log"]) == ("report", {}, None)


def test_folders_of_outputs_keep_their_shape() -> None:
    attention = Path(FOLDER) / "attention"
    this = script(output=[str(attention / "attention.npz"), str(attention / "heatmaps")])
    with job(this, "attention"):
        (attention / "heatmaps").mkdir(parents=True)
        (attention / "attention.npz").write_bytes(b"maps")
        (attention / "heatmaps/test-3.png").write_bytes(b"picture")
    artifacts = [event for event in only_record() if event["event"] == "artifact"]
    assert [(Path(event["path"]).name, event["folder"]) for event in artifacts] == [
        ("attention.npz", None),
        ("test-3.png", "heatmaps"),
    ]


def test_the_object_that_snakemake_gives() -> None:
    this = script(
        input=InputFiles(fromdict={"data": "results/reviews/data/train.parquet"}),
        output=OutputFiles(fromdict={"model": f"{FOLDER}/model.safetensors"}),
        params=Params(fromdict={"model": {"layers": 2}, "code": "c0de"}),
        wildcards=Wildcards(fromdict={"study": "reviews", "scale": "small", "seed": "0"}),
        log=Log(["logs/train.log"]),
    )
    with job(this, "train"):
        write_outputs(this)
    start = only_record()[0]
    assert start["params"] == {"model.layers": 2}
    assert start["wildcards"] == {"study": "reviews", "scale": "small", "seed": "0"}
    assert start["outputs"] == [f"{FOLDER}/model.safetensors"]


def test_a_crash_below_python_leaves_its_stack_in_the_log() -> None:
    code = (
        "import ctypes\n"
        "from types import SimpleNamespace\n"
        "from vitrine.tracking.job import job\n"
        "this = SimpleNamespace(input=[], output=['results/a/x'], params={}, wildcards={},\n"
        "                       log=['logs/x.log'], threads=1)\n"
        "with job(this, 'train'):\n"
        "    ctypes.string_at(0)\n"
    )
    root = Path(__file__).parents[3] / "workflow"
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=False
    )
    assert done.returncode < 0
    assert "Segmentation fault" in Path("logs/x.log").read_text()
