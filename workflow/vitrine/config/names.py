"""Names of methods and stages, and the names that a study or a model size can have."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from vitrine.attribution.registry import METHODS

# The methods that there are, as an enumeration of the schema; type checkers read no computed one.
if TYPE_CHECKING:
    MethodName = str
else:
    MethodName = Literal[*METHODS]


STAGES = (
    "prepare",
    "baseline",
    "train",
    "evaluate",
    "select",
    "permuted",
    "whole",
    "attention",
    "explain",
    "interactions",
    "validate",
    "robustness",
    "ability",
    "emergence",
    "depth",
    "language",
    "family",
    "page",
    "report",
)


# Names of targets (`snakemake lime`) and of folders beside the studies and scales.
RESERVED = frozenset(
    {*STAGES, *METHODS, "all", "abilities", "families", "data", "records", "track"}
)


def _free(name: str) -> str:
    if name in RESERVED:
        raise PydanticCustomError(
            "config", "A stage, method or folder has this name; choose another"
        )
    return name


# Names become folders, wildcards and targets.
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$"), AfterValidator(_free)]


Seed = Annotated[int, Field(ge=0)]
