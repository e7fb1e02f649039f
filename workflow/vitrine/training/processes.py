"""Starts the processes that train one model together, with PyTorch's ``torchrun``.

The process that starts them, a job of the workflow, waits and passes on the messages of the first
one; it uses no GPU itself. If it is killed, they end as well.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from vitrine.tracking.redaction import last_lines

log = logging.getLogger(__name__)

# The module that every process runs; digests of code must name it.
WORKER = "vitrine.training.worker"
_POLL_SECONDS = 0.2

Message = dict[str, Any]


def train_in_processes(
    training: str,
    processes: int,
    threads: int,
    device: torch.device,
    report: Callable[[dict[str, float], int], None],
) -> int:
    """Run `vitrine.training.worker` in several processes until the model is trained.

    Args:
        training: a `vitrine.training.fit.Training` as JSON.
        processes: number of processes.
        threads: CPU threads of each.
        device: kind of device, one per process.
        report: called with metrics and the epoch.

    Returns:
        The number of weights.

    Raises:
        RuntimeError: a process failed; the message ends as its output does.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        messages, output = folder / "messages.jsonl", folder / "output.txt"
        messages.touch()
        arguments = folder / "arguments.json"
        facts = {"training": training, "threads": threads, "device": device.type}
        arguments.write_text(json.dumps(facts | {"messages": str(messages)}))
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
        command += ["--nproc-per-node", str(processes), "--module", WORKER, str(arguments)]
        with output.open("wb") as text:
            # Nothing is ever written to their input: it ends when this process does.
            workers = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=text, stderr=text, env=_environment()
            )
        message: Message = {}
        try:
            for message in _follow(messages, workers):
                if "log" in message:
                    log.info("%s", message["log"])
                elif "epoch" in message:
                    report(message["metrics"], message["epoch"])
        finally:
            workers.terminate()
            workers.wait()
        if workers.returncode:
            raise RuntimeError(
                f"{processes} processes could not train the model:\n"
                + last_lines(output.read_text(errors="replace"))
            )
    # The last message of the first process.
    return int(message["parameters"])


def _follow(messages: Path, workers: "subprocess.Popen[bytes]") -> Iterator[Message]:
    """The messages until the processes have ended, line by line."""
    with messages.open() as lines:
        ended = False
        while not ended:
            ended = workers.poll() is not None
            incomplete = ""
            while line := lines.readline():
                incomplete += line
                if incomplete.endswith("\n"):
                    yield json.loads(incomplete)
                    incomplete = ""
            if not ended:
                time.sleep(_POLL_SECONDS)


def _environment() -> dict[str, str]:
    """The environment of this process, with this library on the path."""
    paths = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}


class Messenger(logging.Handler):
    """Sends messages from the first worker to the process that started it.

    Args:
        path: the file that is followed.
    """

    def __init__(self, path: str) -> None:
        super().__init__(logging.INFO)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND)

    def send(self, **content: Any) -> None:
        """Send a message; its values must be JSON."""
        os.write(self._file, (json.dumps(content) + "\n").encode())

    def report(self, metrics: dict[str, float], epoch: int) -> None:
        """Send the metrics of an epoch."""
        self.send(metrics=metrics, epoch=epoch)

    def emit(self, record: logging.LogRecord) -> None:
        """Send a line of the log."""
        self.send(log=record.getMessage())


def end_with_parent() -> None:
    """End this process when the one that waits for it is gone, for whatever reason."""

    def watch() -> None:
        # Not `sys.stdin`, whose lock would be missed when this process ends by itself.
        while os.read(0, 1):
            continue
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
