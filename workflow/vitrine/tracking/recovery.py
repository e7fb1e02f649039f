"""What the start of a run puts right: locks and jobs of a killed run, damaged files, odd clocks.

Light: the Snakefile imports this, and calls `prepare` before Snakemake looks at any file.
"""

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from vitrine.tracking.outputs import back_from_the_future, damaged_outputs, set_aside
from vitrine.tracking.record import alive, invocation_path, read_ends

LOCKS = Path(".snakemake/locks")
_PATIENCE_SECONDS = 5.0


def prepare(*, dryrun: bool) -> None:
    """Make the working directory ready for a run, and say on the terminal what was done.

    Args:
        dryrun: only say what is wrong with the results.
    """
    if dryrun:
        for output, reason in damaged_outputs():
            _say(f"{reason}; a run sets {output} aside and makes it anew")
        return
    if _clear_locks():
        for output, reason in list(damaged_outputs()):
            _say(f"{reason}; set aside as {set_aside(output)}, and made anew if it is needed")
        for path in back_from_the_future():
            _say(f"{path} had a time stamp in the future; it has that of its job again")


def _clear_locks() -> bool:
    """Remove the locks of a run that is gone; return whether the directory is free."""
    locks = sorted(LOCKS.glob("*")) if LOCKS.is_dir() else []
    if not locks:
        return True
    others = list(_other_snakemakes())
    masters = [process for process in others if not _runs_one_job(process)]
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
    orphans = [part for process in others for part in [process, *process.children(recursive=True)]]
    for process in orphans:
        # First all of them: a job that sees its script fail would remove what is made next.
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


def _other_snakemakes() -> Iterator[psutil.Process]:
    """Snakemake processes in this folder that are neither this one nor above it."""
    here = Path.cwd()
    own = {process.pid for process in [psutil.Process(), *psutil.Process().parents()]}
    for process in psutil.process_iter():
        if process.pid in own:
            continue
        try:
            words = [Path(word).name for word in process.cmdline()[:4]]
            if "snakemake" in words and Path(process.cwd()) == here:
                yield process
        except (psutil.Error, OSError):
            continue


def _runs_one_job(process: psutil.Process) -> bool:
    words = process.cmdline()
    return "--mode" in words and words[words.index("--mode") + 1 :][:1] == ["subprocess"]


def _unended_elsewhere() -> str | None:
    """The host of an invocation that has not ended, if it is another one than this."""
    for path in invocation_path("x").parent.glob("*.jsonl"):
        start, end = read_ends(path)
        if start is not None and end is None and alive(start) is None:
            return start["host"]
    return None


def _say(text: str) -> None:
    print(f"Vitrine: {text}", file=sys.stderr)
