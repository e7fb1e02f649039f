"""Settings of the report pages."""

from typing import Literal

from pydantic import Field

from vitrine.section import Section


class ReportSettings(Section):
    """Settings of the report pages."""

    language: Literal["en", "zh"] = Field(
        default="en",
        description="Language of the pages: English (`en`) or Simplified Chinese (`zh`).",
    )
