"""Show the run behind a file: its inputs, code, commit, and how to make the file again.

The file is any result that a finished job has recorded; its content is compared with the record.
"""

import argparse
import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from vitrine.files import read_json
from vitrine.tracking.events import read_ends, read_events
from vitrine.tracking.outputs import RecordedFile, recorded_file
from vitrine.tracking.paths import config_path, invocation_path, recorded_path, state_path

_NAME_WIDTH = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("file", type=Path, help="a file in results")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    return which(options.file)


def which(path: Path) -> int:
    """Print what the records state about a file; returns the exit status."""
    name = recorded_path(path)
    file = recorded_file(name)
    if file is None:
        print(f"No finished job has recorded {name}.", file=sys.stderr)
        return 1
    for label, value in facts(file):
        print(f"{label:<{_NAME_WIDTH}}{value}")
    return 0


def facts(file: RecordedFile) -> Iterator[tuple[str, str]]:
    """The facts about a file, as names and values."""
    start, end = file.start, file.end
    labels = ", ".join(f"{key} {value}" for key, value in start["wildcards"].items())
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(start["time"]))
    yield "file", str(file.path)
    yield "stage", f"{start['stage']} ({labels})" if labels else start["stage"]
    yield "content", file.damage() or f"as recorded, {file.size:,} bytes, SHA-256 {file.digest}"
    yield "made", f"{when} on {start['host']}, {end['wall_seconds']:.1f} s, {end['status']}"
    tags = start["tags"]
    identity = tags.get("invocation")
    yield "run", _mlflow_run(identity, start["id"])
    yield "record", str(file.record)
    for number, (path, digest) in enumerate(_input_digests(file).items()):
        yield "" if number else "inputs", f"{digest[:12]:<12}  {path}"
    yield "code", f"digest {tags.get('code', 'unknown')}"
    if "git.commit" in tags:
        changed = ", with changes" if tags.get("git.dirty") == "true" else ""
        yield "commit", tags["git.commit"] + changed
    yield "versions", ", ".join(f"{name} {value}" for name, value in start["versions"].items())
    if identity is not None and invocation_path(identity).exists():
        invocation, _ = read_ends(invocation_path(identity))
        if invocation is not None:
            yield "invocation", f"{identity}: {invocation['command']}"
    yield "make again", command(file)
    yield "compare", f"make reproduce TARGET={shlex.quote(str(file.path))}"


def configuration(file: RecordedFile) -> Path | None:
    """The stored configuration of the invocation that made a file; None if there is none."""
    identity = file.start["tags"].get("invocation")
    if identity is None:
        return None
    path = config_path(invocation_path(identity))
    return path if path.exists() else None


def command(file: RecordedFile) -> str:
    """A command line that makes the file again with the configuration it was made with."""
    config = configuration(file)
    words = ["snakemake", "--cores", str(file.start["threads"])]
    if config is not None:
        words += ["--configfile", str(config)]
    return shlex.join([*words, "--force", "--", str(file.output)])


def _input_digests(file: RecordedFile) -> dict[str, str]:
    """The SHA-256 of every input of the file's job; empty texts in records without digests."""
    for event in read_events(file.record, kinds=["inputs"])[0]:
        if event["event"] == "inputs":
            return event["files"]
    return dict.fromkeys(file.start["inputs"], "")


def _mlflow_run(identity: str | None, record: str) -> str:
    """The id of the job's run in MLflow, as the tracker has noted it."""
    if identity is not None:
        try:
            run = read_json(state_path(invocation_path(identity)))["runs"][record]
        except (OSError, ValueError, KeyError):
            pass
        else:
            return f"{run} (make ui, then look for this id)"
    return "not in MLflow yet: make track"
