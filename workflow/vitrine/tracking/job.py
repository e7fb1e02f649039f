"""The context in which every script works: logging to the job's log, and its run record."""

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

from vitrine.tracking.events import FAILED, FINISHED, KILLED, read_ends
from vitrine.tracking.outputs import check_input
from vitrine.tracking.paths import FOLDER, attempt_paths, invocation_path
from vitrine.tracking.record import INVOCATION_VARIABLE, Record, flatten
from vitrine.tracking.redaction import without_secrets
from vitrine.tracking.system import system_metrics
from vitrine.tracking.versions import git_tags

_log = logging.getLogger(__name__)

# What distinguishes jobs of one stage, in the order in which people read it.
_LABELS = ("study", "ability", "family", "member", "scale", "size", "seed", "method")
_CONTEXTS = {"train": "training", "validation": "validation", "test": "testing"}


@dataclass(frozen=True)
class Job:
    """The parts of the ``snakemake`` object that a script needs, in plain types."""

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
        # ``job`` repeats the wildcards.
        params = flatten({k: v for k, v in snakemake.params.items() if k != "job"})
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
        """The folder of the first output; the records lie in it."""
        if not self.outputs:
            raise ValueError(f"{self.title}: the rule declares no output, so it cannot be recorded")
        return Path(self.outputs[0]).parent

    @property
    def record_name(self) -> str:
        """The stage and those labels that are no part of the folder's path."""
        parts = set(self.folder.parts)
        return ".".join([self.stage, *(label for label in self.labels if label not in parts)])


@contextmanager
def job(snakemake: Any, stage: str) -> Iterator[Record]:
    """Run a script's work with its log and its run record.

    ``with job(snakemake, "train") as record:`` sends Python's logging and warnings to the job's
    log file and INFO lines of this package to stderr, prefixed with the job. The record starts
    with the parameters and the digests of the files that are read. When the block ends without an
    error, every declared output is recorded with size and SHA-256. An exception is logged with its
    traceback, recorded as FAILED (KILLED for a keyboard interrupt) and raised again. A job of more
    than ten seconds records its use of processor and memory.

    Args:
        snakemake: the object that Snakemake puts into scripts.
        stage: the kind of step, such as ``train``.

    Raises:
        FileNotFoundError: the block ended without an error but a declared output is missing.
        DamagedFileError: an input is not what the job before wrote.
    """
    info = Job.of(snakemake, stage)
    with _logging(info):
        record = _start(info)
        try:
            _record_inputs(info, record)
            with system_metrics(record):
                yield record
            _record_outputs(info, record)
        except BaseException as error:
            _log.error("%s failed", info.title, exc_info=True)
            status = KILLED if isinstance(error, KeyboardInterrupt) else FAILED
            # On a full disk the error that matters is the first one.
            with suppress(OSError):
                record.end(status, error=traceback.format_exc())
            raise
        record.end(FINISHED)


def _start(job: Job) -> Record:
    invocation = os.environ.get(INVOCATION_VARIABLE)
    tags = _code_tags(invocation)
    if invocation:
        tags["invocation"] = invocation
    if job.code is not None:
        tags["code"] = str(job.code)
    for path in attempt_paths(job.folder / FOLDER, job.record_name):
        try:
            return Record(
                path,
                stage=job.stage,
                name=job.run_name,
                wildcards=job.wildcards,
                params=job.params,
                tags=tags,
                command=f"snakemake --cores {job.threads} {job.outputs[0]}",
                details={
                    "log": job.log,
                    "inputs": job.inputs,
                    "outputs": job.outputs,
                    "threads": job.threads,
                },
            )
        except FileExistsError:
            # Another attempt took this number a moment ago.
            continue
    raise AssertionError("attempt_paths never ends")


def _code_tags(invocation: str | None) -> dict[str, str]:
    """The commit that the invocation recorded, otherwise the present one."""
    try:
        start, _ = read_ends(invocation_path(invocation or ""))
    except FileNotFoundError:
        return git_tags()
    tags: Mapping[str, str] = start["tags"] if start is not None else {}
    return {key: value for key, value in tags.items() if key.startswith("git.")}


def _record_inputs(job: Job, record: Record) -> None:
    """Check that the files to be read are intact, and record their digests."""
    digests = {path: check_input(path) for path in job.inputs if Path(path).is_file()}
    record.inputs(digests)
    for path, digest in digests.items():
        if path.endswith(".parquet"):
            record.dataset(
                name=str(Path(*Path(path).parts[1:]).with_suffix("")),
                digest=digest,
                context=_CONTEXTS.get(Path(path).stem, "input"),
                source=path,
            )


def _record_outputs(job: Job, record: Record) -> None:
    common = os.path.commonpath([os.path.dirname(path) for path in job.outputs])  # noqa: PTH120
    for output in job.outputs:
        path = Path(output)
        files: Iterable[Path] = (
            sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        )
        for file in files:
            folder = os.path.relpath(file.parent, common or ".")
            record.artifact(file, folder=None if folder == "." else folder)


class _RedactingFormatter(logging.Formatter):
    """Removes secrets, since the log is kept in the store as well."""

    def format(self, line: logging.LogRecord) -> str:
        return without_secrets(super().format(line))


class _PackageFilter(logging.Filter):
    """Passes the lines of this package and of the script."""

    def filter(self, line: logging.LogRecord) -> bool:
        return line.name.partition(".")[0] in ("vitrine", "__main__")


@contextmanager
def _logging(job: Job) -> Iterator[None]:
    root = logging.getLogger()
    level = root.level
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setFormatter(logging.Formatter(f"{job.title.replace('%', '%%')} | %(message)s"))
    terminal.addFilter(_PackageFilter())
    # A failed script's traceback reaches the terminal from Python itself.
    terminal.addFilter(lambda line: not line.exc_info)
    handlers: list[logging.Handler] = [terminal]
    with ExitStack() as stack:
        if job.log is not None:
            path = Path(job.log)
            path.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(path.open("w", encoding="utf-8"))
            lines = logging.StreamHandler(file)
            pattern = "%(asctime)s %(levelname)s %(name)s: %(message)s"
            lines.setFormatter(_RedactingFormatter(pattern))
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
