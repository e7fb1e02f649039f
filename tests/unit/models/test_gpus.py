"""Graphics cards without any: a simulated driver tells of two, and jobs must not share them."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from vitrine.models import gpus
from vitrine.models.machine import Machine
from vitrine.models.usage import usage

FIRST, SECOND = "GPU-00000000-aaaa", "GPU-11111111-bbbb"
DRIVER = f"""#!/bin/sh
if [ "$1" = -L ]; then
  echo "GPU 0: NVIDIA H100 80GB HBM3 (UUID: {FIRST})"
  echo "GPU 1: NVIDIA H100 80GB HBM3 (UUID: {SECOND})"
else
  for sample in "90, 1000" "70, 3000" "[N/A], 3000"; do echo "$sample"; done
  exec sleep 60
fi
"""
HOLD = """
import sys, time
from vitrine.models.gpus import acquire
print(*acquire(int(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """A machine with two cards, as its driver tells it."""
    program = tmp_path / "bin" / "nvidia-smi"
    program.parent.mkdir()
    program.write_text(DRIVER)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(Path(gpus.__file__).parents[2]))
    monkeypatch.delenv(gpus.VISIBLE, raising=False)
    return program


@pytest.fixture
def job(driver):
    """Start a process that takes cards and keeps them until its input ends."""
    assert driver.exists()
    started = []

    def start(count):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_jobs_that_run_together_take_different_cards_and_the_next_one_waits(job):
    one, two = job(1), job(1)
    taken = [process.stdout.readline().strip() for process in (one, two)]
    assert sorted(taken) == [FIRST, SECOND]
    three = job(1)
    with pytest.raises(subprocess.TimeoutExpired):
        three.wait(1.5)
    # However a job ends, its card is free.
    two.kill()
    assert three.stdout.readline().strip() == taken[1]


def test_who_needs_two_cards_does_not_keep_one_while_it_waits(job):
    one = job(1)
    first = one.stdout.readline().strip()
    both = job(2)
    time.sleep(1.0)
    other = job(1)
    assert other.stdout.readline().strip() in {FIRST, SECOND} - {first}
    one.kill()
    other.kill()
    assert sorted(both.stdout.readline().split()) == [FIRST, SECOND]


@pytest.mark.usefixtures("driver")
@pytest.mark.parametrize(
    ("named", "seen"),
    [(None, [FIRST, SECOND]), ("1", [SECOND]), (f"{SECOND},0", [SECOND, FIRST]), ("-1", [])],
)
def test_only_visible_cards_are_taken(monkeypatch, named, seen):
    if named is not None:
        monkeypatch.setenv(gpus.VISIBLE, named)
    assert gpus.visible() == seen


@pytest.mark.usefixtures("driver")
def test_how_busy_a_card_is():
    with usage(FIRST) as samples:
        until = time.monotonic() + 20
        while len(samples.busy) < 2 and time.monotonic() < until:
            time.sleep(0.05)
    assert samples.metrics() == {"gpu/idle_share": pytest.approx(0.2), "gpu/peak_memory_mb": 3000}


def test_without_a_driver_there_is_no_card_and_nothing_to_sample(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpus.visible() == []
    assert gpus.acquire(1) == []
    with usage(FIRST) as samples:
        pass
    assert samples.metrics() == {}


@pytest.mark.usefixtures("driver")
def test_a_job_sees_the_card_that_it_was_given_and_no_other(monkeypatch):
    monkeypatch.setenv(gpus.VISIBLE, "1")
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert Machine(gpus=1, required=True).device() == torch.device("cuda")
    assert os.environ[gpus.VISIBLE] == SECOND


@pytest.mark.usefixtures("driver")
@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_a_job_that_needs_a_card_says_what_is_missing(monkeypatch):
    with pytest.raises(RuntimeError, match="the scheduler gave this job none"):
        Machine(required=True).device()
    monkeypatch.setenv(gpus.VISIBLE, "-1")
    assert Machine(gpus=1).device() == torch.device("cpu")
    with pytest.raises(RuntimeError, match="this machine shows none"):
        Machine(gpus=1, required=True).device()
