"""The last lines of a run: report and headline numbers, or what failed and how to resume."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import shorten

from vitrine.files import read_json
from vitrine.tracking.events import FINISHED, EndEvent, StartEvent, read_ends
from vitrine.tracking.headline import VIEW
from vitrine.tracking.invocation import TrackingState, stop_signal
from vitrine.tracking.paths import invocation_path, latest_records

REPORT = Path("results/report")

_ERROR_LENGTH = 160
_TRACEBACK = "Traceback (most recent call last)"


def success_message(tracking: TrackingState | None) -> str:
    """The last lines of a successful run in the working directory.

    Args:
        tracking: the state of the invocation's MLflow run; None if there was none.
    """
    lines = [""]
    headline = REPORT / "headline.json"
    if headline.exists():
        for study in read_json(headline)["studies"]:
            lines += [
                f"{study['title']} ({study['model']}): {study['sentence']}",
                f"    {study['faithful_sentence']}",
            ]
    index = REPORT / "index.html"
    if index.exists():
        lines.append(f"Report: {index}")
    lines += ["Runs:   make ui (or: mlflow ui), then", *_links(tracking)]
    lines += _tracking_notes(tracking)
    return "\n".join(lines)


def failure_message(tracking: TrackingState | None, log: str) -> str:
    """The last lines of a run that did not succeed: what failed, its log, and how to resume.

    Args:
        tracking: the state of the invocation's MLflow run; None if there was none.
        log: Snakemake's own log.
    """
    if tracking is None:
        return f"\nVitrine: nothing was started; see {log}"
    invocation, _ = read_ends(invocation_path(tracking.invocation))
    signal = stop_signal()
    lines = ["", f"Stopped by {signal}." if signal else "The run failed."]
    failed = list(_failed_jobs(tracking.invocation))
    for start, end in failed:
        labels = ", ".join(f"{key} {value}" for key, value in start["wildcards"].items())
        lines.append(f"{start['stage']} ({labels})" if labels else start["stage"])
        lines.append(f"    {_reason(end)}")
        if start.get("log"):
            lines.append(f"    log: {start['log']}")
    if not failed and not signal:
        lines.append(f"No job recorded a reason; see {log}")
    lines += ["Runs:   make ui (or: mlflow ui), then", *_links(tracking)]
    lines += _tracking_notes(tracking)
    if invocation is not None:
        lines.append(f"Resume: {invocation['command']}")
    return "\n".join(lines)


def _links(tracking: TrackingState | None) -> list[str]:
    """Where MLflow's UI shows the run, and the table of all runs with selected columns."""
    if tracking is None or tracking.page is None:
        return ["        http://127.0.0.1:5000"]
    table = tracking.page.partition("/runs/")[0]
    return [
        f"        http://127.0.0.1:5000/{tracking.page}",
        f"        http://127.0.0.1:5000/{table}/runs?viewStateShareKey={VIEW}",
    ]


def _tracking_notes(tracking: TrackingState | None) -> list[str]:
    if tracking is None or tracking.complete:
        return []
    reason = f" ({shorten(tracking.error, _ERROR_LENGTH)})" if tracking.error else ""
    return [
        f"MLflow did not receive all of this run{reason}. Nothing is lost, the records in results "
        "are complete: `make track` sends what is missing. Details: logs/tracker.log"
    ]


def _failed_jobs(invocation: str) -> Iterator[tuple[StartEvent, EndEvent | None]]:
    for path in latest_records():
        start, end = read_ends(path)
        if start is None or start["tags"].get("invocation") != invocation:
            continue
        if end is None or end["status"] != FINISHED:
            yield start, end


def _reason(end: EndEvent | None) -> str:
    """The line of a traceback that states the error, and the line of code that raised it."""
    lines = ((end.get("error") if end is not None else None) or "").splitlines()
    if not any(line.startswith(_TRACEBACK) for line in lines) and not _frames(lines):
        return "the process was killed, by a user or by the system for lack of memory"
    last = max((i for i, line in enumerate(lines) if line.startswith(_TRACEBACK)), default=-1)
    rest = lines[last + 1 :]
    message = next((line for line in rest if line and not line[0].isspace()), lines[-1])
    frames = _frames(rest)
    location = [frame for frame in frames if "/workflow/" in frame][-1:] or frames[-1:]
    return f"{message}  ({location[0]})" if location else message


def _frames(lines: list[str]) -> list[str]:
    """The frames of a traceback as ``path:line``."""
    frames = []
    for line in lines:
        parts = line.strip().split('"')
        if line.startswith('  File "') and len(parts) == 3:
            number = parts[2].removeprefix(", line ").partition(",")[0]
            frames.append(f"{parts[1]}:{number}")
    return frames
