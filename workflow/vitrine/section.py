"""Base class and validators of all sections of the configuration."""

from collections.abc import Hashable
from typing import Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError


class Section(BaseModel):
    """A section of the configuration: no unknown keys, no implicit conversion of types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def unique(items: list[Any]) -> list[Any]:
    """Validate that a list has no duplicates."""
    seen: set[Hashable] = set()
    for index, item in enumerate(items):
        if item in seen:
            raise PydanticCustomError("config", "Occurs twice in the list", {"at": [index]})
        seen.add(item)
    return items


def heads_divide(width: int, info: ValidationInfo) -> int:
    """Validate that ``heads``, an earlier field, divides ``width``."""
    heads = info.data.get("heads")
    if heads and width % heads:
        raise PydanticCustomError(
            "config",
            "Not divisible by the {heads} heads; the nearest multiples are {low} and {high}",
            {"heads": heads, "low": width // heads * heads, "high": -(-width // heads) * heads},
        )
    return width


Unique = [
    Field(min_length=1, json_schema_extra={"uniqueItems": True}),
    AfterValidator(unique),
]
