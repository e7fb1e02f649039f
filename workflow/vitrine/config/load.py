"""Checking a configuration. The Snakefile calls `load`."""

import copy
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from vitrine.config.consistency import (
    own_files,
    small_budgets,
    unknown_names,
    unsuited_families,
    unsuited_pretrained,
    unsuited_removal,
)
from vitrine.config.errors import ConfigError, ConfigFiles, Problem, explain, read
from vitrine.config.root import Config


def check_syntax(*paths: str | Path) -> None:
    """Reject files that are not a YAML mapping, with the line, which Snakemake does not report.

    A missing file is left to Snakemake, which may not need it.

    Raises:
        ConfigError: a file is no valid YAML, empty or no mapping.
    """
    for path in paths:
        if Path(path).exists():
            read(path)


def load(config: dict[str, Any], files: Iterable[str | Path]) -> dict[str, Any]:
    """Check a merged configuration and fill in every default.

    Args:
        config: what Snakemake merged from the files and ``--config``; it is not changed.
        files: the YAML files that it was merged from (``workflow.configfiles``), in any order.

    Returns:
        The whole configuration as plain dicts, lists and scalars.

    Raises:
        ConfigError: lists all errors in the files and values.
    """
    sources = ConfigFiles(files)
    given = copy.deepcopy(config)
    checked, problems = _validate(given)
    if sources.convert(given, problems):
        checked, problems = _validate(given)
    problems += [*unknown_names(given), *unsuited_removal(given), *sources.duplicates]
    if checked is not None and not problems:
        problems += [
            *small_budgets(checked),
            *own_files(checked),
            *unsuited_pretrained(checked),
            *unsuited_families(checked),
        ]
    if checked is None or problems:
        raise ConfigError(sources.render(problems, given))
    return checked.model_dump()


def _validate(given: dict[str, Any]) -> tuple[Config | None, list[Problem]]:
    try:
        return Config.model_validate(given), []
    except ValidationError as error:
        return None, list(explain(error, Config.model_json_schema()))


def check(files: Sequence[str | Path]) -> dict[str, Any]:
    """Load files that are merged in the given order, as Snakemake does with ``--configfile``.

    Raises:
        ConfigError: as ``load``, and for files that are missing or are not YAML.
    """
    # Imported here because the import takes longer than everything else in this module.
    from snakemake.utils import update_config

    merged: dict[str, Any] = {}
    for content in ConfigFiles(files).contents:
        update_config(merged, content)
    return load(merged, files)
