"""How rows become training, validation and test."""

from typing import Literal

from pydantic import Field

from vitrine.section import Section

_KIND = Field(
    description="How rows become training, validation and test. `random` suits digits, credit, "
    "planted and reviews; `given` keeps the test rows of the reviews' source; `leave_one_out` "
    "(movies) hides the last films of every history."
)


_VALIDATION_SHARE = Field(
    default=0.15,
    gt=0,
    le=0.5,
    description="Share of the rows that is kept from training to stop it and to choose the scale.",
)


_SPLIT_SEED = Field(
    default=0,
    ge=0,
    description="Which rows fall into which part. Another value tells how much a result owes to "
    "one lucky split.",
)


class RandomSplit(Section):
    """Validation and test rows are drawn at random."""

    kind: Literal["random"] = _KIND
    validation: float = _VALIDATION_SHARE
    test: float = Field(
        default=0.15,
        gt=0,
        le=0.5,
        description="Share of the rows that only the final figures and explanations see. More "
        "rows give narrower intervals and leave less to learn from.",
    )
    seed: int = _SPLIT_SEED


class GivenSplit(Section):
    """The test rows are those of the source; so are the validation rows, or they are drawn."""

    kind: Literal["given"] = _KIND
    validation: float = _VALIDATION_SHARE
    seed: int = _SPLIT_SEED


class LeaveOneOutSplit(Section):
    """The last film of a history is the test target, the last but one that of validation."""

    kind: Literal["leave_one_out"] = _KIND
