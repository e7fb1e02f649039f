"""What every workflow script is wrapped in: logging to the job's log, and its run record."""

import faulthandler
import logging
import os
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vitrine.tracking.outputs import check_input
from vitrine.tracking.record import (
    FAILED,
    FINISHED,
    FOLDER,
    INVOCATION_VARIABLE,
    KILLED,
    Record,
    attempt_paths,
    flatten,
    git_tags,
    invocation_path,
    read_ends,
    without_secrets,
)
from vitrine.tracking.system import system_metrics

_log = logging.getLogger(__name__)

# What tells jobs of one stage apart, in the order in which people read it.
_LABELS = ("study", "ability", "family", "member", "scale", "size", "seed", "method")
_CONTEXTS = {"train": "training", "validation": "validation", "test": "testing"}


@dataclass(frozen=True)
class Job:
    """What a script needs to know of the ``snakemake`` object, in plain types."""

    stage: str
    inputs: list[str]
    outputs: list[str]
    log: str | None
    wildcards: dict[str, str]
    params: dict[str, Any]
    code: str | None
    threads: int

    @classmethod
    def of(cls, snakemake: Any, stage: str) -> "Job":
        """Read a ``snakemake`` object, or anything with the same attributes."""
        given = dict(snakemake.params.items())
        # The wildcards once more.
        given.pop("job", None)
        params = flatten(given)
        code = params.pop("code", None)
        wildcards = {key: str(value) for key, value in snakemake.wildcards.items()}
        for label in _LABELS:
            if label in params and label not in wildcards:
                wildcards[label] = str(params[label])
        return cls(
            stage=stage,
            inputs=[str(path) for path in snakemake.input],
            outputs=[str(path) for path in snakemake.output],
            log=next((str(path) for path in snakemake.log), None),
            wildcards=wildcards,
            params=params,
            code=code,
            threads=int(snakemake.threads),
        )

    @property
    def labels(self) -> list[str]:
        """The wildcards as people read them: ``reviews``, ``small``, ``seed0``, ``shap``."""
        order = [*_LABELS, *sorted(self.wildcards.keys() - set(_LABELS))]
        values = ((key, self.wildcards[key]) for key in order if key in self.wildcards)
        return [f"seed{value}" if key == "seed" else value for key, value in values]

    @property
    def title(self) -> str:
        """The job in words: ``train reviews/small/seed0``."""
        return " ".join(filter(None, (self.stage, "/".join(self.labels))))

    @property
    def run_name(self) -> str:
        """The title without the study, since a study's runs share an experiment."""
        labels = self.labels[1:] if "study" in self.wildcards else self.labels
        return " ".join(filter(None, (self.stage, "/".join(labels))))

    @property
    def folder(self) -> Path:
        """The folder of the first output: here are the records."""
        if not self.outputs:
            raise ValueError(f"{self.title}: the rule declares no output, so it cannot be recorded")
        return Path(self.outputs[0]).parent

    @property
    def record_name(self) -> str:
        """Stage and those labels that the folder's own path does not say."""
        said = set(self.folder.parts)
        return ".".join([self.stage, *(label for label in self.labels if label not in said)])


@contextmanager
def job(snakemake: Any, stage: str) -> Iterator[Record]:
    """Run a script's work with its log and its run record.

    ``with job(snakemake, "train") as record:`` sends Python's logging and warnings to the job's
    log file and INFO lines of this package to stderr, prefixed with the job. The record starts
    with the parameters and digests of the tables that are read; when the block ends well, every
    declared output is recorded with size and SHA-256. An exception is logged with its traceback,
    recorded as FAILED (KILLED for a keyboard interrupt) and raised again. A job of more than ten
    seconds records its use of processor and memory.

    Args:
        snakemake: the object that Snakemake puts into scripts.
        stage: the word for this kind of step.

    Raises:
        FileNotFoundError: the block ended well but a declared output is not there.
        DamagedFileError: an input is not what the job before wrote.
    """
    this = Job.of(snakemake, stage)
    with _logging(this):
        record = _start(this)
        try:
            _record_inputs(this, record)
            with system_metrics(record):
                yield record
            _record_outputs(this, record)
        except BaseException as error:
            _log.error("%s failed", this.title, exc_info=True)
            status = KILLED if isinstance(error, KeyboardInterrupt) else FAILED
            # On a full disk the error that matters is the first one.
            with suppress(OSError):
                record.end(status, error=traceback.format_exc())
            raise
        record.end(FINISHED)


