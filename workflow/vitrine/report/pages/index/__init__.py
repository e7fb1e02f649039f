"""The entry page: what was run, the headline of every study, the verdicts, the time spent."""

from vitrine.report.page import Inputs, Page, SiteFiles


def _inputs(files: SiteFiles, study: str) -> Inputs:  # noqa: ARG001
    return {
        # Every study's page has read what this page reads, and comes before it.
        "pages": files.study_pages,
        "abilities": [files.ability_analysis] if files.abilities else [],
    }


PAGE = Page(
    name="index",
    order=0,
    inputs=_inputs,
    caption="Summary of the run: results of every study, comparison of methods, and computing "
    "time.",
    has_figures=False,
    further={"headline": "headline.json"},
)
