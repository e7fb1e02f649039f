"""Recovery at the start of a run: locks and jobs of a killed run, damaged files, time stamps.

Light: the Snakefile imports this, and calls `prepare` before Snakemake looks at any file.
"""

import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from vitrine.tracking.events import read_ends
from vitrine.tracking.outputs import (
    all_recorded_files,
    damaged_outputs,
    reset_future_timestamps,
    set_aside,
)
from vitrine.tracking.paths import invocation_records
from vitrine.tracking.processes import is_running

LOCKS = Path(".snakemake/locks")
_PATIENCE_SECONDS = 5.0
# Options with which Snakemake runs nothing, abbreviations included.
_READ_ONLY_OPTIONS = (
    *("--dry", "--lint", "--list", "--dag", "--rulegraph", "--filegraph", "--d3dag", "--summary"),
    *("--detailed-summary", "--unlock", "--report", "--archive", "--print-compilation"),
    "--version",
)


def prepare(arguments: Sequence[str]) -> None:
    """Make the working directory ready for a run, and report on the terminal what was done.

    A dry run, and every other command that runs no job, only reports damaged results.

    Args:
        arguments: Snakemake's command line; nothing else tells whether jobs will run.
    """
    if any(_is_read_only(word) for word in arguments):
        for output, reason in damaged_outputs(all_recorded_files()):
            _report(f"{reason}; a run sets {output} aside and makes it again")
        return
    if _clear_locks():
        files = all_recorded_files()
        for output, reason in list(damaged_outputs(files)):
            _report(f"{reason}; set aside as {set_aside(output)}, and made again if it is needed")
        for path in reset_future_timestamps(files):
            _report(f"{path} had a time stamp in the future; it now has the time of its job")


def _is_read_only(argument: str) -> bool:
    long = argument.startswith(_READ_ONLY_OPTIONS)
    # Several short options can stand in one word: -np.
    return long or re.fullmatch(r"-[a-zA-Z]*[nlSD][a-zA-Z]*", argument) is not None


def _clear_locks() -> bool:
    """Remove the locks of a run whose process is gone; return whether the directory is free."""
    locks = sorted(LOCKS.glob("*")) if LOCKS.is_dir() else []
    if not locks:
        return True
    snakemakes, orphans = _processes_in_folder()
    if snakemakes:
        _report(
            f"another snakemake (process {snakemakes[0].pid}) works in this folder: "
            "wait for it or end it, then run this again"
        )
        return False
    host = _host_of_unfinished_run()
    if host is not None:
        _report(
            f"this folder is locked by a run on {host}, which has not ended; if that computer no "
            "longer runs it, remove the locks with: snakemake --unlock"
        )
        return False
    for process in orphans:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(orphans, timeout=_PATIENCE_SECONDS)
    for lock in locks:
        lock.unlink(missing_ok=True)
    _report(
        "the last run here was killed: its locks are removed"
        + (f", and {len(orphans)} processes that it left behind are ended" if orphans else "")
    )
    return True


def _processes_in_folder() -> tuple[list[psutil.Process], list[psutil.Process]]:
    """Other runs of Snakemake in this folder, and processes that work for one of its jobs."""
    folder = Path.cwd()
    ancestors = {process.pid for process in [psutil.Process(), *psutil.Process().parents()]}
    snakemakes, workers = [], []
    for process in psutil.process_iter():
        if process.pid in ancestors:
            continue
        try:
            words = process.cmdline()
            if Path(process.cwd()) != folder:
                continue
        except (psutil.Error, OSError):
            continue
        runs_a_job = "--mode subprocess" in " ".join(words)
        if runs_a_job or any("/.snakemake/scripts/" in word for word in words):
            workers.append(process)
        elif any(Path(word).name == "snakemake" for word in words[:4]):
            snakemakes.append(process)
    return snakemakes, workers


def _host_of_unfinished_run() -> str | None:
    """The host of an invocation that has not ended, if it is another host than this one."""
    for path in invocation_records():
        start, end = read_ends(path)
        if start is not None and end is None and is_running(start) is None:
            return start["host"]
    return None


def _report(text: str) -> None:
    print(f"Vitrine: {text}", file=sys.stderr)
