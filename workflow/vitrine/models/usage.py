"""How busy a GPU is while a job runs, as its driver samples it."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import numpy as np

INTERVAL_MILLISECONDS = 500
_QUERY = "utilization.gpu,memory.used"


class Usage:
    """Samples of a GPU.

    Attributes:
        busy: share of the time before each sample in which a kernel ran, in percent.
        megabytes: memory in use at each sample.
    """

    def __init__(self) -> None:
        self.busy: list[float] = []
        self.megabytes: list[float] = []

    def metrics(self) -> dict[str, float]:
        """``gpu/idle_share`` in [0, 1] and ``gpu/peak_memory_mb``; empty without a sample."""
        if not self.busy:
            return {}
        return {
            "gpu/idle_share": 1 - float(np.mean(self.busy)) / 100,
            "gpu/peak_memory_mb": max(self.megabytes),
        }

    def follow(self, lines: IO[str]) -> None:
        """Take in what ``nvidia-smi`` prints until it ends."""
        for line in lines:
            try:
                busy, megabytes = map(float, line.split(","))
            except ValueError:
                # "[N/A]": this GPU does not report it.
                continue
            self.busy.append(busy)
            self.megabytes.append(megabytes)


@contextmanager
def usage(gpus: str | None) -> Iterator[Usage]:
    """Sample GPUs while the block runs.

    Args:
        gpus: identities, as in ``CUDA_VISIBLE_DEVICES``; None samples nothing.
    """
    samples = Usage()
    if not gpus:
        yield samples
        return
    command = ["nvidia-smi", f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"]
    command += [f"--id={gpus}", f"--loop-ms={INTERVAL_MILLISECONDS}"]
    try:
        sampler = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
    except OSError:
        yield samples
        return
    assert sampler.stdout is not None
    thread = threading.Thread(target=samples.follow, args=(sampler.stdout,), daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        sampler.terminate()
        sampler.wait()
        thread.join()
