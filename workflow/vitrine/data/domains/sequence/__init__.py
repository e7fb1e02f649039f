"""Histories: the features are the items that a user met, in time order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from vitrine.data.domains.domain import Domain, Neighbourhood, TrainingRecipe
from vitrine.data.own_data import Column, OwnData

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import pandas as pd

    from vitrine.data.encoding import Encoding, Players
    from vitrine.data.examples import Examples
    from vitrine.data.settings import StudyData


class SequenceData(OwnData):
    """One event per row: a user interacted with an item at a time."""

    domain: Literal["sequence"] = Field(
        description="`sequence`: an event of a user's history in every row."
    )
    user: Column = Field(default="user", description="Column that identifies the user of an event.")
    item: Column = Field(default="item", description="Column with the item, such as a film.")
    timestamp: Column = Field(
        default="timestamp", description="Column with the time, as a date or in seconds since 1970."
    )
    date_format: str | None = Field(
        default=None,
        description="How the times are written: `day first`, `month first` or a format of Python's "
        "`strptime`, such as `%d/%m/%Y %H:%M`. Needed only where days and months cannot be told "
        "apart.",
    )
    title: Column | None = Field(
        default=None,
        description="Column with the readable name of the item, the same in all rows of an item. "
        "Default: the item itself.",
    )
    rating: Column | None = Field(
        default=None, description="Column with a number that the model receives with every item."
    )


@dataclass(frozen=True, kw_only=True)
class SequenceDomain(Domain):
    """See `vitrine.data.domains.sequence.encoding`."""

    def fit(
        self, study: str, train: pd.DataFrame, classes: list[str], settings: StudyData
    ) -> Encoding:
        """See `Domain.fit`."""
        from vitrine.data.domains.sequence.encoding import fit

        return fit(study, train, classes, settings)

    def encode(self, frame: pd.DataFrame, encoding: Encoding) -> Players:
        """See `Domain.encode`."""
        from vitrine.data.domains.sequence.encoding import encode

        return encode(frame, encoding)

    def names(self, frame: pd.DataFrame, encoding: Encoding, folder: Path) -> list[list[str]]:
        """Title and year of each item."""
        from vitrine.data.domains.sequence.encoding import names

        return names(frame, encoding, folder)

    def small_change(
        self,
        examples: Examples,
        encoding: Encoding,  # noqa: ARG002
        size: float,  # noqa: ARG002
        rng: np.random.Generator,
    ) -> tuple[Examples, list[np.ndarray]]:
        """A history loses one item; ``size`` has no effect."""
        from vitrine.data.changes import drop_one_player

        return drop_one_player(examples, rng)


DOMAIN = SequenceDomain(
    name="sequence",
    order=3,
    task="ranking",
    own_data=SequenceData,
    neighbourhood=Neighbourhood("size", "cosine", 100.0, 25.0),
    panel="history",
    pipeline_tag="other",
    splits=("leave_one_out",),
    has_vocabulary=True,
    # More epochs memorise the histories of few users.
    training=TrainingRecipe(
        steps=3000,
        epochs=(4, 10),
        batch_size=32,
        settings={
            "learning_rate": 0.0045,
            "weight_decay": 0.01,
            "dropout": 0.2,
            "token_dropping": 0.4,
            "start": "neighbours",
        },
    ),
)
