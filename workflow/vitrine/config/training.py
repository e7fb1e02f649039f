"""Settings of the vocabulary."""

from pydantic import Field

from vitrine.section import Section


class VocabularySettings(Section):
    """Vocabulary of words or items; all others become one unknown token."""

    minimum_count: int = Field(
        default=2,
        ge=1,
        description="Minimum number of occurrences in the training rows for a word or item to "
        "enter the vocabulary. Raise it if the model memorises rare words.",
    )
    size: int = Field(
        default=8000,
        ge=10,
        description="Maximum vocabulary size; the most frequent words or items are kept. Each "
        "entry needs one vector of the model's width.",
    )
