"""Settings of the split into training, validation and test rows."""

from typing import Literal

from pydantic import Field

from vitrine.section import Section

_KIND = Field(
    description="How rows are split into training, validation and test. `random` suits digits, "
    "credit, planted and reviews; `given` keeps the test rows of the source (reviews); "
    "`leave_one_out` (movies) holds out the last items of every history."
)


_VALIDATION_SHARE = Field(
    default=0.15,
    gt=0,
    le=0.5,
    description="Share of the rows held out from training for early stopping and model selection.",
)


_SPLIT_SEED = Field(
    default=0,
    ge=0,
    description="Seed of the random split. Change it to measure how much a result depends on the "
    "split.",
)


class RandomSplit(Section):
    """Validation and test rows are drawn at random."""

    kind: Literal["random"] = _KIND
    validation: float = _VALIDATION_SHARE
    test: float = Field(
        default=0.15,
        gt=0,
        le=0.5,
        description="Share of the rows held out for the reported metrics and explanations. More "
        "test rows give narrower intervals and leave fewer rows for training.",
    )
    seed: int = _SPLIT_SEED


class GivenSplit(Section):
    """The source defines the test rows; it may define the validation rows, else they are drawn."""

    kind: Literal["given"] = _KIND
    validation: float = _VALIDATION_SHARE
    seed: int = _SPLIT_SEED


class LeaveOneOutSplit(Section):
    """The last item of a history is the test target, the one before it the validation target."""

    kind: Literal["leave_one_out"] = _KIND
