"""Stages, runs, digests, versions and the configuration, from the run records."""

from vitrine.report.page import Inputs, Page, SiteFiles


def _inputs(files: SiteFiles, study: str) -> Inputs:  # noqa: ARG001
    return {
        # The records of all that leads to these pages are complete when they are written.
        "pages": files.study_pages,
        "datasheets": files.all_study_files("data/datasheet.json"),
    }


PAGE = Page(
    name="provenance",
    order=60,
    inputs=_inputs,
    caption="Stages, runs, digests, versions and the configuration.",
    has_figures=False,
)
