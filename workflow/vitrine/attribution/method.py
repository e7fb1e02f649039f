"""The descriptor of an attribution method: what must be known of it before it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vitrine.section import Section


@dataclass(frozen=True)
class Budget:
    """Which setting bounds the model calls of a method.

    Attributes:
        setting: name of the setting, an integer.
        calls: model calls that one unit of the setting costs, in forward passes of an instance.
        beyond_players: the setting must exceed the number of players by this; None without such a
            bound.
    """

    setting: str
    calls: int
    beyond_players: int | None = None


@dataclass(frozen=True, kw_only=True)
class Method:
    """One attribution method.

    Attributes:
        name: what the configuration, tables, files and targets call it.
        order: where it stands in lists of methods.
        implementation: module with ``strategies(task) -> list[Strategy[Explanation]]``. It is
            imported when the method runs, so that the descriptor needs no numerical library.
        cost: model evaluations per instance of n players, in words.
        signed: whether negative values mean evidence against the target.
        additive: whether the values add up to the full minus the empty coalition's value.
        sampled: whether the values depend on random draws, so that another seed gives others.
        own_units: whether the values have a unit of their own, such as shares of attention, and
            not that of the model's output.
        gradients: whether the method needs the model's gradients.
        is_floor: whether it is the random ranking, which reads no model.
        settings: class of its section ``explanation.<name>``; None for a method without settings.
        tuned: class of the settings that also hold what the stage `tune` chose on validation;
            None for a method that is not tuned.
        budget: the setting that bounds its model calls; None where the cost is fixed.
        repetition: changes of the settings for explanations that checks repeat and whose
            diagnostics nobody reads.
    """

    name: str
    order: int
    implementation: str
    cost: str
    signed: bool = True
    additive: bool = False
    sampled: bool = False
    own_units: bool = False
    gradients: bool = False
    is_floor: bool = False
    settings: type[Section] | None = None
    tuned: type[Section] | None = None
    budget: Budget | None = None
    repetition: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tuned_on_validation(self) -> bool:
        """Whether the stage `tune` chooses settings of the method on validation."""
        return self.tuned is not None

    def resolved(self, settings: Section | None, chosen: Mapping[str, Any]) -> Section | None:
        """The settings to explain with: those of the configuration and what validation chose.

        Args:
            settings: of class `settings`.
            chosen: setting to value, from the file that the stage `tune` wrote; may be empty.

        Raises:
            ValueError: for a choice of a method that is not tuned, or a value out of bounds.
        """
        if self.tuned is None or settings is None:
            if chosen:
                raise ValueError(f"the method {self.name} is not tuned, but {chosen} was chosen")
            return settings
        return self.tuned(**(settings.model_dump() | dict(chosen)))

    def repeated(self, settings: Section | None) -> Section | None:
        """Settings for an explanation that a check repeats, without diagnostics that cost time."""
        if settings is None or not self.repetition:
            return settings
        kind = self.tuned or type(settings)
        return kind(**(settings.model_dump() | dict(self.repetition)))

    def limited(self, settings: Section | None, calls: int) -> Section | None:
        """Settings with another budget.

        Args:
            settings: of the method.
            calls: model calls per instance.

        Returns:
            The settings with as many units of the budget as the calls pay for, at least two;
            unchanged where the method has no budget.
        """
        if settings is None or self.budget is None:
            return settings
        units = max(2, calls // self.budget.calls)
        return settings.model_copy(update={self.budget.setting: units})