def _start(this: Job) -> Record:
    invocation = os.environ.get(INVOCATION_VARIABLE)
    tags = _code_tags(invocation)
    if invocation:
        tags["invocation"] = invocation
    if this.code is not None:
        tags["code"] = str(this.code)
    for path in attempt_paths(this.folder / FOLDER, this.record_name):
        try:
            return Record(
                path,
                stage=this.stage,
                name=this.run_name,
                wildcards=this.wildcards,
                params=this.params,
                tags=tags,
                command=f"snakemake --cores {this.threads} {this.outputs[0]}",
                details={
                    "log": this.log,
                    "inputs": this.inputs,
                    "outputs": this.outputs,
                    "threads": this.threads,
                },
            )
        except FileExistsError:
            # Another attempt took this number a moment ago.
            continue
    raise AssertionError("attempt_paths never ends")


def _code_tags(invocation: str | None) -> dict[str, str]:
    """The commit as the invocation has found it, else as it is now."""
    try:
        start, _ = read_ends(invocation_path(invocation or ""))
    except FileNotFoundError:
        return git_tags()
    tags: Mapping[str, str] = start["tags"] if start is not None else {}
    return {key: value for key, value in tags.items() if key.startswith("git.")}


def _record_inputs(this: Job, record: Record) -> None:
    """Check that the files to be read are whole, and record what they are."""
    digests = {path: check_input(path) for path in this.inputs if Path(path).is_file()}
    record.inputs(digests)
    for path, digest in digests.items():
        if path.endswith(".parquet"):
            record.dataset(
                name=str(Path(*Path(path).parts[1:]).with_suffix("")),
                digest=digest,
                context=_CONTEXTS.get(Path(path).stem, "input"),
                source=path,
            )


def _record_outputs(this: Job, record: Record) -> None:
    common = os.path.commonpath([os.path.dirname(path) for path in this.outputs])  # noqa: PTH120
    for output in this.outputs:
        path = Path(output)
        files: Iterable[Path] = (
            sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        )
        for file in files:
            folder = os.path.relpath(file.parent, common or ".")
            record.artifact(file, folder=None if folder == "." else folder)


class _WithoutSecrets(logging.Formatter):
    """The log is kept in the store as well."""

    def format(self, line: logging.LogRecord) -> str:
        return without_secrets(super().format(line))


class _OwnLines(logging.Filter):
    """Lets through to the terminal what this package or a script says."""

    def filter(self, line: logging.LogRecord) -> bool:
        return line.name.partition(".")[0] in ("vitrine", "__main__")


@contextmanager
def _logging(this: Job) -> Iterator[None]:
    root = logging.getLogger()
    level = root.level
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setFormatter(logging.Formatter(f"{this.title.replace('%', '%%')} | %(message)s"))
    terminal.addFilter(_OwnLines())
    # A failed script's traceback reaches the terminal from Python itself.
    terminal.addFilter(lambda line: not line.exc_info)
    handlers: list[logging.Handler] = [terminal]
    with ExitStack() as stack:
        if this.log is not None:
            path = Path(this.log)
            path.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(path.open("w", encoding="utf-8"))
            lines = logging.StreamHandler(file)
            lines.setFormatter(_WithoutSecrets("%(asctime)s %(levelname)s %(name)s: %(message)s"))
            handlers.append(lines)
            # A crash below Python (a segmentation fault) leaves its stack in the log as well.
            faulthandler.enable(file)
            stack.callback(faulthandler.disable)
        root.setLevel(logging.INFO)
        stack.callback(root.setLevel, level)
        for handler in handlers:
            root.addHandler(handler)
            stack.callback(root.removeHandler, handler)
        logging.captureWarnings(True)
        stack.callback(logging.captureWarnings, False)
        yield
