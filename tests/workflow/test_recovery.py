"""After every accident one plain rerun ends with the numbers of a run that had none.

Jobs are really killed, disks really full, files really damaged. The accidents happen in a training
that is long enough to be met in its middle.
"""

import os
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest
import yaml
from running import SMOKE, command, runs, snakemake

from vitrine.tracking.events import read_ends, read_events

MODEL = Path("results/credit/nano/seed0")
CHECKPOINT = MODEL / "checkpoint.safetensors"
EPOCHS = 10


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    path = tmp_path_factory.mktemp("configuration") / "small.yaml"
    path.write_text(
        yaml.safe_dump(
            {
                "studies": ["credit"],
                "scales": ["nano"],
                "definitions": {"credit": {"training": {"epochs": EPOCHS, "patience": EPOCHS}}},
            }
        )
    )
    return ["--configfile", str(SMOKE), str(path)]


@pytest.fixture(scope="module")
def undisturbed(configuration: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the training has run without an accident."""
    folder = tmp_path_factory.mktemp("undisturbed")
    snakemake(folder, *configuration, "--", "train")
    return folder


@pytest.fixture
def prepared(undisturbed: Path, tmp_path: Path) -> Path:
    """A copy of the undisturbed folder as it was before the training."""
    shutil.copytree(undisturbed, tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "results/credit/nano")
    return tmp_path


@pytest.fixture
def run(configuration: list[str]):
    """Start a run in a folder; what still runs at the end of the test is killed."""
    started = []

    def start(folder: Path, *target: str) -> subprocess.Popen[bytes]:
        with (folder / "out.txt").open("w") as out:
            process = subprocess.Popen(
                command(folder, *configuration, "--", *(target or ["train"])),
                stdout=out,
                stderr=out,
                cwd=folder,
                start_new_session=True,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def eventually(holds, seconds: float = 60.0):
    until = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < until, f"did not come true in {seconds} s"
        time.sleep(0.02)
    return found


def training(folder: Path) -> psutil.Process:
    """The process of a training that has finished some epochs and is not done."""
    eventually((folder / CHECKPOINT).exists)
    (path,) = (folder / MODEL / "records").glob("train.*.jsonl")
    start, end = read_ends(path)
    assert start is not None
    assert end is None
    return psutil.Process(start["pid"])


def assert_one_rerun_equals(folder: Path, undisturbed: Path, configuration: list[str]) -> str:
    """Run again, plainly; returns what was printed."""
    printed = snakemake(folder, *configuration, "--", "train")
    compared = 0
    for path in sorted((undisturbed / "results/credit").rglob("*")):
        if path.is_file() and "records" not in path.parts:
            assert (folder / path.relative_to(undisturbed)).read_bytes() == path.read_bytes(), path
            compared += 1
    assert compared == 9
    assert not (folder / CHECKPOINT).exists()
    hidden = [path for path in (folder / "results").rglob(".*") if path.is_file()]
    assert hidden == []
    return printed


def resumed(folder: Path) -> bool:
    return "resuming after epoch" in (folder / "logs/credit/nano/seed0/train.log").read_text()


def summary(folder: Path) -> list[str]:
    """What stands last on the screen of a run that failed."""
    printed = (folder / "out.txt").read_text().rstrip()
    return printed.split("\n\n")[-1].splitlines()


def test_a_job_that_is_killed(prepared, undisturbed, configuration, run) -> None:
    process = run(prepared)
    training(prepared).kill()
    assert process.wait() == 1
    lines = summary(prepared)
    assert lines[0] == "The run failed."
    assert lines[1] == "train (study credit, scale nano, seed 0)"
    assert "the process was killed" in lines[2]
    assert lines[3].strip() == "log: logs/credit/nano/seed0/train.log"
    assert lines[4].startswith("Runs:   make ui")
    assert lines[-1].startswith("Resume: snakemake --")
    assert lines[-1].endswith("-- train")
    assert_one_rerun_equals(prepared, undisturbed, configuration)
    assert resumed(prepared)
    killed, finished = sorted((prepared / MODEL).glob("records/train.*.jsonl"))
    assert [read_ends(path)[1]["status"] for path in (killed, finished)] == ["KILLED", "FINISHED"]
    steps = [event["step"] for event in read_events(killed)[0] if event["event"] == "metrics"]
    assert steps == list(range(1, len(steps) + 1))


def test_snakemake_killed_leaves_a_job_that_runs_on(
    prepared, undisturbed, configuration, run
) -> None:
    process = run(prepared)
    job = training(prepared)
    # It would end by itself; as it is, it must not come in the way of the next run.
    job.suspend()
    process.kill()
    process.wait()
    assert job.is_running()
    printed = assert_one_rerun_equals(prepared, undisturbed, configuration)
    assert "the last run here was killed: its locks are removed" in printed
    assert not job.is_running()
    assert resumed(prepared)


def test_a_restart_of_the_machine(prepared, undisturbed, configuration, run) -> None:
    """Everything is gone at once, the tracker as well, and nobody could say a word."""
    before = len(runs(prepared))
    process = run(prepared)
    job = training(prepared)
    eventually(lambda: len(runs(prepared)) == before + 2)
    gone = [*psutil.Process(process.pid).children(recursive=True), job]
    trackers = [one for one in gone if "vitrine.tracking.tracker" in one.cmdline()]
    assert len(trackers) == 1
    for one in [psutil.Process(process.pid), *gone]:
        one.kill()
    process.wait()
    assert list(runs(prepared).status).count("RUNNING") == 2
    assert_one_rerun_equals(prepared, undisturbed, configuration)
    table = runs(prepared)
    assert sorted(table.status) == ["FINISHED"] * (before + 2) + ["KILLED"] * 2
    assert set(table[table.status == "KILLED"].stage) == {"invocation", "train"}
    killed = table[table.status == "KILLED"].set_index("stage")
    assert killed.loc["train", "mlflow.parentRunId"] == killed.loc["invocation", "run"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped(number, prepared, undisturbed, configuration, run) -> None:
    """By Ctrl-C, and by a computer that shuts down or a batch system: all processes get it."""
    process = run(prepared)
    training(prepared)
    os.killpg(process.pid, number)
    assert process.wait() != 0
    assert summary(prepared)[0] == f"Stopped by {number.name}."
    assert summary(prepared)[-1].startswith("Resume: snakemake --")
    assert_one_rerun_equals(prepared, undisturbed, configuration)
    assert resumed(prepared)
    statuses = runs(prepared).groupby("stage").status.apply(sorted)
    assert statuses["train"] == ["FINISHED", "FINISHED", "KILLED"]
    assert statuses["invocation"] == ["FINISHED", "FINISHED", "KILLED"]


def test_a_job_out_of_memory(prepared, undisturbed, configuration, run) -> None:
    process = run(prepared)
    job = training(prepared)
    # No further allocation succeeds.
    resource.prlimit(job.pid, resource.RLIMIT_AS, (2**20, resource.RLIM_INFINITY))
    assert process.wait() == 1
    assert summary(prepared)[1] == "train (study credit, scale nano, seed 0)"
    assert_one_rerun_equals(prepared, undisturbed, configuration)


@pytest.fixture
def small_disk(tmp_path: Path):
    """Fill the disk on which a folder lies, and make room again."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no small disk can be made here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk(prepared, undisturbed, configuration, run, small_disk) -> None:
    folder = small_disk / "project"
    shutil.copytree(prepared, folder, ignore=shutil.ignore_patterns("disk"))
    process = run(folder)
    job = training(folder)
    job.suspend()
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(2**12))
        except OSError:
            pass
    job.resume()
    assert process.wait() != 0
    log = (folder / "logs/credit/nano/seed0/train.log").read_text()
    filler.unlink()
    assert not (folder / MODEL / "model.safetensors").exists(), log
    assert_one_rerun_equals(folder, undisturbed, configuration)


