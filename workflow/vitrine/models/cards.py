"""Graphics cards of one machine, each for one job at a time.

A scheduler that knows cards, such as Slurm, shows a job only its own. Without one, jobs that start
together would all take the first card. So a job locks the card that it takes, by its identity, for
as long as its process lives; where all are taken it waits.
"""

import fcntl
import logging
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)

VISIBLE = "CUDA_VISIBLE_DEVICES"
_LINE = re.compile(r"GPU (\d+): .*\(UUID: (GPU-[0-9a-f-]+)\)")
_SLICE = re.compile(r"\(UUID: (MIG-[0-9a-f-]+)\)")
_PAUSE_SECONDS = 0.5

# Locks end with the process; this keeps their files open.
_held: list[IO[str]] = []


def take(count: int) -> list[str]:
    """Take cards for this process, waiting for them, and make it see no others.

    Sets ``CUDA_VISIBLE_DEVICES``, so call it before CUDA is used.

    Args:
        count: how many; if there are not so many, all are taken.

    Returns:
        Their identities; empty where there is no card.
    """
    there = visible()
    if not there:
        return []
    count = min(count, len(there))
    folder = Path(tempfile.gettempdir()) / f"vitrine-cards-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    said = False
    while True:
        locks = [(card, lock) for card in there if (lock := _locked(folder / card)) is not None]
        for _, lock in locks[count:]:
            lock.close()
        if len(locks) >= count:
            break
        # Who holds some and waits for others could wait for ever.
        for _, lock in locks:
            lock.close()
        if not said:
            log.info("waiting for %d of %d graphics cards", count, len(there))
            said = True
        time.sleep(_PAUSE_SECONDS)
    taken = [card for card, _ in locks[:count]]
    _held.extend(lock for _, lock in locks[:count])
    os.environ[VISIBLE] = ",".join(taken)
    return taken


def visible() -> list[str]:
    """Identities of the cards that this process may use, as the driver and the environment say."""
    try:
        lines = subprocess.run(
            ["nvidia-smi", "-L"], capture_output=True, text=True, check=True
        ).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        return []
    cards = {match[1]: match[2] for line in lines if (match := _LINE.match(line))}
    known = {*cards.values(), *(match[1] for line in lines if (match := _SLICE.search(line)))}
    wanted = os.environ.get(VISIBLE)
    if wanted is None:
        return list(cards.values())
    named = [cards.get(name.strip(), name.strip()) for name in wanted.split(",")]
    return [name for name in named if name in known]


def _locked(path: Path) -> IO[str] | None:
    """The file, locked; None if another process holds it."""
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file
