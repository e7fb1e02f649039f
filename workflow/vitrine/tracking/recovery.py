"""What the start of a run puts right: locks and jobs of a killed run, damaged files, odd clocks.

Light: the Snakefile imports this, and calls `prepare` before Snakemake looks at any file.
"""

import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from vitrine.tracking.outputs import (
    all_files,
    back_from_the_future,
    damaged_outputs,
    set_aside,
)
from vitrine.tracking.record import alive, invocation_path, read_ends

LOCKS = Path(".snakemake/locks")
_PATIENCE_SECONDS = 5.0
# Options with which Snakemake runs nothing, shortened ones included.
_LOOKS = (
    *("--dry", "--lint", "--list", "--dag", "--rulegraph", "--filegraph", "--d3dag", "--summary"),
    *(
        "--detailed-summary",
        "--unlock",
        "--report",
        "--archive",
        "--print-compilation",
        "--version",
    ),
)


def prepare(arguments: Sequence[str]) -> None:
    """Make the working directory ready for a run, and say on the terminal what was done.

    A dry run, and whatever else only looks, is told what is wrong with the results.

    Args:
        arguments: Snakemake's command line, which alone says what the Snakefile is read for.
    """
    if any(_only_looks(word) for word in arguments):
        for output, reason in damaged_outputs(all_files()):
            _say(f"{reason}; a run sets {output} aside and makes it anew")
        return
    if _clear_locks():
        files = all_files()
        for output, reason in list(damaged_outputs(files)):
            _say(f"{reason}; set aside as {set_aside(output)}, and made anew if it is needed")
        for path in back_from_the_future(files):
            _say(f"{path} had a time stamp in the future; it has that of its job again")


def _only_looks(argument: str) -> bool:
    long = argument.startswith(_LOOKS)
    # Several short options can stand in one word: -np.
    return long or re.fullmatch(r"-[a-zA-Z]*[nlSD][a-zA-Z]*", argument) is not None


def _clear_locks() -> bool:
    """Remove the locks of a run that is gone; return whether the directory is free."""
    locks = sorted(LOCKS.glob("*")) if LOCKS.is_dir() else []
    if not locks:
        return True
    masters, orphans = _processes_here()
    if masters:
        _say(
            f"another snakemake (process {masters[0].pid}) works in this folder: "
            "wait for it or end it, then run this again"
        )
        return False
    away = _unended_elsewhere()
    if away is not None:
        _say(
            f"this folder is locked by a run on {away}, which has not ended; if that computer no "
            "longer runs it, remove the locks with: snakemake --unlock"
        )
        return False
    for process in orphans:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(orphans, timeout=_PATIENCE_SECONDS)
    for lock in locks:
        lock.unlink(missing_ok=True)
    _say(
        "the last run here was killed: its locks are removed"
        + (f", and {len(orphans)} processes that it left behind are ended" if orphans else "")
    )
    return True


def _processes_here() -> tuple[list[psutil.Process], list[psutil.Process]]:
    """Other runs of Snakemake in this folder, and processes that work for one of its jobs."""
    here = Path.cwd()
    own = {process.pid for process in [psutil.Process(), *psutil.Process().parents()]}
    masters, workers = [], []
    for process in psutil.process_iter():
        if process.pid in own:
            continue
        try:
            words = process.cmdline()
            if Path(process.cwd()) != here:
                continue
        except (psutil.Error, OSError):
            continue
        of_a_job = "--mode subprocess" in " ".join(words)
        if of_a_job or any("/.snakemake/scripts/" in word for word in words):
            workers.append(process)
        elif any(Path(word).name == "snakemake" for word in words[:4]):
            masters.append(process)
    return masters, workers


def _unended_elsewhere() -> str | None:
    """The host of an invocation that has not ended, if it is another one than this."""
    for path in invocation_path("x").parent.glob("*.jsonl"):
        start, end = read_ends(path)
        if start is not None and end is None and alive(start) is None:
            return start["host"]
    return None


def _say(text: str) -> None:
    print(f"Vitrine: {text}", file=sys.stderr)
