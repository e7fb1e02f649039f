"""Starts the processes that train one model together, with PyTorch's ``torchrun``.

The process that starts them, a job of the workflow, waits and passes on what the first of them
says; it uses no card itself. If it is killed, so are they.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from vitrine.tracking.redaction import last_lines

log = logging.getLogger(__name__)

MEMBER = "vitrine.stages.member"
_PAUSE_SECONDS = 0.2

Said = dict[str, Any]


def train_together(
    arguments: Mapping[str, Any], processes: int, report: Callable[[dict[str, float], int], None]
) -> Said:
    """Run `vitrine.stages.member` in several processes until the model is trained.

    Args:
        arguments: for each of them; JSON.
        processes: how many.
        report: called with metrics and the epoch.

    Returns:
        What the first process said last.

    Raises:
        RuntimeError: one of them failed; the message ends as its output does.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        progress, output = folder / "progress.jsonl", folder / "output.txt"
        progress.touch()
        asked = folder / "arguments.json"
        asked.write_text(json.dumps(dict(arguments) | {"progress": str(progress)}))
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
        command += ["--nproc-per-node", str(processes), "--module", MEMBER, str(asked)]
        with output.open("wb") as text:
            # Nothing is ever written to their input: it ends when this process does.
            members = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=text, stderr=text, env=_environment()
            )
        said: Said = {}
        try:
            for said in _followed(progress, members):
                if "log" in said:
                    log.info("%s", said["log"])
                elif "epoch" in said:
                    report(said["metrics"], said["epoch"])
        finally:
            members.terminate()
            members.wait()
        if members.returncode:
            raise RuntimeError(
                f"{processes} processes could not train the model:\n"
                + last_lines(output.read_text(errors="replace"))
            )
    return said


def _followed(progress: Path, members: "subprocess.Popen[bytes]") -> Iterator[Said]:
    """What is said until the processes are gone, line by line."""
    with progress.open() as lines:
        over = False
        while not over:
            over = members.poll() is not None
            waiting = ""
            while line := lines.readline():
                waiting += line
                if waiting.endswith("\n"):
                    yield json.loads(waiting)
                    waiting = ""
            if not over:
                time.sleep(_PAUSE_SECONDS)


def _environment() -> dict[str, str]:
    """The environment of this process, in which this library is found."""
    paths = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}


class Speaker(logging.Handler):
    """How the first process tells the one that started it about its progress.

    Args:
        path: the file that is followed.
    """

    def __init__(self, path: str) -> None:
        super().__init__(logging.INFO)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND)

    def say(self, **content: Any) -> None:
        """Say one thing; JSON."""
        os.write(self._file, (json.dumps(content) + "\n").encode())

    def report(self, metrics: dict[str, float], epoch: int) -> None:
        """Metrics of an epoch."""
        self.say(metrics=metrics, epoch=epoch)

    def emit(self, record: logging.LogRecord) -> None:
        """A line of the log."""
        self.say(log=record.getMessage())


def end_with_parent() -> None:
    """End this process when the one that waits for it is gone, however that went."""

    def watch() -> None:
        # Not `sys.stdin`, whose lock would be missed when this process ends by itself.
        while os.read(0, 1):
            continue
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