def test_damaged_results_are_set_aside_and_made_anew(prepared, undisturbed, configuration) -> None:
    shutil.copytree(undisturbed, prepared, dirs_exist_ok=True)
    table = prepared / "results/credit/data/validation.parquet"
    model = prepared / MODEL / "model.safetensors"
    os.truncate(table, 1000)
    content = bytearray(model.read_bytes())
    content[-1] ^= 1
    model.write_bytes(content)
    # Not in the seconds in which Snakemake itself touches the file.
    later = time.time() + 10
    os.utime(model, (later, later))
    # A dry run tells and changes nothing.
    printed = snakemake(prepared, *configuration, "-n", "--", "train")
    assert "validation.parquet: it has 1,000 bytes instead of" in printed
    assert "model.safetensors: its content has changed (SHA-256)" in printed
    assert table.stat().st_size == 1000
    assert model.read_bytes() == content
    assert_one_rerun_equals(prepared, undisturbed, configuration)
    aside = {path.name: path for path in prepared.rglob("*.damaged")}
    assert sorted(aside) == ["model.safetensors.damaged", "validation.parquet.damaged"]
    assert aside["model.safetensors.damaged"].read_bytes() == content


def test_two_runs_at_once(prepared, undisturbed, configuration, run) -> None:
    first = run(prepared)
    job = training(prepared)
    job.suspend()
    printed = snakemake(prepared, *configuration, "--", "train", expect=1)
    assert f"another snakemake (process {first.pid}) works in this folder" in printed
    job.resume()
    assert first.wait() == 0
    assert_one_rerun_equals(prepared, undisturbed, configuration)


def test_a_clock_that_ran_ahead(prepared, undisturbed, configuration) -> None:
    """Files from the future make no stage run again and again."""
    shutil.copytree(undisturbed, prepared, dirs_exist_ok=True)
    later = time.time() + 86400
    for path in (prepared / "results/credit/data").iterdir():
        if path.is_file():
            os.utime(path, (later, later))
    printed = assert_one_rerun_equals(prepared, undisturbed, configuration)
    assert "Nothing to be done" in printed
    assert "train.parquet had a time stamp in the future" in printed
    assert max(path.stat().st_mtime for path in prepared.rglob("*.parquet")) < time.time()
