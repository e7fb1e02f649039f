"""What a run says last: the report and the headline numbers, or what failed and how to go on."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import shorten

from vitrine.files import read_json
from vitrine.tracking.headline import VIEW
from vitrine.tracking.invocation import Tracked, stopped_by
from vitrine.tracking.outputs import latest_records
from vitrine.tracking.record import FINISHED, Event, invocation_path, read_ends

REPORT = Path("results/report")

_ERROR_LENGTH = 160
_TRACEBACK = "Traceback (most recent call last)"


def closing_words(tracked: Tracked | None) -> str:
    """The last lines of a successful run in the working directory.

    Args:
        tracked: what became of the invocation's MLflow run; None when there was none.
    """
    lines = [""]
    headline = REPORT / "headline.json"
    if headline.exists():
        for one in read_json(headline)["studies"]:
            lines += [
                f"{one['title']} ({one['model']}): {one['sentence']}",
                f"    {one['faithful_sentence']}",
            ]
    index = REPORT / "index.html"
    if index.exists():
        lines.append(f"Report: {index}")
    lines += ["Runs:   make ui (or: mlflow ui), then", *_links(tracked)]
    lines += _tracking_words(tracked)
    return "\n".join(lines)


def failure_words(tracked: Tracked | None, log: str) -> str:
    """The last lines of a run that did not end well: what failed, where it says why, how to go on.

    Args:
        tracked: what became of the invocation's MLflow run; None when there was none.
        log: Snakemake's own log.
    """
    if tracked is None:
        return f"\nVitrine: nothing was started; see {log}"
    invocation, _ = read_ends(invocation_path(tracked.invocation))
    signal = stopped_by()
    lines = ["", f"Stopped by {signal}." if signal else "The run failed."]
    failed = list(_failed_jobs(tracked.invocation))
    for start, end in failed:
        labels = ", ".join(f"{key} {value}" for key, value in start["wildcards"].items())
        lines.append(f"{start['stage']} ({labels})" if labels else start["stage"])
        lines.append(f"    {_reason(end)}")
        if start.get("log"):
            lines.append(f"    log: {start['log']}")
    if not failed and not signal:
        lines.append(f"No job says why; see {log}")
    lines += ["Runs:   make ui (or: mlflow ui), then", *_links(tracked)]
    lines += _tracking_words(tracked)
    if invocation is not None:
        lines.append(f"Resume: {invocation['command']}")
    return "\n".join(lines)


def _links(tracked: Tracked | None) -> list[str]:
    """Where MLflow's UI shows the run, and the table of all runs with telling columns."""
    if tracked is None or tracked.page is None:
        return ["        http://127.0.0.1:5000"]
    table = tracked.page.partition("/runs/")[0]
    return [
        f"        http://127.0.0.1:5000/{tracked.page}",
        f"        http://127.0.0.1:5000/{table}/runs?viewStateShareKey={VIEW}",
    ]


def _tracking_words(tracked: Tracked | None) -> list[str]:
    if tracked is None or tracked.complete:
        return []
    reason = f" ({shorten(tracked.error, _ERROR_LENGTH)})" if tracked.error else ""
    return [
        f"MLflow has not got all of this run{reason}. Nothing is lost, the records in results are "
        "whole: `make track` sends what is missing. Details: logs/tracker.log"
    ]


def _failed_jobs(invocation: str) -> Iterator[tuple[Event, Event | None]]:
    for path in latest_records():
        start, end = read_ends(path)
        if start is None or start["tags"].get("invocation") != invocation:
            continue
        if end is None or end["status"] != FINISHED:
            yield start, end


def _reason(end: Event | None) -> str:
    """The line of a traceback that says what happened, and the line of code where it did."""
    lines = (end or {}).get("error", "").splitlines()
    if not any(line.startswith(_TRACEBACK) for line in lines) and not _frames(lines):
        return "the process was killed, by somebody or by the system for lack of memory"
    last = max((i for i, line in enumerate(lines) if line.startswith(_TRACEBACK)), default=-1)
    rest = lines[last + 1 :]
    said = next((line for line in rest if line and not line[0].isspace()), lines[-1])
    own = [frame for frame in _frames(rest) if "/workflow/" in frame]
    place = own[-1:] or _frames(rest)[-1:]
    return f"{said}  ({place[0]})" if place else said


def _frames(lines: list[str]) -> list[str]:
    """The frames of a traceback as ``path:line``."""
    found = []
    for line in lines:
        parts = line.strip().split('"')
        if line.startswith('  File "') and len(parts) == 3:
            number = parts[2].removeprefix(", line ").partition(",")[0]
            found.append(f"{parts[1]}:{number}")
    return found
