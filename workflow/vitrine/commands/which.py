"""``vitrine which FILE``: the run behind a file, what it read, and how to make the file again."""

import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from vitrine.files import read_json, relative_to_here
from vitrine.tracking.invocation import state_path
from vitrine.tracking.outputs import Made, maker
from vitrine.tracking.record import invocation_path, read_ends, read_events


def which(path: Path) -> int:
    """Print what is known of a file in the working directory; returns the exit status."""
    file = relative_to_here(path)
    made = maker(file)
    if made is None:
        print(f"No finished job has recorded {file}.", file=sys.stderr)
        return 1
    width = 12
    for name, value in facts(made):
        print(f"{name:<{width}}{value}")
    return 0


def facts(made: Made) -> Iterator[tuple[str, str]]:
    """What there is to know of a file, as names and values."""
    start, end = made.start, made.end
    labels = ", ".join(f"{key} {value}" for key, value in start["wildcards"].items())
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(start["time"]))
    yield "file", str(made.path)
    yield "stage", f"{start['stage']} ({labels})" if labels else start["stage"]
    yield "content", made.damage() or f"as recorded, {made.size:,} bytes, SHA-256 {made.digest}"
    yield "made", f"{when} on {start['host']}, {end['wall_seconds']:.1f} s, {end['status']}"
    tags = start["tags"]
    identity = tags.get("invocation")
    yield "run", _run(identity, start["id"])
    yield "record", str(made.record)
    inputs = [event for event in read_events(made.record)[0] if event["event"] == "inputs"]
    digests = inputs[0]["files"] if inputs else dict.fromkeys(start["inputs"], "")
    for number, (path, digest) in enumerate(digests.items()):
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
    yield "make again", command(made)
    yield "compare", f"make reproduce TARGET={shlex.quote(str(made.path))}"


def configuration(made: Made) -> Path | None:
    """The configuration of the invocation that made a file, as it was kept."""
    identity = made.start["tags"].get("invocation")
    if identity is None:
        return None
    path = invocation_path(identity).with_name(f"{identity}.config.json")
    return path if path.exists() else None


def command(made: Made) -> str:
    """A command line that makes the file again with the configuration it was made with."""
    config = configuration(made)
    words = ["snakemake", "--cores", str(made.start["threads"])]
    if config is not None:
        words += ["--configfile", str(config)]
    return shlex.join([*words, "--force", "--", str(made.output)])


def _run(identity: str | None, record: str) -> str:
    """The job's run in MLflow, as the tracker has noted it."""
    if identity is not None:
        try:
            run = read_json(state_path(invocation_path(identity)))["runs"][record]
        except (OSError, ValueError, KeyError):
            pass
        else:
            return f"{run} (make ui, then look for this id)"
    return "not in MLflow yet: make track"
