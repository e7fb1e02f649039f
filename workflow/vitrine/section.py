"""What all sections of the configuration have in common."""

from collections.abc import Hashable
from typing import Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError


class Section(BaseModel):
    """A mapping of the configuration: no unknown keys, no silent conversion of types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def unique(items: list[Any]) -> list[Any]:
    """A validator: no item of a list stands in it twice."""
    seen: set[Hashable] = set()
    for index, item in enumerate(items):
        if item in seen:
            raise PydanticCustomError("config", "Stands in the list twice", {"at": [index]})
        seen.add(item)
    return items


def heads_divide(width: int, info: ValidationInfo) -> int:
    """A validator of ``width``, which stands behind ``heads``: they must divide it."""
    heads = info.data.get("heads")
    if heads and width % heads:
        raise PydanticCustomError(
            "config",
            "Not divisible by the {heads} heads; {low} and {high} are the nearest that are",
            {"heads": heads, "low": width // heads * heads, "high": -(-width // heads) * heads},
        )
    return width


Unique = [
    Field(min_length=1, json_schema_extra={"uniqueItems": True}),
    AfterValidator(unique),
]
