"""Runs the job of a stage: binds the rule's files and parameters to the stage by their names."""

import dataclasses
import importlib
import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from vitrine import reads
from vitrine.tracking.job import job
from vitrine.workflow.registry import STAGES

T = TypeVar("T")


def run_job(snakemake: Any) -> None:
    """Run the stage that the rule's parameter ``job`` names, with its log and its run record.

    Args:
        snakemake: the object that Snakemake puts into scripts.

    Raises:
        TypeError: the rule and the stage do not agree on the names of their files.
    """
    stage = STAGES[snakemake.params.job["stage"]]
    with job(snakemake, stage.name) as record:
        module = importlib.import_module(stage.module)
        arguments = {
            "inputs": files(module.Inputs, snakemake.input, f"{snakemake.rule}: input"),
            "outputs": files(module.Outputs, snakemake.output, f"{snakemake.rule}: output"),
            "settings": reads.bind(
                stage.settings, snakemake.params, snakemake.params.job, snakemake.params.code
            ),
            "config": snakemake.config,
            "record": record,
        }
        parameters = inspect.signature(module.run).parameters
        if "machine" in parameters:
            from vitrine.models.machine import Machine

            arguments["machine"] = Machine.of(snakemake)
        module.run(**{name: arguments[name] for name in parameters})


def files(kind: type[T], named: Any, what: str) -> T:
    """The files of a rule as an object with a field for each name, or as a mapping.

    Args:
        kind: a mapping from names to a path or to lists of paths, for names that only the rule
            knows; or a dataclass whose fields are a Path, a list of paths, or a Path or None for a
            file that not every job has.
        named: inputs or outputs of a ``snakemake`` object.
        what: how messages call them.

    Raises:
        TypeError: the names, or how many files have a name, do not suit the fields.
    """
    if get_origin(kind) is dict:
        value = get_args(kind)[1]
        return {  # type: ignore[return-value]
            name: _paths(value, paths, f"{what} {name}") for name, paths in named.items()
        }
    types = get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
    given: Mapping[str, Any] = dict(named.items())
    if set(given) != set(names):
        missing = ", ".join(sorted(set(names) - set(given))) or "none"
        unknown = ", ".join(sorted(set(given) - set(names))) or "none"
        raise TypeError(
            f"{what}: the rule and {kind.__module__}.{kind.__name__} name different files; "
            f"missing in the rule: {missing}; unknown to the stage: {unknown}"
        )
    return kind(**{name: _paths(types[name], given[name], f"{what} {name}") for name in names})


def _paths(kind: Any, value: Any, what: str) -> Path | list[Path] | None:
    paths = [Path(value)] if isinstance(value, str) else [Path(path) for path in value]
    if kind == list[Path]:
        return paths
    if not paths and kind == Path | None:
        return None
    if len(paths) != 1:
        raise TypeError(f"{what}: one file is expected, the rule gives {len(paths)}")
    return paths[0]
