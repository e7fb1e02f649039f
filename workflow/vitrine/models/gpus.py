"""GPUs of one machine, each for one job at a time.

A scheduler that knows GPUs, such as Slurm, shows a job only its own. Without one, jobs that start
together would all use the first. So a job locks the GPUs that it uses, by their identities, for as
long as its process lives; where all are in use it waits.
"""

import logging
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

from filelock import FileLock, Timeout

log = logging.getLogger(__name__)

VISIBLE = "CUDA_VISIBLE_DEVICES"
_LINE = re.compile(r"GPU (\d+): .*\(UUID: (GPU-[0-9a-f-]+)\)")
_SLICE = re.compile(r"\(UUID: (MIG-[0-9a-f-]+)\)")
_PAUSE_SECONDS = 0.5

# Locks end with the process, and with the objects, which this keeps.
_held: list[FileLock] = []


def acquire(count: int) -> list[str]:
    """Lock GPUs for this process, waiting for them, and hide the others from it.

    Sets ``CUDA_VISIBLE_DEVICES``, so call it before CUDA is used.

    Args:
        count: how many; if there are fewer, all are locked.

    Returns:
        Their identities; empty where there is no GPU.
    """
    gpus = visible()
    if not gpus:
        return []
    count = min(count, len(gpus))
    folder = Path(tempfile.gettempdir()) / f"vitrine-gpus-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    reported = False
    while True:
        locks = [(gpu, lock) for gpu in gpus if (lock := _locked(folder / gpu)) is not None]
        # Whoever holds some and waits for others could wait for ever.
        for _, lock in locks[count:] if len(locks) >= count else locks:
            lock.release()
        if len(locks) >= count:
            break
        if not reported:
            log.info("waiting for %d of %d GPUs", count, len(gpus))
            reported = True
        time.sleep(_PAUSE_SECONDS)
    acquired = [gpu for gpu, _ in locks[:count]]
    _held.extend(lock for _, lock in locks[:count])
    os.environ[VISIBLE] = ",".join(acquired)
    return acquired


def visible() -> list[str]:
    """Identities of the GPUs that this process may use, by the driver and the environment."""
    try:
        lines = subprocess.run(
            ["nvidia-smi", "-L"], capture_output=True, text=True, check=True
        ).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        return []
    gpus = {match[1]: match[2] for line in lines if (match := _LINE.match(line))}
    slices = {match[1] for line in lines if (match := _SLICE.search(line))}
    stated = os.environ.get(VISIBLE)
    if stated is None:
        return list(gpus.values())
    names = [gpus.get(name.strip(), name.strip()) for name in stated.split(",")]
    return [name for name in names if name in {*gpus.values(), *slices}]


def _locked(path: Path) -> FileLock | None:
    """The lock of a file; None if another process holds it."""
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return None
    return lock
