"""What pages know of the attribution methods, from the descriptors in their registry.

A method that is not registered has the traits of most methods and comes last, so that results of
methods that were removed can still be shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from vitrine.attribution.registry import METHODS


@dataclass(frozen=True)
class MethodTraits:
    """What decides how a page shows the values of a method.

    Attributes:
        name: of the method.
        place: in lists and in the order of colours; the floor has none.
        signed: whether negative values mean evidence against the target.
        additive: whether the values add up to the explained change of the output.
        stepwise: whether a waterfall may show the values, with what they leave over.
        own_units: whether the values have units of their own, and not those of the output.
        is_floor: whether it is the ranking that every method must beat.
    """

    name: str
    place: int
    signed: bool = True
    additive: bool = False
    stepwise: bool = False
    own_units: bool = False
    is_floor: bool = False

    def facts(self) -> dict[str, Any]:
        """What a page's script must know of the method."""
        return {
            "name": self.name,
            "signed": self.signed,
            "additive": self.additive,
            "stepwise": self.stepwise,
            "own_units": self.own_units,
        }


def traits_of(name: str) -> MethodTraits:
    """The traits of a method, registered or not."""
    method = METHODS.get(name)
    real = [other for other, descriptor in METHODS.items() if not descriptor.is_floor]
    place = real.index(name) if name in real else len(real)
    if method is None:
        return MethodTraits(name, place)
    return MethodTraits(
        name,
        place,
        signed=method.signed,
        additive=method.additive,
        # What gradients attribute are steps of a linear model of the output.
        stepwise=method.additive or method.gradients,
        own_units=method.own_units,
        is_floor=method.is_floor,
    )


def is_floor(name: str) -> bool:
    """Whether a method is the ranking that every method must beat."""
    return traits_of(name).is_floor


def find_floor(names: Iterable[str]) -> str | None:
    """The ranking among these methods that every method must beat, if there is one."""
    return next((name for name in names if is_floor(name)), None)


def order_methods(names: Iterable[str]) -> list[str]:
    """Each method once: registered ones in the order of the registry, then others by name."""
    present = set(names)
    registered = [name for name in METHODS if name in present]
    return registered + sorted(present.difference(registered))


def first_real_methods(names: Iterable[str], count: int) -> list[str]:
    """The first methods in order that are no floor; the floor where there is no other."""
    ordered = order_methods(names)
    return [name for name in ordered if not is_floor(name)][:count] or ordered[:1]
