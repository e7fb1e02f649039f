"""The descriptor of an ability: what the configuration, the workflow and the pages derive from it.

Light: the Snakefile and the configuration import it.
"""

from dataclasses import dataclass
from functools import cached_property

from vitrine.emergence.settings import AbilitySettings
from vitrine.section import Section

PACKAGE = "vitrine.emergence.abilities"


@dataclass(frozen=True, kw_only=True)
class Ability:
    """An ability whose optimum is known.

    Its settings stand beside it; its task, which needs torch, is ``TASK`` in the module `module`.

    Attributes:
        name: in the configuration, in tables and in paths.
        order: position in lists.
        settings: class of the settings of one size.
        description: of its section in the configuration.
        in_default_run: whether the default configuration trains it.
    """

    name: str
    order: int
    settings: type[AbilitySettings]
    description: str
    in_default_run: bool = True

    @property
    def module(self) -> str:
        """The module of the task. It is imported by this name, so code digests must name it."""
        return f"{PACKAGE}.{self.name}.task"

    @cached_property
    def section(self) -> type[Section]:
        """The section of the configuration."""
        return self.settings.section()
