"""Text: the features are words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from vitrine.data.domains.domain import Domain, Neighbourhood, TrainingRecipe
from vitrine.data.own_data import ID, LABEL, POSITIVE, SPLIT, UNLABELLED, Column, OwnData

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import pandas as pd

    from vitrine.data.encoding import Encoding, Players
    from vitrine.data.examples import Examples
    from vitrine.data.settings import StudyData


Segmentation = Literal["words", "characters"]


class TextData(OwnData):
    """One text and its class per row."""

    domain: Literal["text"] = Field(description="`text`: a text and its class in every row.")
    text: Column = Field(default="text", description="Column with the text.")
    label: Column = LABEL
    id: Column | None = ID
    split: Column | None = SPLIT
    positive: str | None = POSITIVE
    unlabelled: Literal["refuse", "leave_out"] = UNLABELLED
    missing: list[str] = Field(
        default=[], description="Words that mean an empty cell in the column of the label."
    )
    wordless: Literal["refuse", "leave_out"] = Field(
        default="refuse",
        description="What happens to rows without a word in their text: `refuse` stops the run at "
        "the first, `leave_out` leaves them out and counts them.",
    )
    contradictions: Literal["first", "leave_out", "stop"] = Field(
        default="first",
        description="What becomes of texts that stand in the file several times with different "
        "labels: the `first` is used, `leave_out` uses none of them, `stop` stops the run.",
    )
    segmentation: Segmentation = Field(
        default="words",
        description="Features of scripts without spaces between words: Chinese, Japanese, Thai, "
        "Lao, Khmer and Burmese. `words` finds their words with the dictionaries of ICU, so that "
        "流畅 is one feature; `characters` takes every character with its marks. Other scripts "
        "have their words in both cases.",
    )


@dataclass(frozen=True, kw_only=True)
class TextDomain(Domain):
    """See `vitrine.data.domains.text.encoding`."""

    def duplicate_keys(self, table: pd.DataFrame) -> Iterator[str]:
        """Texts without what tells shapes of the same text apart."""
        from vitrine.data.domains.text.encoding import duplicate_keys

        return duplicate_keys(table)

    def fit(
        self, study: str, train: pd.DataFrame, classes: list[str], settings: StudyData
    ) -> Encoding:
        """See `Domain.fit`."""
        from vitrine.data.domains.text.encoding import fit

        return fit(study, train, classes, settings)

    def encode(self, frame: pd.DataFrame, encoding: Encoding) -> Players:
        """See `Domain.encode`."""
        from vitrine.data.domains.text.encoding import encode

        return encode(frame, encoding)

    def names(self, frame: pd.DataFrame, encoding: Encoding, folder: Path) -> list[list[str]]:  # noqa: ARG002
        """The words as written."""
        from vitrine.data.domains.text.encoding import names

        return names(frame, encoding)

    def small_change(
        self,
        examples: Examples,
        encoding: Encoding,  # noqa: ARG002
        size: float,  # noqa: ARG002
        rng: np.random.Generator,
    ) -> tuple[Examples, list[np.ndarray]]:
        """A text loses one word; ``size`` has no effect."""
        from vitrine.data.changes import drop_one_player

        return drop_one_player(examples, rng)

    def columns_read(self, columns: Sequence[str]) -> list[str]:  # noqa: ARG002
        """The text alone."""
        return ["text"]


DOMAIN = TextDomain(
    name="text",
    order=1,
    task="classification",
    own_data=TextData,
    neighbourhood=Neighbourhood("size", "cosine", 100.0, 25.0),
    panel="words",
    pipeline_tag="text-classification",
    splits=("random", "given"),
    has_vocabulary=True,
    pretrained="pieces",
    language_models=True,
    training=TrainingRecipe(
        steps=1500,
        epochs=(4, 30),
        batch_size=32,
        settings={
            "learning_rate": 0.003,
            "weight_decay": 0.1,
            "dropout": 0.3,
            "token_dropping": 0.5,
            "start": "documents",
        },
    ),
)
