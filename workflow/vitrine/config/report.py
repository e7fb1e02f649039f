"""The pages."""

from typing import Literal

from pydantic import Field

from vitrine.section import Section


class ReportSettings(Section):
    """The pages."""

    language: Literal["en", "zh"] = Field(
        default="en",
        description="Language of the pages: English, or Simplified Chinese.",
    )
