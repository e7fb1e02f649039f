"""What the parts of the configuration are made of: sections and lists without repetition."""

from collections.abc import Hashable
from typing import Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError


def unique(items: list[Any]) -> list[Any]:
    """Refuse a list in which something stands twice."""
    seen: set[Hashable] = set()
    for index, item in enumerate(items):
        if item in seen:
            raise PydanticCustomError("config", "Stands in the list twice", {"at": [index]})
        seen.add(item)
    return items


Unique = [
    Field(min_length=1, json_schema_extra={"uniqueItems": True}),
    AfterValidator(unique),
]


class Section(BaseModel):
    """A mapping of the configuration: no unknown keys, no silent conversion of types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)
