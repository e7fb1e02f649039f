"""Tables: the features are the fields of a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from vitrine.data.domains.domain import Domain, Neighbourhood, TrainingRecipe
from vitrine.data.own_data import ID, LABEL, POSITIVE, SPLIT, UNLABELLED, Column, OwnData
from vitrine.data.readers.form import MISSING_WORDS
from vitrine.section import unique

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import pandas as pd

    from vitrine.data.encoding import Encoding, Players
    from vitrine.data.examples import Examples
    from vitrine.data.settings import StudyData

_DISTINCT = [Field(json_schema_extra={"uniqueItems": True}), AfterValidator(unique)]


# Columns of a prepared table that are not fields.
_OURS = ("instance", "label", "given", "id")
_MARK = "field:"


def column_of(field: str) -> str:
    """The column of a prepared table that holds a field.

    It has the field's own name, with a mark in front where that would be a name of ours.
    """
    return _MARK + field if field in _OURS or field.startswith(_MARK) else field


def field_of(column: str) -> str:
    """The field that a column of a prepared table holds."""
    return column.removeprefix(_MARK)


class TableData(OwnData):
    """Fields and a class per row."""

    domain: Literal["table"] = Field(description="`table`: fields and a class in every row.")
    label: Column = LABEL
    id: Column | None = ID
    split: Column | None = SPLIT
    positive: str | None = POSITIVE
    drop: Annotated[list[Column], *_DISTINCT] = Field(
        default=[],
        description="Columns that are hidden from the model, such as customer numbers or values "
        "that became known after the decision.",
    )
    numeric: Annotated[list[Column], *_DISTINCT] = Field(
        default=[],
        description="Columns to read as numbers in whatever form: groups of digits (`1,234`), a "
        "sign of currency or per cent, leading zeros. A value that is not a number stops the run.",
    )
    categorical: Annotated[list[Column], *_DISTINCT] = Field(
        default=[],
        description="Columns whose numbers are category codes, not quantities.",
    )
    dates: dict[Column, str] = Field(
        default={},
        description="Formats of columns of dates, as of Python's `strptime`, such as "
        '`{opened: "%d/%m/%Y"}`. Needed only where days and months cannot be told apart. Dates '
        "count as numbers.",
    )
    decimal: Literal[".", ","] = Field(
        default=".", description="Decimal mark of the numbers in the file."
    )
    missing: Annotated[list[str], *_DISTINCT] = Field(
        default=[],
        description="Words that mean an empty cell, in every column. In columns of numbers and "
        f"dates these do so in any case: {', '.join(f'`{word}`' for word in MISSING_WORDS)}.",
    )
    unlabelled: Literal["refuse", "leave_out"] = UNLABELLED


@dataclass(frozen=True, kw_only=True)
class TableDomain(Domain):
    """See `vitrine.data.domains.table.encoding`."""

    def fit(
        self, study: str, train: pd.DataFrame, classes: list[str], settings: StudyData
    ) -> Encoding:
        """See `Domain.fit`."""
        from vitrine.data.domains.table.encoding import fit

        return fit(study, train, classes, settings)

    def encode(self, frame: pd.DataFrame, encoding: Encoding) -> Players:
        """See `Domain.encode`."""
        from vitrine.data.domains.table.encoding import encode

        return encode(frame, encoding)

    def names(self, frame: pd.DataFrame, encoding: Encoding, folder: Path) -> list[list[str]]:  # noqa: ARG002
        """Field and value of each player."""
        from vitrine.data.domains.table.encoding import names

        return names(frame, encoding)

    def unknown_ids(self, examples: Examples, encoding: Encoding) -> np.ndarray:
        """The entry of each field for a missing value."""
        from vitrine.data.domains.table.encoding import missing_ids

        return missing_ids(examples.positions, encoding)

    def small_change(
        self, examples: Examples, encoding: Encoding, size: float, rng: np.random.Generator
    ) -> tuple[Examples, list[np.ndarray]]:
        """One numeric field moves within its training range.

        ``size`` is the deviation of the move, as a share of the training rows that it passes.
        """
        from vitrine.data.domains.table.encoding import move_one_field

        return move_one_field(examples, encoding, size, rng)


DOMAIN = TableDomain(
    name="table",
    order=2,
    task="classification",
    own_data=TableData,
    neighbourhood=Neighbourhood("coin", "euclidean", 1.0, 0.75, keep=0.25),
    panel="fields",
    pipeline_tag="tabular-classification",
    splits=("random", "given"),
    removals=("absent", "mask", "background"),
    fixed_players=True,
    training=TrainingRecipe(
        settings={
            "learning_rate": 0.005,
            "weight_decay": 0.02,
            "dropout": 0.1,
            "token_dropping": 0.3,
        },
    ),
)
