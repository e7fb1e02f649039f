"""Sizes of abilities in the default configuration, with settings changed."""

from typing import Any

from vitrine.emergence.registry import ABILITIES
from vitrine.emergence.settings import AbilitySettings


def default_sizes(name: str) -> dict[str, AbilitySettings]:
    """The sizes of an ability in the default configuration, by name."""
    ability = ABILITIES[name]
    return ability.settings.sizes(ability.section().model_dump())


def default_size(name: str, word: str = "", **changed: Any) -> AbilitySettings:
    """The first default size whose name holds a word, with settings changed."""
    size = next(size for key, size in default_sizes(name).items() if word in key)
    return type(size).model_validate(size.plain() | changed)
