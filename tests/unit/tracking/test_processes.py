"""One process at a time sends the records of an invocation, however it ends."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import filelock
import pytest

from vitrine.tracking.paths import lock_path
from vitrine.tracking.processes import claim

WORKFLOW = Path(__file__).parents[3] / "workflow"
HOLDER = """
import sys, time
from pathlib import Path
from vitrine.tracking.processes import claim

with claim(Path(sys.argv[1])) as claimed:
    print(claimed, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "20260101-000000-abcdef.jsonl"
    path.write_text("{}\n")
    return path


def hold(record: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(record)],
        env=os.environ | {"PYTHONPATH": str(WORKFLOW)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    return process


def test_a_claim_excludes_others_and_ends_with_its_block(record: Path) -> None:
    with claim(record) as first:
        assert first
        with claim(record) as second:
            assert not second
    with claim(record) as third:
        assert third
    assert record.read_text() == "{}\n"


def test_a_claim_ends_with_a_killed_process(record: Path) -> None:
    process = hold(record)
    with claim(record) as claimed:
        assert not claimed
    process.send_signal(signal.SIGKILL)
    process.wait()
    # The lock file stays and means nothing.
    assert lock_path(record).exists()
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with claim(record) as claimed:
            if claimed:
                break
        time.sleep(0.05)
    assert claimed


def test_where_the_file_system_has_no_locks_every_claim_succeeds(
    record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(_: filelock.FileLock) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(filelock.FileLock, "_acquire", no_locks)
    for _ in range(2):
        with claim(record) as claimed:
            assert claimed


def test_there_is_nothing_to_claim_without_a_record(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), claim(tmp_path / "missing.jsonl"):
        pass
    assert not lock_path(tmp_path / "missing.jsonl").exists()
