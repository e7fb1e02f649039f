"""Stage `report`: a page about all studies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vitrine.evaluation.settings import StatisticsSettings
from vitrine.reads import key, wildcard
from vitrine.stages import page
from vitrine.stages.stage import Cost, Stage, Target

Inputs = page.Inputs
Outputs = page.Outputs


@dataclass(frozen=True)
class Settings:
    """As those of the stage `page`, for a page that is no study's."""

    studies: list[str] = key("site.studies")
    pages: list[str] = key("site.pages")
    language: str = key("site.language")
    statistics: StatisticsSettings = key("statistics")
    page: str = wildcard("page")


STAGE = Stage(
    name="report",
    order=210,
    settings=Settings,
    cost=Cost(1200, 5),
    target=Target("report", ("index.html",)),
    code=page.page_code,
)


def run(inputs: Inputs, outputs: Outputs, settings: Settings, config: Mapping[str, Any]) -> None:
    """Write the page that the rule names."""
    page.write(settings.page, inputs, outputs, settings, config)
