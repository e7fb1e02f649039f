"""Finding what is described once: methods, measures, abilities, domains and pages.

Every item of a kind is a module or a package of its own in the package of the kind, and states a
descriptor at its top. Nothing else lists the items, so that adding one is adding its files.
"""

import importlib
import pkgutil
from typing import Protocol, TypeVar


class Descriptor(Protocol):
    """What every descriptor has."""

    @property
    def name(self) -> str:
        """How the configuration, tables and files call the item."""

    @property
    def order(self) -> int:
        """Where it stands in lists; ties are broken by the name."""


T = TypeVar("T", bound=Descriptor)


def discover(package: str, kind: type[T], attribute: str) -> dict[str, T]:
    """The descriptors of all items of a kind, by name and in their order.

    Every module directly below ``package`` is imported; of a package only its ``__init__``.
    `vitrine.code_digest` knows this function: whoever calls it depends on these modules.

    Args:
        package: the package of the kind, such as ``vitrine.attribution.methods``.
        kind: class of the descriptors.
        attribute: what a module calls its descriptor; modules without one are passed over.

    Raises:
        ValueError: two items have the same name.
        TypeError: an item states something else under this name.
    """
    items: list[T] = []
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
        item = getattr(importlib.import_module(f"{package}.{module.name}"), attribute, None)
        if item is None:
            continue
        if not isinstance(item, kind):
            raise TypeError(f"{package}.{module.name}.{attribute} is no {kind.__name__}: {item!r}")
        items.append(item)
    items.sort(key=lambda item: (item.order, item.name))
    descriptors = {item.name: item for item in items}
    if len(descriptors) < len(items):
        names = [item.name for item in items]
        twice = ", ".join(sorted({name for name in names if names.count(name) > 1}))
        raise ValueError(f"{package}: two items are called {twice}; names are unique")
    return descriptors
