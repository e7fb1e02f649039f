"""What all pages of a report share."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vitrine.report.pages.registry import PAGES
from vitrine.report.text import wording
from vitrine.report.text.language import say


@dataclass(frozen=True)
class Site:
    """What all pages of a report share.

    Attributes:
        studies: the studies, each with a page of its own, in the order to show.
        pages: the names of the pages about all studies that the report has.
        language: of all text, see `vitrine.report.text.language`.
        script: file of the charts' script, see `vitrine.report.shell.chart_script`, which is called
            where it is None.
    """

    studies: Sequence[str]
    pages: Sequence[str] = ()
    language: str = "en"
    script: Path | None = None

    @property
    def menu(self) -> list[dict[str, str]]:
        """The links between the pages: ``page``, ``title`` and ``kind`` of each."""
        entries = []
        for page in PAGES.values():
            if page.in_menu and page.scope == "study":
                entries += [
                    {"page": study, "title": wording.study_title(study), "kind": "study"}
                    for study in self.studies
                ]
            elif page.in_menu and page.name in self.pages:
                title = say(f"pages.{page.name}")
                entries.append({"page": page.name, "title": title, "kind": "page"})
        return entries
