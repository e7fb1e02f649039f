"""The run record: whole lines, valid prefixes, honest numbers, no secrets."""

import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitrine.files import sha256
from vitrine.tracking.events import FAILED, FINISHED, KILLED, read_ends, read_events
from vitrine.tracking.paths import attempt_paths, find_records
from vitrine.tracking.processes import close_abandoned, is_running
from vitrine.tracking.record import Record, flatten
from vitrine.tracking.redaction import without_secrets


def make(path: Path, **changes) -> Record:
    content = {
        "stage": "train",
        "name": "train small/seed0",
        "wildcards": {"study": "reviews", "scale": "small", "seed": "0"},
        "params": {"learning_rate": 0.001},
        "tags": {},
        "command": "snakemake --cores 1 results/reviews/small/seed0/model.safetensors",
    }
    return Record(path, **(content | changes))


def strict(line: bytes) -> dict:
    """Parse a line as JSON proper, which knows no NaN."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(line, parse_constant=refuse)


def test_a_reader_follows_while_the_record_is_written(tmp_path: Path) -> None:
    record = make(tmp_path / "train.1.jsonl")
    events, offset = read_events(record.path)
    assert [event["event"] for event in events] == ["start"]
    record.metrics({"loss": 0.5}, step=1)
    record.tag("note", "first")
    events, offset = read_events(record.path, offset)
    assert [event["event"] for event in events] == ["metrics", "tag"]
    assert (events[0]["step"], events[0]["values"]) == (1, {"loss": 0.5})
    assert read_events(record.path, offset) == ([], offset)


def test_the_start_says_what_runs_where(tmp_path: Path) -> None:
    before = time.time()
    record = make(tmp_path / "train.1.jsonl", details={"log": "logs/train.log"})
    start, end = read_ends(record.path)
    assert end is None
    assert start["stage"] == "train"
    assert start["wildcards"]["scale"] == "small"
    assert start["params"] == {"learning_rate": 0.001}
    assert start["pid"] == os.getpid()
    assert start["log"] == "logs/train.log"
    assert before <= start["time"] <= time.time()
    assert start["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert start["versions"]["numpy"] == np.__version__


def test_numbers_that_json_does_not_know_survive(tmp_path: Path) -> None:
    record = make(tmp_path / "a.jsonl", params={"limit": math.inf, "grid": [1, math.nan]})
    record.metrics({"loss": math.nan, "low": -math.inf, "auc": np.float32(0.5)}, step=np.int64(3))
    for line in record.path.read_bytes().splitlines():
        strict(line)
    start, metrics = read_events(record.path)[0]
    assert float(start["params"]["limit"]) == math.inf
    values = {key: float(value) for key, value in metrics["values"].items()}
    assert math.isnan(values["loss"])
    assert values["low"] == -math.inf
    assert values["auc"] == 0.5
    assert metrics["step"] == 3


def test_what_is_no_number_is_refused_by_name(tmp_path: Path) -> None:
    record = make(tmp_path / "a.jsonl")
    with pytest.raises(TypeError, match=r"'confusion'.*\[1, 2\]"):
        record.metrics({"confusion": [1, 2]})  # type: ignore[dict-item]


def test_a_parameter_has_one_value(tmp_path: Path) -> None:
    record = make(tmp_path / "a.jsonl")
    record.params({"learning_rate": 0.001, "parameters": 1200})
    with pytest.raises(ValueError, match="'parameters' is already 1200"):
        record.params({"parameters": 1300})


def test_an_artifact_has_size_and_digest(tmp_path: Path) -> None:
    made = tmp_path / "model.bin"
    made.write_bytes(b"weights")
    record = make(tmp_path / "a.jsonl")
    record.artifact(made, folder="models")
    event = read_events(record.path)[0][-1]
    assert (event["size"], event["sha256"], event["folder"]) == (7, sha256(made), "models")
    with pytest.raises(FileNotFoundError):
        record.artifact(tmp_path / "missing")


def test_the_end_carries_cost_and_the_end_of_the_error(tmp_path: Path) -> None:
    record = make(tmp_path / "a.jsonl")
    record.end(FAILED, error="\n".join(f"line {number}" for number in range(1000)))
    _, end = read_ends(record.path)
    assert end["status"] == FAILED
    assert end["error"].endswith("line 999")
    assert "line 10\n" not in end["error"]
    assert end["wall_seconds"] >= 0
    assert end["cpu_seconds"] > 0
    assert end["peak_memory_bytes"] > 2**20


def test_a_record_is_never_overwritten(tmp_path: Path) -> None:
    first, second = (make(next(attempt_paths(tmp_path, "train"))) for _ in range(2))
    assert [first.path.name, second.path.name] == ["train.1.jsonl", "train.2.jsonl"]
    with pytest.raises(FileExistsError):
        make(first.path)


@given(cut=st.integers(min_value=0, max_value=10_000))
def test_every_prefix_of_a_record_is_a_record(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("prefix")
    record = make(folder / "whole.jsonl")
    for step in range(5):
        record.metrics({"loss – training": 1 / (step + 1)}, step=step)
    record.end(FINISHED)
    whole = record.path.read_bytes()
    part = folder / "part.jsonl"
    part.write_bytes(whole[:cut])
    events, offset = read_events(part)
    assert events == read_events(record.path)[0][: len(events)]
    assert len(events) == whole[:cut].count(b"\n")
    part.write_bytes(whole)
    assert events + read_events(part, offset)[0] == read_events(record.path)[0]


def test_neither_environment_nor_passwords_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "open-sesame")
    record = make(
        tmp_path / "a.jsonl",
        params={"source": "https://ann:open-sesame@example.org/table.csv"},
        command="snakemake --config uri=postgresql://ann:open-sesame@host/db",
    )
    record.dataset("table", "00", "input", "s3://ann:open-sesame@bucket/table.csv")
    record.end(FAILED, error="cannot reach https://ann:open-sesame@example.org")
    assert "open-sesame" not in record.path.read_text()
    assert "https://example.org/table.csv" in record.path.read_text()


def test_addresses_without_secrets_stay_as_they_are() -> None:
    text = "see https://example.org/@user and mail a@b.org"
    assert without_secrets(text) == text


def test_a_process_is_known_to_be_gone(tmp_path: Path) -> None:
    start, _ = read_ends(make(tmp_path / "a.jsonl").path)
    assert is_running(start) is True
    assert is_running(start | {"host": "elsewhere"}) is None
    # The same number given to a later process is not the same process.
    assert is_running(start | {"process_start": start["process_start"] - 3600}) is False
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    assert is_running(start | {"pid": child.pid}) is False


def test_a_killed_job_is_closed_for_it(tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    log.write_text("epoch 1\nepoch 2\n")
    record = make(tmp_path / "a.jsonl", details={"log": str(log)})
    with record.path.open("ab") as file:
        file.write(b'{"event": "metr')
    start, _ = read_ends(record.path)
    close_abandoned(record.path, start)
    _, end = read_ends(record.path)
    assert end["status"] == KILLED
    assert end["error"] == "epoch 1\nepoch 2"
    assert [event["event"] for event in read_events(record.path)[0]] == ["start", "end"]

    log.write_text("epoch 1\nTraceback (most recent call last):\nMemoryError\n")
    other = make(tmp_path / "b.jsonl", details={"log": str(log)})
    close_abandoned(other.path, start)
    assert read_ends(other.path)[1]["status"] == FAILED


def test_records_are_found_in_their_folders_only(tmp_path: Path) -> None:
    inside = make(tmp_path / "reviews/small/seed0/records/train.1.jsonl").path
    above = make(tmp_path / "records/20260101.jsonl").path
    make(tmp_path / "reviews/other.jsonl")
    assert set(find_records(tmp_path)) == {inside, above}


def test_nested_settings_become_dotted_keys() -> None:
    nested = {"training": {"rate": 0.1, "schedule": {"warm_up": 5}}, "layers": [1, 2], "empty": {}}
    assert flatten(nested) == {
        "training.rate": 0.1,
        "training.schedule.warm_up": 5,
        "layers": [1, 2],
        "empty": {},
    }


def test_jobs_and_the_snakefile_import_nothing_heavy() -> None:
    code = (
        "import sys, vitrine.tracking.job, vitrine.tracking.invocation\n"
        "print(sorted({'mlflow', 'pandas', 'torch', 'sklearn', 'numpy'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[3] / "workflow"
    shown = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == "[]"
