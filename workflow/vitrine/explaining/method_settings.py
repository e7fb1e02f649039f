"""The settings of each method as they are used: as configured, or as chosen on validation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vitrine.attribution.registry import METHODS
from vitrine.files import read_json
from vitrine.section import Section


def resolve_method(
    method: str, configured: Mapping[str, Any], choice: Path | None = None
) -> Section | None:
    """The checked settings of a method.

    Args:
        method: name of the method.
        configured: its section of the configuration; empty for a method without settings.
        choice: what the stage `tune` wrote, for a method that is tuned: its choice wins.
    """
    kind = METHODS[method].settings
    if kind is None:
        return None
    chosen = read_json(choice)["chosen"] if choice is not None else {}
    return kind.model_validate({**configured, **chosen})


def resolve_methods(
    configured: Mapping[str, Mapping[str, Any]], choice: Path | None
) -> dict[str, Section | None]:
    """The checked settings of several methods; see `resolve_method`."""
    return {
        method: resolve_method(
            method, settings, choice if METHODS[method].tuned_on_validation else None
        )
        for method, settings in configured.items()
    }
