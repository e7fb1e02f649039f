"""The settings of each method as they are used: as configured, or as chosen on validation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vitrine.attribution.registry import METHODS
from vitrine.files import read_json
from vitrine.section import Section


def resolve_method(
    name: str, configured: Mapping[str, Any], choice: Path | None = None
) -> Section | None:
    """The settings to explain with by a method.

    Args:
        name: of the method.
        configured: its section of the configuration; empty for a method without settings.
        choice: what the stage `tune` wrote, for a method that is tuned.
    """
    method = METHODS[name]
    settings = method.settings(**configured) if method.settings is not None else None
    chosen = read_json(choice)["chosen"] if choice is not None else {}
    return method.resolved(settings, chosen)


def resolve_methods(
    configured: Mapping[str, Mapping[str, Any]], choice: Path | None
) -> dict[str, Section | None]:
    """The settings to explain with by several methods; see `resolve_method`."""
    return {
        name: resolve_method(name, settings, choice if METHODS[name].tuned_on_validation else None)
        for name, settings in configured.items()
    }
