"""Stage `page`: a page of the report; what it reads and writes its descriptor says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vitrine.evaluation.settings import StatisticsSettings
from vitrine.reads import key, wildcard
from vitrine.report.page import PageContext
from vitrine.report.pages.registry import PAGES
from vitrine.stages.stage import Config, Cost, Stage, Target, Wildcards

Inputs = dict[str, list[Path]]
Outputs = dict[str, Path]
STUDY = "study"


@dataclass(frozen=True)
class Settings:
    """What all pages share, and whose page this is.

    Attributes:
        studies: each with a page of its own, in the order to show.
        pages: the other pages in the menu.
        language: of all text.
        statistics: of the intervals.
        study: the study.
    """

    studies: list[str] = key("site.studies")
    pages: list[str] = key("site.pages")
    language: str = key("site.language")
    statistics: StatisticsSettings = key("statistics")
    study: str = wildcard("study")


def page_code(_config: Config, labels: Wildcards) -> Sequence[str]:
    """The writer of the page, with its templates and the catalogues."""
    return PAGES[labels.get("page", STUDY)].code


STAGE = Stage(
    name="page",
    order=200,
    settings=Settings,
    cost=Cost(1200, 5),
    target=Target("report", ("{study}.html",)),
    code=page_code,
)


def run(inputs: Inputs, outputs: Outputs, settings: Settings, config: Mapping[str, Any]) -> None:
    """Write the page of a study."""
    write(STUDY, inputs, outputs, settings, config)


def write(
    name: str, inputs: Inputs, outputs: Outputs, settings: Any, config: Mapping[str, Any]
) -> None:
    """Write a page.

    Args:
        name: of the page.
        inputs: what its descriptor asks for, and the ``script`` that draws charts.
        outputs: what its descriptor says.
        settings: of this stage or of the stage `report`.
        config: the whole configuration, which the page on provenance shows.
    """
    from vitrine.report.site import Site

    (script,) = inputs["script"]
    context = PageContext(
        site=Site(settings.studies, settings.pages, settings.language, script),
        statistics=settings.statistics,
        inputs={name: paths for name, paths in inputs.items() if name != "script"},
        study=getattr(settings, "study", ""),
        config=config,
    )
    PAGES[name].write(outputs, context)
