"""All pages by name, in the order of the menu."""

from vitrine.registry import discover
from vitrine.report.page import Page, SiteFiles

PAGES = discover("vitrine.report.pages", Page, "PAGE")


def existing_pages(files: SiteFiles) -> list[Page]:
    """The pages that a run has."""
    return [page for page in PAGES.values() if page.exists(files)]
