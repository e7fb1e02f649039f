"""The domains, by name."""

from vitrine.data.domains.domain import Domain
from vitrine.registry import discover

DOMAINS = discover("vitrine.data.domains", Domain, "DOMAIN")  # type: ignore[type-abstract]

READING = {name: f"vitrine.data.domains.{name}.reading" for name in DOMAINS}
"""The modules that read users' data, by domain. They are loaded by these names."""
