"""The abilities by name. Light: the Snakefile and the configuration import it."""

import importlib
from typing import TYPE_CHECKING, Any

from vitrine.emergence.descriptor import Ability
from vitrine.emergence.settings import AbilitySettings
from vitrine.registry import discover

if TYPE_CHECKING:
    from vitrine.emergence.task import Task

ABILITIES = discover("vitrine.emergence.abilities", Ability, "ABILITY")


def ladder_settings() -> tuple[str, ...]:
    """All settings in which the sizes of an ability can differ, in the order of size names."""
    settings = dict.fromkeys(
        setting for ability in ABILITIES.values() for setting in ability.settings.ladders().values()
    )
    return tuple(sorted(settings, key=lambda setting: setting == "steps"))


def task(name: str, settings: AbilitySettings) -> "Task[Any]":
    """The task of an ability.

    Args:
        name: of the ability.
        settings: of one size.
    """
    made: Task[Any] = importlib.import_module(ABILITIES[name].module).TASK(settings)
    return made
